"""Runs that grow with their segments, in whichever order those are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from nvr_core.state import bulk
from nvr_core.state.tables.segments import runs
from nvr_core.state.tiling import NEAR

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


class Runs:
    """The runs of a batch's segments, changed in memory and stored once."""

    def __init__(self, connection: Connection, ids: set[str], *, imported: bool) -> None:
        self._connection = connection
        self._imported = imported
        self._rows: dict[str, list[_Row]] = {}
        own = runs.c
        query = select(
            own.run,
            own.id,
            own.stream,
            own.recorder_start,
            own.first_sequence,
            own.last_sequence,
            own.began,
            own.ended,
            own.imported,
        ).where(own.run.in_(ids))
        for run, *row in connection.execute(query):
            self._rows.setdefault(run, []).append(_Row(*row))

    def take(self, run: str, told: int, sequence: int, row: dict[str, Any]) -> int:
        """The local number of the run that a segment belongs to, which now covers it.

        told: number of the fact. row: of the segment, so far.
        """
        start, end = row["start"], row["start"] + row["duration"]
        own = (row["stream"], row["recorder_start"], self._imported)
        rows = self._rows.setdefault(run, [])
        for one in rows:
            if (one.stream, one.recorder_start, one.imported) != own:
                continue
            if start - one.ended <= NEAR and one.began - end <= NEAR:
                one.first, one.last = min(one.first, sequence), max(one.last, sequence)
                one.began, one.ended = min(one.began, start), max(one.ended, end)
                one.changed = True
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
