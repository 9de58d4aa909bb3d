"""One segment while it grows: what the loop knows of a file that a writer thread owns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import nvr_core
from nvr_core.media import fragment as fragments
from nvr_core.media import init, segment
from nvr_core.media.fragmenter import Fragment
from nvr_core.media.track import TrackConfig
from nvr_core.media.wall import Span
from nvr_core.recorder import disk
from nvr_core.recorder.identity import Identity
from nvr_core.recorder.store import Store
from nvr_core.recorder.tally import Tally
from nvr_core.wire import retelling
from nvr_core.wire.facts import FragmentWritten, SegmentClosed, SegmentGone, SegmentOpened


@dataclass(frozen=True, kw_only=True)
class Told:
    """Whom a growing segment tells; all are called on the loop."""

    opened: Callable[[SegmentOpened], object]
    written: Callable[[FragmentWritten, Growing], None]
    closed: Callable[[SegmentClosed], None]
    gone: Callable[[SegmentGone], object]
    short: Callable[[Growing], None]
    """After its end was told: the disk did not take all that it was given."""
    failed: Callable[[Growing, Exception], None]


@dataclass(slots=True)
class Growing:
    """Opens, appends to and closes one segment. Every disk call is a job of the store's writer."""

    store: Store
    identity: Identity
    config: TrackConfig
    told: Told
    start: int
    """Provisional wall time of the first frame, µs."""
    base: int
    """Decode time of the first frame, ticks."""
    clock: segment.ClockState
    no_key: bool = False
    tally: Tally = field(default_factory=Tally)
    end: int = 0
    """Decode time at which the last fragment ends, ticks: of those that may still be written."""
    size: int = 0
    frames: int = 0
    closing: bool = False
    """Nothing more is added: what is written from now on was late."""
    waiting: int = 0
    """Bytes that the writer has not done yet."""
    error: Exception | None = None
    """Why the first write that failed did."""
    _fragments: int = 0
    _init_size: int = 0
    _key: str = ""
    _file: disk.SegmentFile | None = None
    _ended: bool = False
    _length: int = 0
    _queued: deque[int] = field(default_factory=deque)
    """Decode times of the fragments that the writer has not done yet."""

    def open(self) -> None:
        """Make the file, with all that a reader needs before the first fragment."""
        identity = self.identity
        self._key = identity.key(self.start)
        self._file = disk.SegmentFile(
            self.store.root,
            self._key,
            marked=not self.store.ring,
            hashing=self.store.options.hashing,
        )
        head = init.init_segment(self.config)
        self._init_size = len(head)
        head += segment.opening_box(
            segment.Opening(
                camera=identity.camera,
                stream=identity.stream,
                run=identity.run,
                segment=identity.segment,
                recorder_start=identity.recorder_start,
                sequence=identity.sequence,
                start=self.start,
                clock=self.clock,
                codec=self.config.codec_string,
                software=f"Ronda {nvr_core.__version__}",
            )
        )
        self.size, self.end = len(head), self.base
        file, store = self._file, self.store
        store.begun(self._key)

        def create() -> None:
            store.check()  # a disk may have gone since the last look: never write beneath it
            file.create(head)

        store.writer.submit(create, self._opened)

    def add(self, fragment: Fragment, wall: int) -> None:
        """Append a whole fragment whose first frame was seen at `wall`."""
        file = self._file
        assert file is not None
        self._fragments += 1
        head = fragments.head(self._fragments, fragment.base, fragment.samples, wall, fragment.base)
        pieces = [head, *fragment.pieces]
        size = len(head) + fragment.size
        frames = len(fragment.samples)
        shift = fragment.samples[0][3]
        entry = (fragment.base, fragment.duration, fragment.key, frames, shift)
        self.size += size
        self.waiting += size
        self.frames += frames
        self.end = fragment.base + fragment.duration
        self.tally.damaged_frames += fragment.damaged
        self._queued.append(fragment.base)

        def done(written: segment.FragmentEntry | None, error: Exception | None) -> None:
            self.waiting -= size
            base = self._queued.popleft()
            if written is None:
                self.end = min(self.end, base)
                self._fail(error)
            elif not self._ended:
                self._written(written, wall)

        self.store.writer.submit(
            lambda: file.append(pieces, size, entry), done, size=size, owner=self
        )

    def close(self, span: Span) -> None:
        """Write the closing boxes behind what is still waiting, then tell."""
        file = self._file
        assert file is not None
        tally = self.tally
        self._length = self.end - self.base
        self.closing = True

        def tail(digest: str, entries: Sequence[segment.FragmentEntry]) -> bytes:
            closing = segment.Closing(
                start=span.start,
                duration_us=self._duration(span, entries),
                frames=sum(entry.frames for entry in entries),
                drift_ppm=span.drift_ppm,
                lost_packets=tally.lost_packets,
                resyncs=tally.resyncs,
                damaged_frames=tally.damaged_frames,
                no_key=self.no_key,
                repaired=False,
                camera_clock=tally.camera_clock,
                sha256=digest,
            )
            return segment.closing_boxes(closing, entries)

        def done(digest: str | None, error: Exception | None) -> None:
            if error is not None:
                self._fail(error)
                self.store.writer.submit(file.give_up)
                self.store.given_up(self._key)
            elif not (self._ended and self.store.ring):  # else it was abandoned meanwhile
                self.store.closed(lambda: self._tell_end(span, digest, file), self._key)

        self.store.writer.submit(lambda: file.close(tail), done)

    def withdraw(self) -> int:
        """Take back what the writer has not begun, and end there. Returns the bytes."""
        count, size = self.store.writer.withdraw(self)
        self.waiting -= size
        for _ in range(count):
            self.end = min(self.end, self._queued.pop())
        return size

    def abandon(self) -> None:
        """Let go of the file: on a volume the repair finds it by its marker, in a ring it goes."""
        self._ended = True
        self.withdraw()
        if (file := self._file) is None:
            return
        self.store.writer.submit(file.give_up)
        self.store.given_up(self._key)
        if self.store.ring:
            self.store.writer.submit(lambda: disk.remove(file.path))
            self.told.gone(self._gone(file, "lost"))

    def opened_fact(self) -> SegmentOpened:
        """How this segment is told, now or to a listener that comes later."""
        identity = self.identity
        return SegmentOpened(
            camera=identity.camera,
            stream=identity.stream,
            run=identity.run,
            segment=identity.segment,
            recorder_start=identity.recorder_start,
            sequence=identity.sequence,
            path=str(self.store.root / self._key),
            ring=self.store.ring,
            start=self.start,
            codec=self.config.codec_string,
            timescale=self.config.timescale,
            init_size=self._init_size,
            base=self.base,
            width=self.config.width,
            height=self.config.height,
        )

    def _duration(self, span: Span, entries: Sequence[segment.FragmentEntry]) -> int:
        """µs of what is really in the file: a tail that was not written is no part of it."""
        held = entries[-1].start + entries[-1].duration - self.base
        return span.duration_us * held // max(1, self._length)

    def _opened(self, _: None, error: Exception | None) -> None:
        if error is not None:
            self.end = self.base
            self._fail(error)
        elif not self._ended:
            self.told.opened(self.opened_fact())

    def _written(self, written: segment.FragmentEntry, wall: int) -> None:
        fact = FragmentWritten(
            segment=self.identity.segment,
            camera=self.identity.camera,
            stream=self.identity.stream,
            offset=written.offset,
            size=written.size,
            start=written.start,
            duration=written.duration,
            key=written.key,
            wall=wall,
        )
        self.told.written(fact, self)

    def _fail(self, error: Exception | None) -> None:
        if not self._ended:
            self._ended = True
            self.error = error or OSError("no answer")
            self.told.failed(self, self.error)

    def _tell_end(self, span: Span, digest: str | None, file: disk.SegmentFile) -> None:
        if digest is None:
            self.told.gone(self._gone(file, "empty"))
        else:
            self.told.closed(self._fact(span, digest, file))
        last = file.entries[-1] if file.entries else None
        if self._length > (last.start + last.duration - self.base if last is not None else 0):
            self.told.short(self)

    def _gone(self, file: disk.SegmentFile, why: str) -> SegmentGone:
        segment, ring = self.identity.segment, self.store.ring
        return SegmentGone(segment=segment, path=str(file.path), why=why, ring=ring)

    def _fact(self, span: Span, digest: str, file: disk.SegmentFile) -> SegmentClosed:
        identity, entries = self.identity, file.entries
        return SegmentClosed(
            camera=identity.camera,
            stream=identity.stream,
            run=identity.run,
            segment=identity.segment,
            recorder_start=identity.recorder_start,
            sequence=identity.sequence,
            path=str(file.path),
            ring=self.store.ring,
            start=span.start,
            duration=self._duration(span, entries),
            frames=sum(entry.frames for entry in entries),
            size=file.size,
            sha256=digest,
            parts=retelling.parts(entries),
            codec=self.config.codec_string,
            timescale=self.config.timescale,
            init_size=self._init_size,
            base=self.base,
            width=self.config.width,
            height=self.config.height,
            lost_packets=self.tally.lost_packets,
            damaged_frames=self.tally.damaged_frames,
            no_key=self.no_key,
            clock_error=self.clock.bound,
        )
