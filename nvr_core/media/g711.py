"""What a G.711 track is: no config, just a law and a rate (ITU-T G.711)."""

from __future__ import annotations

from typing import Literal

from nvr_core.media import sample_entry
from nvr_core.media.errors import UnsupportedMedia
from nvr_core.media.track import TrackConfig

Law = Literal["pcma", "pcmu"]

ENTRIES: dict[str, bytes] = {"pcma": b"alaw", "pcmu": b"ulaw"}


def config(law: Law, rate: int = 8000, channels: int = 1) -> TrackConfig:
    """The track of one byte a sample and channel. Raises UnsupportedMedia for odd rates.

    alaw and ulaw are QuickTime's names, which FFmpeg and most players know; browsers know none
    for G.711, so codec_string is for people.
    """
    if not 1000 <= rate <= 96000 or not 1 <= channels <= 8:
        raise UnsupportedMedia(
            f"G.711 with {rate} samples a second and {channels} channels is not stored; "
            "choose 8000 and mono in the camera"
        )
    entry = ENTRIES[law]
    return TrackConfig(
        codec=law,
        timescale=rate,
        codec_string=entry.decode(),
        sample_entry=sample_entry.audio(entry, channels, rate),
        sample_rate=rate,
        channels=channels,
    )
