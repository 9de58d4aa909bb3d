"""Control addresses (row 19): each damage has the right address among the first candidates."""

from __future__ import annotations

import pytest

from nvr_core.media.sdp import control_url

BASE = "rtsp://10.0.0.9:554/stream"
DAHUA = "rtsp://10.0.0.9/cam/realmonitor?channel=1&subtype=0"


@pytest.mark.parametrize(
    ("base", "content_base", "control", "aggregate", "wanted"),
    [
        pytest.param(BASE, None, "trackID=1", "", BASE + "/trackID=1", id="relative"),
        pytest.param(BASE, BASE + "/", "trackID=1", "*", BASE + "/trackID=1", id="Content-Base"),
        pytest.param(
            BASE, "rtsp://10.0.0.9:554/x/", "trackID=1", "", "rtsp://10.0.0.9:554/x/trackID=1",
            id="another path",
        ),
        pytest.param(BASE, None, "", "", BASE, id="none"),
        pytest.param(BASE, None, "*", "", BASE, id="star"),
        pytest.param(
            BASE, None, "rtsp://10.0.0.9:554/a/1", "", "rtsp://10.0.0.9:554/a/1", id="absolute"
        ),
        pytest.param(
            BASE, None, "rtsp://192.168.1.2/a/1", "", "rtsp://10.0.0.9:554/a/1",
            id="keeps the host that let us in",
        ),
        pytest.param(
            BASE, "rtsp://0.0.0.0/stream/", "trackID=1", "", "rtsp://10.0.0.9:554/stream/trackID=1",
            id="Content-Base of a host nobody can reach",
        ),
        pytest.param(
            BASE, "rtsp://rtsp://10.0.0.9:554/stream/", "trackID=1", "",
            "rtsp://10.0.0.9:554/stream/trackID=1", id="doubled scheme",
        ),
        pytest.param(
            BASE, None, "rtsp://rtsp://10.0.0.9:554/a/1", "", "rtsp://10.0.0.9:554/a/1",
            id="doubled scheme in the control",
        ),
        pytest.param(DAHUA, None, "trackID=0", "", DAHUA + "/trackID=0", id="after the query"),
        pytest.param(
            DAHUA, DAHUA + "/", "trackID=0", "*", DAHUA + "/trackID=0", id="after the query, said"
        ),
        pytest.param(BASE, None, "?track=1", "", BASE + "?track=1", id="query as control"),
        pytest.param(
            BASE, None, "trackID=1", "rtsp://10.0.0.9:554/live/", "rtsp://10.0.0.9:554/live/trackID=1",
            id="relative to an absolute aggregate",
        ),
        pytest.param(BASE, "live/", "trackID=1", "", "rtsp://10.0.0.9:554/live/trackID=1",
            id="relative Content-Base"),
        pytest.param(
            "rtsps://cam:322/a", None, "track1", "", "rtsps://cam:322/a/track1", id="rtsps"
        ),
        pytest.param(
            "rtsps://cam:322/a", None, "rtsp://cam/a/track1", "", "rtsps://cam:322/a/track1",
            id="rtsps stays rtsps",
        ),
        pytest.param(
            "rtsp://[fe80::1]:554/a", None, "track1", "", "rtsp://[fe80::1]:554/a/track1", id="IPv6"
        ),
        pytest.param(
            "rtsp://u:p@10.0.0.9/a", None, "rtsp://x:y@10.0.0.9/a/1", "", "rtsp://10.0.0.9/a/1",
            id="no login in any",
        ),
    ],
)  # fmt: skip
def test_row_19_the_first_candidate_is_what_the_camera_meant(
    base: str, content_base: str | None, control: str, aggregate: str, wanted: str
) -> None:
    assert control_url(base, content_base, control, aggregate)[0] == wanted


def test_row_19_other_readings_follow() -> None:
    candidates = control_url(DAHUA, None, "trackID=0")
    assert "rtsp://10.0.0.9/cam/realmonitor/trackID=0?channel=1&subtype=0" in candidates
    assert "rtsp://10.0.0.9/cam/trackID=0" in candidates
    absolute = control_url(BASE, None, "rtsp://192.168.1.2/a/1")
    assert absolute[:2] == ["rtsp://10.0.0.9:554/a/1", "rtsp://192.168.1.2/a/1"]
    assert absolute[-1] == BASE


def test_row_19_play_goes_to_the_aggregate() -> None:
    assert control_url(BASE, BASE + "/", "*")[0] == BASE + "/"
    assert control_url(BASE, None, "rtsp://10.0.0.9:554/live")[0] == "rtsp://10.0.0.9:554/live"


def test_candidates_are_few_and_no_address_comes_twice() -> None:
    candidates = control_url(DAHUA, "rtsp://0.0.0.0/x?y", "t=1", "rtsp://1.2.3.4/z?a")
    assert len(candidates) == len(set(candidates)) <= 15
