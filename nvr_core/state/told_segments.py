"""Segments as a recorder tells them: a batch of facts becomes a few statements with many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    bindparam,
    func,
    select,
    type_coerce,
    update,
)

from nvr_core.state import bulk, files
from nvr_core.state.columns import packed_id, unpacked_id
from nvr_core.state.known import Known
from nvr_core.state.lives import Lives
from nvr_core.state.tables.segments import segments, writing
from nvr_core.state.told_runs import Runs
from nvr_core.wire.facts import SegmentClosed, SegmentGone, SegmentOpened

NO_KEY, REPAIRED, IMPORTED = 1, 2, 4
"""What flags is the sum of."""


_NEWEST = select(func.max(segments.c.id))
_GREATEST = select(func.max(type_coerce(segments.c.segment, LargeBinary)))
_SEGMENTS = select(type_coerce(segments.c.segment, LargeBinary), segments.c.id)
_GREATEST_BEGUN = select(func.max(type_coerce(writing.c.segment, LargeBinary)))
_BEGUN = select(type_coerce(writing.c.segment, LargeBinary), writing.c.start)
_FOLLOWED = (
    update(writing)
    .where(writing.c.segment == bindparam("was", type_=LargeBinary))
    # What nearly always stays is asked for and not set: for each row that it is set to point at,
    # the database looks whether that is there.
    .where(
        *(
            writing.c[name] == bindparam(name, type_=type_)
            for name, type_ in (
                ("run", LargeBinary),
                ("recorder_start", Integer),
                ("volume", Integer),
                ("encoding", Integer),
            )
        )
    )
    .values({name: bindparam(name) for name in ("segment", "sequence", "key", "start", "base")})
)


class Segments:
    """Gathers what is said of segments, and stores the last word on each."""

    def __init__(
        self, connection: Connection, known: Known, lives: Lives, *, imported: bool = False
    ) -> None:
        """imported: it was fetched later, and counts as filled, never as recorded."""
        self._connection = connection
        self._imported = imported
        self._known = known
        self._lives = lives
        self._opened: dict[str, tuple[int, SegmentOpened]] = {}
        """With the local number of the stream."""
        self._closed: dict[str, tuple[int, int, SegmentClosed]] = {}
        """With the number of the fact, and the local one of the stream."""
        self._gone: dict[str, tuple[int, SegmentGone]] = {}

    def opened(self, fact: SegmentOpened) -> None:
        if fact.ring:
            return
        stream = self._known.stream(fact.camera, fact.stream)
        self._lives.covers(stream, fact.start, fact.start)
        if fact.segment not in self._closed:
            self._opened[fact.segment] = (stream, fact)

    def closed(self, number: int, fact: SegmentClosed) -> None:
        if fact.ring:
            return
        stream = self._known.stream(fact.camera, fact.stream)
        if not self._imported:
            self._lives.covers(stream, fact.start, fact.start + fact.duration)
        self._opened.pop(fact.segment, None)
        self._gone.pop(fact.segment, None)
        self._closed[fact.segment] = (number, stream, fact)

    def gone(self, at: int, fact: SegmentGone) -> None:
        """at: wall time of the fact, µs."""
        self._opened.pop(fact.segment, None)
        self._gone[fact.segment] = (at, fact)

    def store(self) -> None:
        """Write everything that was gathered."""
        if not (self._opened or self._closed or self._gone):
            return
        there = self._there([*self._opened, *self._closed])
        self._store_closed(there)
        followed = self._store_opened(there)
        self._store_gone()
        done = [packed_id(one) for one in (*self._closed, *self._gone) if one not in followed]
        bulk.deleted(self._connection, writing.c.segment, done)

    def _there(self, named: Iterable[str]) -> Mapping[str, int]:
        """Local numbers of those that are stored already."""
        own = segments.c.segment
        return dict(self._stored(own, _GREATEST, _SEGMENTS, named))

    def _stored(
        self, column: Column[str], greatest: bulk.Query, query: bulk.Query, named: Iterable[str]
    ) -> Iterable[tuple[str, Any]]:
        """(id, wanted) of those of the named that stand in an indexed column.

        Ids grow with time. So one look at the greatest that is stored tells of most that they are
        new, and only the others are looked for.

        greatest, query: for the greatest of the column, and for (id, wanted), all ids packed.
        """
        row = bulk.first(self._connection, greatest)
        if row is None or row[0] is None:
            return ()
        older = [one for one in map(packed_id, named) if one <= row[0]]
        found = bulk.among(self._connection, query, column, older)
        return [(unpacked_id(one), of) for one, of in found]

    def _store_closed(self, there: Mapping[str, int]) -> None:
        runs = Runs(
            self._connection,
            {fact.run for _, _, fact in self._closed.values()},
            imported=self._imported,
        )
        last = bulk.first(self._connection, _NEWEST)
        newest = last[0] if last and last[0] else 0
        rows, again, held = [], [], []
        for number, stream, fact in self._closed.values():
            row = self._row(stream, fact)
            row["run"] = runs.take(fact.run, number, fact.sequence, row)
            row["id"] = there.get(fact.segment)
            if row["id"] is None:
                newest += 1
                row["id"] = newest
                rows.append(row)
            else:
                again.append(row)
            volume, key = self._known.place(fact.path, fact.camera, fact.stream)
            held.append(files.Held(row["id"], stream, volume, key, fact.size))
        bulk.inserted(self._connection, segments, rows)
        runs.store()
        for row in again:
            number = row.pop("id")
            # The id is packed already, and the same.
            row |= {"segment": segments.c.segment, "deleted_at": None, "deleted_why": None}
            own = update(segments).where(segments.c.id == number)
            self._connection.execute(own.values(row))
            files.forget(self._connection, [number])
        files.here(self._connection, held)

    def _row(self, stream: int, fact: SegmentClosed) -> dict[str, Any]:
        flags = NO_KEY * fact.no_key | REPAIRED * fact.repaired | IMPORTED * self._imported
        return {
            "segment": packed_id(fact.segment),
            "stream": stream,
            "recorder_start": self._known.start(fact.recorder_start),
            "sequence": fact.sequence,
            "encoding": self._known.encoding(fact),
            "start": fact.start,
            "duration": fact.duration,
            "base": fact.base,
            "frames": fact.frames,
            "sha256": _hash(fact.sha256),
            "parts": fact.parts.packed,
            "clock_error": fact.clock_error,
            "lost_packets": fact.lost_packets,
            "damaged_frames": fact.damaged_frames,
            "flags": flags,
        }

    def _store_opened(self, there: Mapping[str, int]) -> set[str]:
        """What is being written. Returns the closed segments whose rows became those of others.

        A stream that closes a segment nearly always opens the next of its run: its row moves on.
        """
        own = writing.c.segment
        begun = dict(self._stored(own, _GREATEST_BEGUN, _BEGUN, self._opened))
        before = {stream: one for one, (_, stream, _) in self._closed.items()}
        followed: set[str] = set()
        rows, moved = [], []
        for stream, fact in self._opened.values():
            if fact.segment in there or fact.segment in begun:
                continue  # told before
            volume, key = self._known.place(fact.path, fact.camera, fact.stream)
            row = {
                "segment": packed_id(fact.segment),
                "stream": stream,
                "run": packed_id(fact.run),
                "recorder_start": self._known.start(fact.recorder_start),
                "sequence": fact.sequence,
                "volume": volume,
                "key": key,
                "encoding": self._known.encoding(fact),
                "start": fact.start,
                "base": fact.base,
            }
            if (closed := before.pop(stream, None)) is None:
                rows.append(row)
            else:
                followed.add(closed)
                moved.append({**row, "was": packed_id(closed)})
        if bulk.updated(self._connection, _FOLLOWED, moved) != len(moved):
            # The opening of some that are closed was never told, or they are the last of a run.
            new = [row["segment"] for row in moved]
            found = {one for one, _ in bulk.among(self._connection, _BEGUN, own, new)}
            for row in moved:
                if row["segment"] not in found:
                    followed.discard(unpacked_id(row.pop("was")))
                    rows.append(row)
        bulk.inserted(self._connection, writing, rows)
        return followed

    def _store_gone(self) -> None:
        if not self._gone:
            return
        for segment, number in self._there(self._gone).items():
            at, fact = self._gone[segment]
            files.forget(self._connection, [number])
            files.deleted(self._connection, [number], at=at, why=fact.why)


def _hash(text: str) -> bytes | None:
    """The bytes of a hash; None for one that is none, which a damaged file may carry."""
    try:
        return bytes.fromhex(text) or None
    except ValueError:
        return None
