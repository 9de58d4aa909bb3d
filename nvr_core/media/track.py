"""What one track is, and the two seams that every source of frames meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Codec = Literal["h264", "h265", "aac", "pcma", "pcmu"]


@dataclass(frozen=True, kw_only=True)
class TrackConfig:
    """All that a player needs before the first frame. Equal configs may share a segment."""

    codec: Codec
    timescale: int
    """Ticks per second of every time in the track: 90000 for video, the sample rate for audio."""
    codec_string: str
    """RFC 6381 name, as MediaSource.isTypeSupported wants it: avc1.64001f, hvc1.1.6.L93.90."""
    sample_entry: bytes
    """The whole box for stsd (ISO/IEC 14496-12, 8.5.2): avc1, hvc1, mp4a, alaw or ulaw."""
    width: int = 0
    """Pixels shown, after cropping; 0 for audio."""
    height: int = 0
    reorder_depth: int = 0
    """How many frames may be shown later than they are decoded (max_num_reorder_frames)."""
    frame_ticks: int = 0
    """Nominal frame duration in ticks from the VUI, 0 when the stream does not say."""
    sample_rate: int = 0
    channels: int = 0

    @property
    def video(self) -> bool:
        return self.codec in ("h264", "h265")


class FrameSink(Protocol):
    """Where a depacketizer or a demuxer puts whole access units, in decode order."""

    def configure(self, config: TrackConfig) -> None:
        """Say what follows. Called before the first frame and whenever the config changes."""

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        """Take one access unit and own its buffer.

        pts: presentation time in ticks, unwrapped to 64 bits.
        key: decoding may start here (IDR, or a recovery point).
        data: 4-byte length prefixed NAL units without parameter sets and delimiters, or one
            raw audio frame.
        damaged: packets inside this access unit were lost.
        """


class Depacketizer(Protocol):
    """RTP payloads in arrival order in, access units out (to a FrameSink given at birth)."""

    def packet(
        self, buf: bytes | bytearray, start: int, end: int, timestamp: int, marker: bool, lost: bool
    ) -> None:
        """Take the payload buf[start:end]; the buffer may change after the call returns.

        timestamp: unwrapped RTP timestamp. lost: packets before this one are missing.
        """

    def flush(self) -> None:
        """Give out what is whole: the stream has ended."""
