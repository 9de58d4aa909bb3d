"""What several tests of media start from."""

from __future__ import annotations

import base64

import pytest

from nvr_core.media.sdp import MediaDescription
from tests.core.media.sinks import described
from tests.core.media.streams import encode


@pytest.fixture
def h264_sets() -> tuple[bytes, ...]:
    """SPS and PPS of a small stream."""
    return encode().sets


@pytest.fixture
def h264_track(h264_sets: tuple[bytes, ...]) -> MediaDescription:
    """A track whose SDP says everything."""
    text = ",".join(base64.b64encode(nal).decode() for nal in h264_sets)
    return described("H264", {"sprop-parameter-sets": text})
