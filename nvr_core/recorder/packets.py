"""Packets as demuxers give them, turned into the frames that every sink takes.

Pure: it is given bytes, and values that were read from a container.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, Protocol

from nvr_core.media import aac, g711, h264
from nvr_core.media.depacketize_h264 import H264Depacketizer
from nvr_core.media.depacketize_h265 import H265Depacketizer
from nvr_core.media.errors import UnsupportedMedia
from nvr_core.media.parameter_sets import H264Sets, H265Sets
from nvr_core.media.track import Depacketizer, FrameSink, TrackConfig
from nvr_core.recorder import framing

MPEG4_CONFIG_VERSION = 1
"""First byte of avcC and hvcC; Annex B begins with a zero."""

RAW_H264, RAW_H265 = 24, 48
"""NAL unit types from here on are unspecified in the standards, and mean something in RTP only."""


class Packets(Protocol):
    """Takes the packets of one track."""

    def config(self, extradata: bytes) -> None:
        """The stream's extradata, and any that replaces it later."""

    def packet(self, data: bytes, time: Fraction, damaged: bool) -> None:
        """One packet of whole frames, in decode order, shown at this second. Raises MediaError."""


def create(
    codec: str, sink: FrameSink, extradata: bytes, sample_rate: int, channels: int
) -> Packets:
    """For a track of this codec (FFmpeg's name). Raises UnsupportedMedia with a sentence."""
    match codec:
        case "h264" | "hevc":
            return VideoPackets(codec, sink, extradata)
        case "aac":
            return AacPackets(sink, extradata)
        case "pcm_alaw" | "pcm_mulaw":
            law: g711.Law = "pcma" if codec == "pcm_alaw" else "pcmu"
            return G711Packets(sink, g711.config(law, sample_rate, channels))
    if sample_rate:
        right = "AAC (not LATM) or G.711 in the device's settings, or leave audio off"
    else:
        right = "H.264 or H.265 in the device's settings"
    raise UnsupportedMedia(f"the feed sends {codec or 'an unknown codec'}: choose {right}")


class VideoPackets:
    """H.264 or H.265: Annex B, or units behind lengths.

    The rules for parameter sets and key frames are those of RTP, so the same code applies them:
    every unit is handed on as a packet of its own, the last one marked.
    """

    def __init__(self, codec: Literal["h264", "hevc"], sink: FrameSink, extradata: bytes) -> None:
        self._hevc = codec == "hevc"
        self._sets: H264Sets | H265Sets = H265Sets() if self._hevc else H264Sets()
        self._units: Depacketizer = (
            H265Depacketizer(sink, self._sets)
            if isinstance(self._sets, H265Sets)
            else H264Depacketizer(sink, self._sets)
        )
        self._length_size = 0
        """Bytes of the length before each unit; 0: Annex B."""
        self.config(extradata)

    def config(self, extradata: bytes) -> None:
        if not extradata:
            return
        if extradata[0] == MPEG4_CONFIG_VERSION:
            self._length_size, units = (framing.hvcc if self._hevc else framing.avcc)(extradata)
        else:
            self._length_size, units = 0, framing.annex_b(extradata)
        for unit in units:
            self._sets.take(unit)

    def packet(self, data: bytes, time: Fraction, damaged: bool) -> None:
        if self._length_size:
            units = list(framing.length_prefixed(data, self._length_size))
        else:
            units = framing.annex_b(data)
        units = [unit for unit in units if len(unit) > 2 and self._is_of_the_standard(unit)]
        pts = ticks(time, h264.TIMESCALE)
        if damaged:
            # A loss between two times might have hit either frame; between nothing and the first
            # unit of this time it hit this one.
            self._units.packet(b"", 0, 0, pts, False, False)
            self._units.packet(b"", 0, 0, pts, False, True)
        for place, unit in enumerate(units, 1):
            self._units.packet(unit, 0, len(unit), pts, place == len(units), False)

    def _is_of_the_standard(self, unit: bytes) -> bool:
        if self._hevc:
            return unit[0] >> 1 & 0x3F < RAW_H265
        return unit[0] & 0x1F < RAW_H264


class AacPackets:
    """AAC with an AudioSpecificConfig beside it, or in ADTS frames that say it themselves."""

    def __init__(self, sink: FrameSink, extradata: bytes) -> None:
        self._sink = sink
        self._asc = b""
        self._config: TrackConfig | None = None
        self.config(extradata)

    def config(self, extradata: bytes) -> None:
        if extradata and extradata != self._asc:
            self._asc = extradata
            self._config = aac.config(extradata)
            self._sink.configure(self._config)

    def packet(self, data: bytes, time: Fraction, damaged: bool) -> None:
        later = 0
        for frame, asc in framing.adts(data) if framing.is_adts(data) else ((data, b""),):
            self.config(asc)
            if self._config is None:
                raise UnsupportedMedia(
                    "the feed sends AAC without its config: choose G.711 in the device's settings, "
                    "or leave audio off"
                )
            pts = ticks(time, self._config.timescale) + later
            self._sink.frame(pts, True, bytearray(frame), damaged)
            later += self._config.frame_ticks


class G711Packets:
    """G.711: what comes is what is kept."""

    def __init__(self, sink: FrameSink, config: TrackConfig) -> None:
        self._sink = sink
        self._timescale = config.timescale
        sink.configure(config)

    def config(self, extradata: bytes) -> None:
        """There is nothing to know."""

    def packet(self, data: bytes, time: Fraction, damaged: bool) -> None:
        self._sink.frame(ticks(time, self._timescale), True, bytearray(data), damaged)


def ticks(seconds: Fraction, timescale: int) -> int:
    """The nearest tick."""
    up, down = seconds.numerator * timescale, seconds.denominator
    return (2 * up + down) // (2 * down)
