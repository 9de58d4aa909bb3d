"""What an AAC track is, read from its AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nvr_core.media import sample_entry
from nvr_core.media.bits import BitReader
from nvr_core.media.boxes import full
from nvr_core.media.errors import MediaError, UnsupportedMedia
from nvr_core.media.track import TrackConfig

RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
"""Table 1.18: sampling_frequency_index to Hz."""

CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8}
"""Table 1.19: channelConfiguration to speakers."""

MAIN, LOW_COMPLEXITY, SBR, PARAMETRIC_STEREO = 1, 2, 5, 29
PLAIN = (MAIN, LOW_COMPLEXITY, 3, 4)
"""Object types whose frames every player decodes."""

CONFIG_LIMIT = 64


@dataclass(frozen=True, kw_only=True)
class AudioSpecificConfig:
    """The head of every AAC track."""

    object_type: int
    """2 low complexity, 5 with spectral band replication, 29 with parametric stereo too."""
    sample_rate: int
    """Hz as heard, with spectral band replication counted."""
    channels: int
    frame_ticks: int
    """Samples of one frame at that rate: 1024 or 960, twice that with replication."""


def parse(config: bytes) -> AudioSpecificConfig:
    """Read an AudioSpecificConfig. Raises MediaError for broken ones, UnsupportedMedia for others.

    Bytes behind what is read (implicit signalling of extensions) are left to the decoder.
    """
    if len(config) > CONFIG_LIMIT:
        raise MediaError(f"an AAC config of {len(config)} bytes; {CONFIG_LIMIT} is the limit")
    bits = BitReader(config, "AAC config")
    outer = core = _object_type(bits)
    rate = core_rate = _rate(bits)
    layout = bits.read(4)
    if outer in (SBR, PARAMETRIC_STEREO):
        rate = _rate(bits)
        core = _object_type(bits)
    if core not in PLAIN:
        raise UnsupportedMedia(
            f"AAC of object type {core} is not stored; choose AAC-LC or G.711 in the camera"
        )
    if layout not in CHANNELS:
        raise UnsupportedMedia(
            f"AAC with channel layout {layout} is not stored; choose mono or stereo in the camera"
        )
    samples = 960 if bits.flag() else 1024
    return AudioSpecificConfig(
        object_type=outer,
        sample_rate=rate,
        channels=2 if outer == PARAMETRIC_STEREO else CHANNELS[layout],
        frame_ticks=samples * rate // core_rate,
    )


def config(audio_specific_config: bytes) -> TrackConfig:
    """The track that an AudioSpecificConfig describes. Raises MediaError, UnsupportedMedia."""
    parsed = parse(audio_specific_config)
    return TrackConfig(
        codec="aac",
        timescale=parsed.sample_rate,
        codec_string=f"mp4a.40.{parsed.object_type}",
        sample_entry=sample_entry.audio(
            b"mp4a", parsed.channels, parsed.sample_rate, _esds(audio_specific_config)
        ),
        frame_ticks=parsed.frame_ticks,
        sample_rate=parsed.sample_rate,
        channels=parsed.channels,
    )


def _object_type(bits: BitReader) -> int:
    kind = bits.read(5)
    return 32 + bits.read(6) if kind == 31 else kind


def _rate(bits: BitReader) -> int:
    index = bits.read(4)
    rate = bits.read(24) if index == 15 else RATES[index] if index < len(RATES) else 0
    if not 1000 <= rate <= 192000:
        raise MediaError(f"the AAC config says {rate} samples a second; 8000 to 96000 is usual")
    return rate


def _esds(audio_specific_config: bytes) -> bytes:
    """The elementary stream descriptor box (ISO/IEC 14496-14, 5.6; 14496-1, 7.2.6)."""
    specific = _descriptor(5, audio_specific_config)
    # MPEG-4 audio, an audio stream, no buffer size and no bit rates said.
    decoder = _descriptor(4, struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + specific)
    stream = _descriptor(3, struct.pack(">HB", 1, 0) + decoder + _descriptor(6, b"\2"))
    return full(b"esds", 0, 0, stream)


def _descriptor(tag: int, body: bytes) -> bytes:
    """Sizes here stay below 128, where one byte says them (14496-1, 8.3.3)."""
    return bytes((tag, len(body))) + body
