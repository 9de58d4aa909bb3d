"""Which depacketizer a description gets, and the sentences for those that get none."""

from __future__ import annotations

import pytest

from nvr_core.media.depacketize_g711 import G711Depacketizer
from nvr_core.media.depacketize_h264 import H264Depacketizer
from nvr_core.media.depacketize_h265 import H265Depacketizer
from nvr_core.media.errors import UnsupportedMedia
from nvr_core.media.sdp import MediaDescription
from tests.core.media.sinks import begin, described


@pytest.mark.parametrize(
    ("encoding", "wanted"),
    [
        ("H264", H264Depacketizer),
        ("H265", H265Depacketizer),
        ("HEVC", H265Depacketizer),
        ("PCMA", G711Depacketizer),
        ("PCMU", G711Depacketizer),
    ],
)
def test_known_encodings(encoding: str, wanted: type) -> None:
    assert type(begin(described(encoding))[1]) is wanted


@pytest.mark.parametrize(
    ("kind", "encoding", "sentence"),
    [
        ("video", "JPEG", "video as JPEG.*choose H.264 or H.265"),
        ("video", "", "without naming its encoding"),
        ("audio", "OPUS", "audio as OPUS.*choose AAC or G.711"),
        ("application", "VND.ONVIF.METADATA", "application as VND.ONVIF.METADATA"),
    ],
)
def test_unknown_encodings_are_refused_in_a_sentence(
    kind: str, encoding: str, sentence: str
) -> None:
    with pytest.raises(UnsupportedMedia, match=sentence):
        begin(MediaDescription(kind=kind, encoding=encoding))


def test_interleaved_modes_are_refused_in_a_sentence() -> None:
    with pytest.raises(UnsupportedMedia, match="packetization-mode 2"):
        begin(described("H264", {"packetization-mode": "2"}))
    for odd in ("1", "32767", "x"):
        with pytest.raises(UnsupportedMedia, match="sprop-max-don-diff"):
            begin(described("H265", {"sprop-max-don-diff": odd}))
    begin(described("H264", {"packetization-mode": "0"}))
    begin(described("H265", {"sprop-max-don-diff": "0"}))


def test_row_18_damaged_parameter_sets_do_not_refuse_a_track() -> None:
    begin(described("H264", {"sprop-parameter-sets": "Z,,!,Z2QA=,=,aM4"}))
    begin(described("H265", {"sprop-sps": "AAAA", "sprop-vps": ""}))
