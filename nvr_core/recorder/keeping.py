"""Whether one stream is kept now, where, and what the ledger says while it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nvr_core.recorder import disk
from nvr_core.recorder.growing import Growing
from nvr_core.recorder.ledger import PAUSES
from nvr_core.recorder.making import Making
from nvr_core.recorder.store import Store, Volume
from nvr_core.recorder.trouble import Trouble, meaning
from nvr_core.wire.facts import Cause, Notice, SegmentClosed
from nvr_core.wire.wants import StreamWant


def wanted(want: StreamWant, wall: int) -> bool:
    """Pure: should this stream be kept at this moment?"""
    return want.keep_always or any(window.start <= wall < window.end for window in want.windows)


def ring_only(want: StreamWant) -> bool:
    """A stream that is never kept has no gaps: nothing of it is missing."""
    return not want.keep_always and not want.windows


class Keeping:
    """Decides volume or ring at each key frame, and keeps the stream's side of the ledger."""

    def __init__(self, want: StreamWant, making: Making) -> None:
        self._want = want
        self._with = making
        self._wanted = wanted(want, making.clock.wall())
        self._cause = Cause.WAITING_FOR_KEY_FRAME
        self._sentence = ""
        self._slow = False
        self._barred: Trouble | None = None
        """The stream's own folder on the volume takes nothing, while all else may be well."""
        self._again_at = 0
        """Monotonic time (µs) from which on it is tried again."""
        self._keep_run = ""
        self._keep_from = 0
        self._kept: tuple[int, int] | None = None
        self._gap_from = 0
        self._ended = False

    def begin(self) -> None:
        """The stream is wanted: until the first frame stands on disk, that is a gap."""
        self._with.rings.hold(self._want.key, self._want.ring_seconds)
        if self._want.keep_always or self._want.windows:
            self._volume()
            self._with.ledger.planned(self._want.key, self._want.windows)
        cause = self._with.ledger.cause(self._want.key)
        if ring_only(self._want):
            self._with.ledger.ended(self._want.key)
        elif cause is None or cause in PAUSES or not self._wanted:
            self._account()

    def end(self) -> None:
        self._ended = True
        self._with.ledger.ended(self._want.key)
        self._with.rings.release(self._want.key)

    def leave(self) -> tuple[int, int] | None:
        """Another recorder answers for the stream. Returns the end of what was kept last."""
        self._ended = True
        return None if ring_only(self._want) else self._kept

    def update(self, want: StreamWant) -> None:
        if want.volume != self._want.volume:
            self._barred = None
        self._want = want
        self._with.rings.hold(want.key, want.ring_seconds)
        if ring_only(want):
            self._with.ledger.ended(want.key)
        else:
            self._volume()

    def target(self) -> Store:
        """Where a segment that begins now belongs."""
        volume = self._volume() if wanted(self._want, self._with.clock.wall()) else None
        if volume is None or self._trouble(volume) is not None:
            return self._with.rings
        if self._slow:
            if not volume.relaxed:
                return self._with.rings
            self._slow = False
        return volume

    def tick(self, keeping: bool) -> None:
        """The schedule's edges, while nothing is kept."""
        now = wanted(self._want, self._with.clock.wall())
        if now != self._wanted:
            self._wanted = now
            if not keeping:
                self._account()

    def missing(self, cause: Cause, sentence: str) -> None:
        """Nothing arrives, or nothing can be kept, for this cause."""
        self._cause, self._sentence = cause, sentence
        self._account()

    def kept_until(self, wall: int, monotonic: int) -> None:
        """The last segment ends here, µs: what is missing from now on, is missing since then."""
        self._kept = wall, monotonic

    def awaiting(self, why: str) -> None:
        """What arrives cannot be kept before the next key frame."""
        if not self.target().ring:
            self.missing(Cause.WAITING_FOR_KEY_FRAME, why)

    def short(self, growing: Growing) -> None:
        """The disk did not take the end of a segment, and the gap behind it was told too late."""
        if growing.error is not None:
            trouble = meaning(growing.store.root, growing.error)
            why = trouble.cause, trouble.sentence
            self._with.ledger.settle(self._want.key, lambda _: why, growing.start)

    def dropped(self) -> None:
        """The disk is too slow for this stream."""
        self._slow = True
        self._cause = Cause.DISK_SLOW
        self._sentence = (
            f"{self._want.volume} takes less than arrives; "
            "record fewer or smaller streams, or use a faster disk"
        )
        self._account(self._kept)

    def arrived(self, wall: int) -> None:
        """A fragment that began at this wall time stands on the volume."""
        if self._with.ledger.cause(self._want.key) is not None:
            clock = self._with.clock
            monotonic = clock.monotonic() - (clock.wall() - wall)
            self._with.ledger.kept(self._want.key, wall, monotonic)
        self._cause = Cause.WAITING_FOR_KEY_FRAME
        self._barred = None

    def refused(self, volume: Volume, error: Exception) -> Trouble | None:
        """The volume did not take a write. Returns what that means, if for this stream alone.

        Its folder is tried again in a while; meanwhile the stream lives in its ring.
        """
        trouble = meaning(volume.root, error)
        if trouble.folder is None:
            volume.note(trouble)
            return None
        if self._ended or volume is not self._volume():
            return trouble  # of what was wanted before
        if self._barred is None:
            self._with.tell(
                Notice(
                    code="folder-lost",
                    sentence=trouble.sentence,
                    camera=self._want.camera,
                    stream=self._want.stream,
                )
            )
        self._barred = trouble
        self._again_at = self._with.clock.monotonic() + self._with.options.folder_retry
        return trouble

    def begin_volume(self, run: str) -> None:
        """From ring to volume inside a run: what the ring holds of what is wanted goes along."""
        if self._slow:
            return
        self._keep_run, self._keep_from = run, self._window_start()
        for fact in self._with.rings.take(self._want.key, run):
            self.ring_closed(fact)

    def begin_ring(self, was_kept: bool) -> None:
        """Into a ring: the pause or the trouble begins where the volume's segment ends."""
        if was_kept:
            self._keep_run = ""
        if not wanted(self._want, self._with.clock.wall()):
            if was_kept:
                self._wanted = False
                self._account()
            return
        volume = self._volume()
        trouble = self._trouble(volume) if volume is not None else None
        if trouble is not None:
            self.missing(trouble.cause, trouble.sentence)

    def ring_closed(self, fact: SegmentClosed) -> None:
        """A ring's segment is whole: it stays, or goes to the volume when it belongs there."""
        volume = self._volume()
        kept = fact.run == self._keep_run and fact.start + fact.duration > self._keep_from
        if not kept or volume is None or self._trouble(volume) is not None:
            self._with.rings.add(fact)
            return
        rings = self._with.rings
        key = str(Path(fact.path).relative_to(rings.root))
        moved = replace(fact, path=str(volume.root / key), ring=False)

        def done(_: None, error: Exception | None) -> None:
            if error is not None:
                volume.given_up(key)
            if error is not None and _lies_in(error, rings.root):
                rings.age(fact)  # it is gone; nothing is wrong with the volume
                return
            if error is not None:
                self.refused(volume, error)
                rings.add(fact)
                return
            if self._fills(fact):
                self.arrived(fact.start)
            self._with.ledger.footage(self._want.key, moved.start, moved.start + moved.duration)
            volume.closed(lambda: self._with.tell(moved), key)
            rings.discard(Path(fact.path))

        def copy() -> None:
            volume.check()
            disk.copy_marked(Path(fact.path), volume.root, key)

        volume.begun(key)
        # Not counted as waiting: a copy that is late says nothing of how fast the disk is.
        volume.writer.submit(copy, done)

    def _fills(self, copied: SegmentClosed) -> bool:
        """A gap is open that a copy from the ring may end: no trouble, and begun before its end."""
        if self._ended or self._slow or copied.start + copied.duration <= self._gap_from:
            return False
        cause = self._with.ledger.cause(self._want.key)
        return cause is Cause.WAITING_FOR_KEY_FRAME or cause in PAUSES

    def _volume(self) -> Volume | None:
        return self._with.volume(self._want.volume) if self._want.volume else None

    def _trouble(self, volume: Volume) -> Trouble | None:
        """Why the volume takes nothing of this stream now."""
        waits = volume.trouble is None and self._with.clock.monotonic() < self._again_at
        return self._barred if waits else volume.trouble

    def _window_start(self) -> int:
        """What lies before the window that is open now was not wished to be kept."""
        if self._want.keep_always:
            return 0
        now = self._with.clock.wall()
        return min((w.start for w in self._want.windows if w.start <= now < w.end), default=now)

    def _account(self, since: tuple[int, int] | None = None) -> None:
        if ring_only(self._want):
            return
        ledger, key = self._with.ledger, self._want.key
        cause, sentence = Cause.BY_SCHEDULE, ""
        if self._wanted:
            cause, sentence = self._cause, self._sentence
        before = ledger.cause(key)
        if before == cause:
            return
        if since is None and before is None:
            since = self._kept
        self._gap_from = since[0] if since is not None else self._with.clock.wall()
        ledger.missing(key, cause, sentence, since=since)


def _lies_in(error: Exception, folder: Path) -> bool:
    """Pure: the file that was missing is below this folder."""
    return isinstance(error, FileNotFoundError) and Path(error.filename or "").is_relative_to(
        folder
    )
