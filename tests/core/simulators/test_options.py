"""Cameras on the command line: what is understood, and the sentence for what is not."""

from __future__ import annotations

import pytest

from nvr_core.simulators import CameraSpec, Faults
from nvr_core.simulators.options import read_camera


def test_every_kind_of_key_is_read() -> None:
    text = (
        "name=gang-mawar,codec=h265,size=320x180,fps=15,gop_s=2.5,audio=aac,sub=no,user=admin,"
        "password=ra=ha,fault=ghosts,fault=loss:0.25,fault=sdp:many-s,fault=sdp:odd-m,"
        "fault=limit_status:403,fault=redirect:/other,fault=rtp_info:zero"
    )
    assert read_camera(text) == CameraSpec(
        name="gang-mawar",
        codec="h265",
        width=320,
        height=180,
        fps=15,
        gop_s=2.5,
        audio="aac",
        sub=False,
        user="admin",
        password="ra=ha",
        faults=Faults(
            ghosts=True,
            loss=0.25,
            sdp=("many-s", "odd-m"),
            limit_status=403,
            redirect="/other",
            rtp_info="zero",
        ),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("codec=h264", "has no name"),
        ("name=a,colour=red", "'colour=red' is not understood: write key=value"),
        ("name=a,fault=melting", "no fault 'melting'"),
        ("name=a,codec=mjpeg", "codec=mjpeg is not possible: .*'h264' or 'h265'"),
        ("name=a,fps=fast", "fps=fast is not possible"),
        ("name=a,fault=loss:2", "loss=2.0 is not a part"),
        ("name=a,fault=limit_status:404", "limit_status=404"),
        ("name=a,fault=ghosts:maybe", "ghosts=maybe is not possible"),
        ("name=a,fault=dead:tired", "dead=tired is not possible"),
        ("name=a b", "cannot be named 'a b'"),
        ("name=a,size=10x10", "cannot be drawn"),
        ("name=a,timeout_s=0", "1 is the least"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        read_camera(text)
    assert "\n" not in str(caught.value)


def test_a_password_stays_out_of_sentences() -> None:
    with pytest.raises(ValueError, match="codec=vp8") as caught:
        read_camera("name=a,password=rahasia,codec=vp8")
    assert "rahasia" not in str(caught.value)
