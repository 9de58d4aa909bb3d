"""The ledger as people read it: the runs, gaps and pauses of a stream, with their causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from nvr_core.state import cameras, checked
from nvr_core.state.errors import Refused
from nvr_core.state.tables.gaps import gaps, lifetimes
from nvr_core.state.tables.segments import runs
from nvr_core.state.tiling import PAUSES
from nvr_core.wire.facts import Cause


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A hole or a pause of a stream; wall times in µs, no end while it goes on."""

    gap: str
    stream: int
    cause: str
    """The server's refinement where there is one, else the recorder's last word."""
    told_cause: str
    """The recorder's last word."""
    refined_by: str | None
    began: int
    ended: int | None
    sentence: str
    filled: int

    @property
    def pause(self) -> bool:
        """It was wished: nothing is missing."""
        return self.told_cause in PAUSES


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Footage without a hole; wall times in µs."""

    number: int
    run: str
    stream: int
    began: int
    ended: int
    imported: bool
    """A layer above its gap, never counted as recorded."""


def gaps_between(connection: Connection, stream: int, began: int, ended: int) -> list[Gap]:
    """Gaps and pauses that touch [began, ended), in order; those that were none are left out."""
    own = gaps.c
    query = (
        select(gaps)
        .where(
            own.stream == stream,
            own.began < ended,
            or_(own.ended.is_(None), (own.ended > began) & (own.ended > own.began)),
        )
        .order_by(own.began, own.id)
    )
    return [_gap(row) for row in connection.execute(query)]


def runs_between(connection: Connection, stream: int, began: int, ended: int) -> list[Run]:
    """Runs that touch [began, ended), in order."""
    own = runs.c
    query = select(runs).where(own.stream == stream, own.began < ended, own.ended > began)
    return [
        Run(
            number=row.id,
            run=row.run,
            stream=stream,
            began=row.began,
            ended=row.ended,
            imported=row.imported,
        )
        for row in connection.execute(query.order_by(own.began, own.id))
    ]


def refine(connection: Connection, gap: str, *, cause: Cause, by: str) -> None:
    """Say once why a gap was, from what the server knows; the recorder's word stays beside it.

    by: who, and from what. Raises Refused when it has been done, or would make it a pause.
    """
    if cause in PAUSES:
        raise Refused(
            "cause", str(cause), "is a pause; what was missed cannot be wished afterwards"
        )
    number = checked.number(connection, gaps.c.gap, gap, field="gap")
    fresh = update(gaps).where(gaps.c.id == number, gaps.c.refined_cause.is_(None))
    done = connection.execute(fresh.values(refined_cause=str(cause), refined_by=by))
    if not done.rowcount:
        raise Refused("gap", gap, "has been refined already, and that is done once")


def fill(connection: Connection, gap: str, *, more: int) -> None:
    """So many more µs of a gap have footage that was imported; it stays a gap. Raises Refused."""
    number = checked.number(connection, gaps.c.gap, gap, field="gap")
    own = gaps.c
    whole = func.coalesce(own.ended - own.began, own.filled + more)
    connection.execute(
        update(gaps)
        .where(own.id == number)
        .values(filled=own.filled + more)
        .where(own.filled + more <= whole)
    )


def gaps_of(connection: Connection, camera: str, stream: str, began: int, ended: int) -> list[Gap]:
    """The same of a stream by its name; none of one that nobody has told of."""
    number = cameras.stream(connection, camera, stream)
    return [] if number is None else gaps_between(connection, number, began, ended)


def open_gaps(connection: Connection) -> list[tuple[str, str, Gap]]:
    """(camera, stream, gap) of all that goes on: what a server that starts must know."""
    names = cameras.list_streams(connection)
    query = select(gaps).where(gaps.c.ended.is_(None)).order_by(gaps.c.began, gaps.c.id)
    return [(*names[row.stream], _gap(row)) for row in connection.execute(query)]


def kept_since(connection: Connection) -> dict[tuple[str, str], int]:
    """(camera, stream) of what goes on without a gap → the end of its last one, or its first
    moment; wall times, µs."""
    names = cameras.list_streams(connection)
    own, life = gaps.c, lifetimes.c
    last = select(own.stream, func.max(own.ended).label("ended")).group_by(own.stream).subquery()
    missing = select(own.stream).where(own.ended.is_(None))
    query = (
        select(life.stream, life.began, last.c.ended)
        .outerjoin(last, last.c.stream == life.stream)
        .where(life.ended.is_(None), life.stream.not_in(missing))
    )
    return {
        names[stream]: max(began, ended or began)
        for stream, began, ended in connection.execute(query)
    }


def _gap(row: Row[*tuple[Any, ...]]) -> Gap:
    return Gap(
        gap=row.gap,
        stream=row.stream,
        cause=row.refined_cause or row.cause,
        told_cause=row.cause,
        refined_by=row.refined_by,
        began=row.began,
        ended=row.ended,
        sentence=row.sentence,
        filled=row.filled,
    )
