"""Runs that grow with their segments, in whichever order those are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, bindparam, insert, select, type_coerce, update

from nvr_core.state import bulk, standing
from nvr_core.state.columns import packed_id
from nvr_core.state.tables.segments import runs
from nvr_core.state.tiling import NEAR

_OWN = runs.c
_STRETCHES = select(
    type_coerce(_OWN.run, LargeBinary),
    _OWN.id,
    _OWN.stream,
    _OWN.recorder_start,
    _OWN.first_sequence,
    _OWN.last_sequence,
    _OWN.began,
    _OWN.ended,
    _OWN.imported,
)
_GROWN = (
    update(runs)
    .where(runs.c.id == bindparam("row"))
    .values(
        first_sequence=bindparam("first_sequence"),
        last_sequence=bindparam("last_sequence"),
        began=bindparam("began"),
        ended=bindparam("ended"),
    )
)


@dataclass(slots=True)
class _Row:
    number: int
    stream: int
    recorder_start: int
    first: int
    last: int
    began: int
    ended: int
    imported: bool
    changed: bool = False

    def grow(self, sequence: int, began: int, ended: int) -> None:
        """Cover a segment too."""
        if sequence > self.last:
            self.last = sequence
        elif sequence < self.first:
            self.first = sequence
        if ended > self.ended:
            self.ended = ended
        if began < self.began:
            self.began = began
        self.changed = True


class Runs:
    """The runs of a batch's segments, changed in memory and stored once."""

    def __init__(self, connection: Connection, ids: set[str], *, imported: bool) -> None:
        self._connection = connection
        self._imported = imported
        before = standing.of(connection).runs
        self._rows: dict[bytes, list[_Row]] = {}
        unread: dict[bytes, list[_Row]] = {}
        for run in map(packed_id, ids):
            known = before.pop(run, None)
            if known is None:
                known = unread[run] = []
            self._rows[run] = known
        for row in bulk.among(connection, _STRETCHES, _OWN.run, list(unread)):
            unread[row[0]].append(_Row(*row[1:]))

    def take(self, run: str, told: int, sequence: int, row: dict[str, Any]) -> int:
        """The local number of the run that a segment belongs to, which now covers it.

        told: number of the fact. row: of the segment, so far.
        """
        start, end = row["start"], row["start"] + row["duration"]
        own = (row["stream"], row["recorder_start"], self._imported)
        rows = self._rows[packed_id(run)]
        for one in rows:
            if (one.stream, one.recorder_start, one.imported) != own:
                continue
            if start - one.ended <= NEAR and one.began - end <= NEAR:
                one.grow(sequence, start, end)
                return one.number
        made = self._connection.execute(
            insert(runs).values(
                run=run,
                stream=row["stream"],
                recorder_start=row["recorder_start"],
                first_sequence=sequence,
                last_sequence=sequence,
                told=told,
                began=start,
                ended=end,
                imported=self._imported,
            )
        ).inserted_primary_key
        assert made is not None
        number = int(made[0])
        rows.append(_Row(number, own[0], own[1], sequence, sequence, start, end, self._imported))
        return number

    def store(self) -> None:
        """Write what has grown."""
        grown = [
            {
                "row": one.number,
                "first_sequence": one.first,
                "last_sequence": one.last,
                "began": one.began,
                "ended": one.ended,
            }
            for rows in self._rows.values()
            for one in rows
            if one.changed
        ]
        bulk.updated(self._connection, _GROWN, grown)
        for rows in self._rows.values():
            for one in rows:
                one.changed = False
        standing.keep(standing.of(self._connection).runs, self._rows.items())
