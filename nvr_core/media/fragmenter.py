"""Frames in decode order in, fragments ready to write out: the recorder's hot path.

Annotated plain classes without closures or generators, so that mypyc can compile it unchanged.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from nvr_core.media.access_unit import LIMIT
from nvr_core.media.decode_time import MAX_DEPTH, DecodeTimes
from nvr_core.media.errors import MediaError
from nvr_core.media.fragment import DELTA, KEY
from nvr_core.media.track import TrackConfig

MOST = 500
"""Frames of one fragment, however little time they say that they last."""
Sample = tuple[int, int, int, int]
"""(duration, size, flags, composition offset): ticks and bytes, as trun holds them."""


class Fragment:
    """Whole samples that belong together in one moof and mdat."""

    __slots__ = ("base", "damaged", "duration", "key", "pieces", "samples", "size")

    def __init__(self, base: int) -> None:
        self.base = base
        """Decode time of the first sample, ticks on the run's line."""
        self.duration = 0
        self.samples: list[Sample] = []
        self.pieces: list[bytes | bytearray] = []
        self.size = 0
        """Bytes of all pieces."""
        self.key = False
        """True when decoding may start at its first sample."""
        self.damaged = 0
        """Samples in it that lost packets."""


class FragmentSink(Protocol):
    def fragment(self, fragment: Fragment) -> None:
        """Take one whole fragment. A key frame that follows another frame is its first sample."""


class Fragmenter:
    """Cuts a track into fragments no longer than asked, each ending before a key frame.

    Where every frame is a key frame (sound, mostly) they lie together in a fragment all the same.

    Feed frames, then `finish` when the run ends. `limit` and `opening_limit` may change at any
    time: the second is for a fragment that begins with a key frame.
    """

    def __init__(
        self,
        sink: FragmentSink,
        reorder_depth: int,
        frame_ticks: int,
        *,
        reorder_limit: int = MAX_DEPTH,
        reach: int = 180_000,
    ) -> None:
        """reorder_limit, reach: as DecodeTimes takes them."""
        self._sink = sink
        self._times = DecodeTimes(reorder_depth, frame_ticks, reorder_limit, reach)
        self._frames: deque[tuple[int, bool, bytearray, bool]] = deque()
        self._start: int | None = None
        """Decode time of the oldest waiting frame: its duration is known with the next one."""
        self._last_duration = frame_ticks
        self._fragment: Fragment | None = None
        self.limit = 1
        self.opening_limit = 1

    @classmethod
    def of(cls, sink: FragmentSink, config: TrackConfig) -> Fragmenter:
        """For a track of this kind: only pictures are ever reordered."""
        limit = MAX_DEPTH if config.video else 0
        reach = 2 * config.timescale
        return cls(sink, config.reorder_depth, config.frame_ticks, reorder_limit=limit, reach=reach)

    def frame(self, pts: int, key: bool, data: bytearray, damaged: bool) -> None:
        """Take the next frame in decode order.

        Raises Backwards when its time cannot belong here: finish, and begin anew with it.

        A frame with the presentation time of the one before it is more of the same picture.
        Raises MediaError when that gets larger than any frame may be; the frame was not taken.
        """
        frames = self._frames
        if frames and frames[-1][0] == pts:
            _, was_key, before, was_damaged = frames[-1]
            if len(before) + len(data) > LIMIT:
                raise MediaError(
                    f"frames of one and the same time with more than {LIMIT >> 20} MiB together; "
                    "no camera sends such"
                )
            before += data
            frames[-1] = (pts, was_key or key, before, was_damaged or damaged)
            return
        start = self._times.push(pts)
        frames.append((pts, key, data, damaged))
        if self._start is not None:
            self._sample(self._start, start - self._start)
        self._start = start

    def finish(self) -> None:
        """The run ends: give out everything; the last duration repeats."""
        if self._start is not None:
            self._sample(self._start, self._last_duration or 1)
        self._start = None
        self._emit()

    def _sample(self, start: int, duration: int) -> None:
        pts, key, data, damaged = self._frames.popleft()
        self._last_duration = duration
        fragment = self._fragment
        if fragment is None:
            fragment = self._fragment = Fragment(start)
            fragment.key = key
        size = len(data)
        fragment.samples.append((duration, size, KEY if key else DELTA, pts - start))
        fragment.pieces.append(data)
        fragment.size += size
        fragment.duration += duration
        if damaged:
            fragment.damaged += 1
        limit = self.opening_limit if fragment.key else self.limit
        key_follows = not key and self._frames and self._frames[0][1]
        large = fragment.size > LIMIT or len(fragment.samples) == MOST
        full = large or fragment.duration + duration > limit
        if key_follows or full:
            self._emit()

    def _emit(self) -> None:
        fragment, self._fragment = self._fragment, None
        if fragment is not None:
            self._sink.fragment(fragment)
