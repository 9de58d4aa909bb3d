"""Segments as a recorder tells them: a batch of facts becomes a few statements with many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Connection, func, select, update

from nvr_core.state import bulk, files, parts
from nvr_core.state.columns import packed_id
from nvr_core.state.known import Known
from nvr_core.state.lives import Lives
from nvr_core.state.tables.segments import segments, writing
from nvr_core.state.told_runs import Runs
from nvr_core.wire.facts import SegmentClosed, SegmentGone, SegmentOpened

NO_KEY, REPAIRED, IMPORTED = 1, 2, 4
"""What flags is the sum of."""


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
        self._opened: dict[str, SegmentOpened] = {}
        self._closed: dict[str, tuple[int, SegmentClosed]] = {}
        self._gone: dict[str, tuple[int, SegmentGone]] = {}

    def opened(self, fact: SegmentOpened) -> None:
        if fact.ring:
            return
        stream = self._known.stream(fact.camera, fact.stream)
        self._lives.covers(stream, fact.start, fact.start)
        if fact.segment not in self._closed:
            self._opened[fact.segment] = fact

    def closed(self, number: int, fact: SegmentClosed) -> None:
        if fact.ring:
            return
        stream = self._known.stream(fact.camera, fact.stream)
        if not self._imported:
            self._lives.covers(stream, fact.start, fact.start + fact.duration)
        self._opened.pop(fact.segment, None)
        self._gone.pop(fact.segment, None)
        self._closed[fact.segment] = (number, fact)

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
        self._store_opened(there)
        self._store_gone()
        done = [packed_id(one) for one in (*self._closed, *self._gone)]
        bulk.deleted(self._connection, writing.c.segment, done)

    def _there(self, named: Iterable[str]) -> Mapping[str, int]:
        """Local numbers of those that are stored already."""
        return dict(self._stored(segments.c.segment, segments.c.id, named))

    def _stored(
        self, column: Column[str], wanted: Column[Any], named: Iterable[str]
    ) -> Iterable[tuple[str, Any]]:
        """(id, wanted) of those of the named that stand in an indexed column.

        Ids grow with time. So one look at the greatest that is stored tells of most that they are
        new, and only the others are looked for.
        """
        greatest = self._connection.execute(select(func.max(column))).scalar()
        if greatest is None:
            return ()
        limit = packed_id(greatest)
        older = [one for one in named if packed_id(one) <= limit]
        if not older:
            return ()
        query = select(column, wanted).where(column.in_(older))
        return [(one, of) for one, of in self._connection.execute(query)]

    def _store_closed(self, there: Mapping[str, int]) -> None:
        runs = Runs(
            self._connection,
            {fact.run for _, fact in self._closed.values()},
            imported=self._imported,
        )
        newest = self._connection.execute(select(func.max(segments.c.id))).scalar() or 0
        rows, again, held = [], [], []
        for number, fact in self._closed.values():
            row = self._row(fact)
            row["run"] = runs.take(fact.run, number, fact.sequence, row)
            row["id"] = there.get(fact.segment)
            if row["id"] is None:
                newest += 1
                row["id"] = newest
                rows.append(row)
            else:
                again.append(row)
            volume, key = self._known.place(fact.path, fact.camera, fact.stream)
            held.append(files.Held(row["id"], row["stream"], volume, key, fact.size))
        bulk.inserted(self._connection, segments, rows)
        runs.store()
        for row in again:
            number = row.pop("id")
            own = update(segments).where(segments.c.id == number)
            # The id is packed already, and the same.
            self._connection.execute(own.values({**row, "segment": segments.c.segment}))
            files.forget(self._connection, [number])
        files.here(self._connection, held)

    def _row(self, fact: SegmentClosed) -> dict[str, Any]:
        flags = NO_KEY * fact.no_key | REPAIRED * fact.repaired | IMPORTED * self._imported
        return {
            "segment": packed_id(fact.segment),
            "stream": self._known.stream(fact.camera, fact.stream),
            "recorder_start": self._known.start(fact.recorder_start),
            "sequence": fact.sequence,
            "encoding": self._known.encoding(fact),
            "start": fact.start,
            "duration": fact.duration,
            "base": fact.base,
            "frames": fact.frames,
            "sha256": _hash(fact.sha256),
            "parts": parts.pack(fact.parts),
            "lost_packets": fact.lost_packets,
            "damaged_frames": fact.damaged_frames,
            "flags": flags,
            "deleted_at": None,
            "deleted_why": None,
        }

    def _store_opened(self, there: Mapping[str, int]) -> None:
        begun = dict(self._stored(writing.c.segment, writing.c.start, self._opened))
        rows = []
        for fact in self._opened.values():
            if fact.segment in there or fact.segment in begun:
                continue  # told before
            volume, key = self._known.place(fact.path, fact.camera, fact.stream)
            rows.append(
                {
                    "segment": packed_id(fact.segment),
                    "stream": self._known.stream(fact.camera, fact.stream),
                    "run": packed_id(fact.run),
                    "recorder_start": self._known.start(fact.recorder_start),
                    "sequence": fact.sequence,
                    "volume": volume,
                    "key": key,
                    "encoding": self._known.encoding(fact),
                    "start": fact.start,
                    "base": fact.base,
                }
            )
        bulk.inserted(self._connection, writing, rows)

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
