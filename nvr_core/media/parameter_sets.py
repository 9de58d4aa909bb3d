"""The parameter sets a video stream uses now, from its SDP and from within itself."""

from __future__ import annotations

from nvr_core.media import h264, h265
from nvr_core.media.bits import BitReader, unescape
from nvr_core.media.errors import MediaError
from nvr_core.media.track import TrackConfig

SLICE_HEAD = 24
"""Bytes of a slice that are enough to read which parameter set it uses."""


class ParameterSets:
    """Keeps the newest of each, by kind and number, and turns them into a TrackConfig.

    Cameras repeat them before every key frame: `changed` is set only by one that differs.
    """

    __slots__ = ("_known", "_sets", "changed")

    def __init__(self) -> None:
        self._sets: dict[tuple[int, int], bytes] = {}
        self._known: set[bytes] = set()
        self.changed = False
        """A set is new since the last call of config."""

    def take(self, nal: bytes) -> None:
        """Take one NAL unit; what cannot be read is ignored, as if it had not come."""
        if nal in self._known:
            return
        try:
            trimmed = self._trim(nal)
            key = self._identify(trimmed)
        except MediaError:
            return
        if self._sets.get(key) != trimmed:
            # Moved to the end: the newest is the likeliest to be in use.
            self._sets.pop(key, None)
            self._sets[key] = trimmed
            self._known = set(self._sets.values())
            self.changed = True

    def config(self, first_slice: bytes) -> TrackConfig | None:
        """What this slice (its first bytes) is decoded by; None while a set is missing."""
        self.changed = False
        try:
            return self._describe(first_slice)
        except MediaError:
            return None

    def _trim(self, nal: bytes) -> bytes:
        """Without what does not belong to it. Raises MediaError."""
        raise NotImplementedError

    def _identify(self, nal: bytes) -> tuple[int, int]:
        """(kind, number). Raises MediaError."""
        raise NotImplementedError

    def _describe(self, first_slice: bytes) -> TrackConfig | None:
        raise NotImplementedError

    def _of_kind(self, kind: int) -> dict[int, bytes]:
        return {number: nal for (own, number), nal in self._sets.items() if own == kind}


class H264Sets(ParameterSets):
    """SPS and PPS (ITU-T H.264, 7.4.1.2.1)."""

    __slots__ = ()

    def _trim(self, nal: bytes) -> bytes:
        return h264.trim(nal)

    def _identify(self, nal: bytes) -> tuple[int, int]:
        if nal and nal[0] & 0x1F == h264.PPS:
            return h264.PPS, h264.parse_pps(nal).number
        return h264.SPS, h264.parse_sps(nal).number

    def _describe(self, first_slice: bytes) -> TrackConfig | None:
        pictures, sequences = self._of_kind(h264.PPS), self._of_kind(h264.SPS)
        if not pictures or not sequences:
            return None
        used = next(reversed(pictures))
        try:
            bits = BitReader(unescape(first_slice[1:]), "slice header")
            bits.unsigned()
            bits.unsigned()
            used = bits.unsigned(255)
        except MediaError:
            pass
        number = h264.parse_pps(pictures.get(used) or next(reversed(pictures.values()))).sps
        sps = sequences.get(number) or next(reversed(sequences.values()))
        own = [nal for nal in pictures.values() if h264.parse_pps(nal).sps == number]
        return h264.config(sps, *sorted(own, key=lambda nal: h264.parse_pps(nal).number))


class H265Sets(ParameterSets):
    """VPS, SPS and PPS (ITU-T H.265, 7.4.2.4.2)."""

    __slots__ = ()

    def _trim(self, nal: bytes) -> bytes:
        return h265.trim(nal)

    def _identify(self, nal: bytes) -> tuple[int, int]:
        kind = nal[0] >> 1 & 0x3F if nal else -1
        if kind == h265.VPS:
            return kind, h265.parse_vps(nal)
        if kind == h265.PPS:
            return kind, h265.parse_pps(nal)[0]
        return h265.SPS, h265.parse_sps(nal).number

    def _describe(self, first_slice: bytes) -> TrackConfig | None:
        videos, pictures = self._of_kind(h265.VPS), self._of_kind(h265.PPS)
        sequences = self._of_kind(h265.SPS)
        if not videos or not pictures or not sequences:
            return None
        used = next(reversed(pictures))
        try:
            kind = first_slice[0] >> 1 & 0x3F
            bits = BitReader(unescape(first_slice[2:]), "slice header")
            # no_output_of_prior_pics_flag stands only in slices of pictures to start from.
            bits.skip(2 if 16 <= kind <= 23 else 1)
            used = bits.unsigned(63)
        except MediaError:
            pass
        number = h265.parse_pps(pictures.get(used) or next(reversed(pictures.values())))[1]
        sps = sequences.get(number) or next(reversed(sequences.values()))
        video = videos.get(sps[2] >> 4) or next(reversed(videos.values()))
        own = [nal for nal in pictures.values() if h265.parse_pps(nal)[1] == number]
        return h265.config(video, sps, *sorted(own, key=lambda nal: h265.parse_pps(nal)[0]))
