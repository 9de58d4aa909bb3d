"""How much of what was wanted was recorded, and how much of that is still here.

Recorded is reckoned from runs, gaps and pauses, which outlive their files; available from the
segments whose files are left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from nvr_core.state import clocks, tiling
from nvr_core.state.clocks import Told
from nvr_core.state.recorded import FLOOR
from nvr_core.state.tables.gaps import gaps, lifetimes
from nvr_core.state.tables.segments import runs, segments
from nvr_core.state.tiling import Line, Piece

HOUR = 3600 * 1_000_000
"""µs; more than any segment lasts (three minutes, and longer ones from elsewhere)."""
UNTOLD = "untold"
"""Instead of a cause: nothing is said of that time."""
CHUNK = 500
"""Streams asked for in one statement."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """µs that were recorded, of µs that were wanted and no pause."""

    recorded: int = 0
    wanted: int = 0

    @property
    def ratio(self) -> float | None:
        """From 0 to 1; None when nothing was wanted."""
        return self.recorded / self.wanted if self.wanted else None


def lines(
    connection: Connection, streams: Sequence[int], began: int, ended: int, *, now: int
) -> Mapping[int, list[Line]]:
    """Each stream's lifetimes that touch [began, ended), each laid as far as the range reaches.

    streams: local numbers. now: wall time, µs; an open gap reaches to it, and nothing beyond.
    """
    found: dict[int, list[Line]] = {stream: [] for stream in streams}
    for at in range(0, len(streams), CHUNK):
        some = streams[at : at + CHUNK]
        pieces, set_back = _pieces(connection, some, began, ended, now)
        for stream, life_began, life_ended, goes_on in _lives(connection, some, began, ended):
            own = pieces[stream]
            if life_ended is None:
                life_ended = tiling.until(own, now, goes_on=goes_on)
            if life_began < FLOOR <= began:
                life_began = _believed(own, life_began)
            # Only what was asked for is laid, so that a fault elsewhere costs nothing here.
            first, last = max(life_began, began), min(life_ended, ended)
            if last > first:
                inside = _cut(own, first, last)
                slack = tiling.LAST if last == life_ended else 0
                back = set_back.get(stream, ())
                found[stream].append(tiling.lay(first, last, inside, last=slack, set_back=back))
    return found


def coverage(
    connection: Connection, streams: Sequence[int], began: int, ended: int, *, now: int
) -> Mapping[int, Coverage]:
    """Recorded ÷ (range ∩ lifetime − pauses) of each stream, by its local number.

    Times are wall times, µs. Where two runs overlap the moment counts once; a gap that is still
    open reaches to now; what is being recorded counts once its segment is closed.
    """
    found = {}
    for stream, laid in lines(connection, streams, began, ended, now=now).items():
        lengths = [tiling.length(line, began, ended) for line in laid]
        found[stream] = Coverage(
            sum(recorded for recorded, _ in lengths), sum(wanted for _, wanted in lengths)
        )
    return found


def missing(
    connection: Connection, streams: Sequence[int], began: int, ended: int, *, now: int
) -> Mapping[int, tuple[Coverage, Mapping[str, int]]]:
    """The same, with the µs that are missing of each stream by the cause that was told."""
    found = {}
    for stream, laid in lines(connection, streams, began, ended, now=now).items():
        recorded = wanted = 0
        causes: dict[str, int] = defaultdict(int)
        for line in laid:
            lengths = tiling.length(line, began, ended)
            recorded, wanted = recorded + lengths[0], wanted + lengths[1]
            for piece in line.pieces:
                if piece.cause is not None and piece.cause not in tiling.PAUSES:
                    causes[piece.cause] += piece.ended - piece.began
        if untold := wanted - recorded - sum(causes.values()):
            causes[UNTOLD] = untold
        found[stream] = (Coverage(recorded, wanted), dict(causes))
    return found


def available(connection: Connection, stream: int, began: int, ended: int) -> int:
    """µs of the range whose footage is still here."""
    table = segments.c
    query = (
        select(table.start, table.duration)
        .where(
            table.stream == stream,
            table.deleted_at.is_(None),
            table.start < ended,
            table.start > began - HOUR,
        )
        .order_by(table.start)
    )
    here, at = 0, began
    for start, duration in connection.execute(query):
        end = min(start + duration, ended)
        if end > at:
            here += end - max(start, at)
            at = end
    return here


def _cut(pieces: Iterable[Piece], began: int, ended: int) -> list[Piece]:
    return [
        one._replace(began=max(one.began, began), ended=min(one.ended, ended))
        for one in pieces
        if one.began < ended and one.ended > began
    ]


def _believed(pieces: Iterable[Piece], began: int) -> int:
    """Where a life that began by a clock of 1970 begins for a range of days that can be: nobody
    wished for the decades which that clock leapt over."""
    starts = (one.began for one in pieces if one.told != tiling.LEAPT and one.began >= FLOOR)
    return min(starts, default=began)


def _lives(
    connection: Connection, streams: Sequence[int], began: int, ended: int
) -> Iterable[tuple[int, int, int | None, bool]]:
    """(stream, began, ended, whether a gap is open)."""
    query = select(gaps.c.stream).where(gaps.c.stream.in_(streams), gaps.c.ended.is_(None))
    open_gaps = set(connection.execute(query).scalars())
    table = lifetimes.c
    rows = connection.execute(
        select(table.stream, table.began, table.ended)
        .where(
            table.stream.in_(streams),
            table.began < ended,
            or_(table.ended.is_(None), table.ended > began),
        )
        .order_by(table.began)
    )
    for stream, life_began, life_ended in rows:
        yield stream, life_began, life_ended, stream in open_gaps


def _pieces(
    connection: Connection, streams: Sequence[int], began: int, ended: int, now: int
) -> tuple[Mapping[int, list[Piece]], Mapping[int, Collection[int]]]:
    """Of each stream, and after which facts its clock was set back."""
    found: dict[int, list[Piece]] = defaultdict(list)
    table = runs.c
    rows = connection.execute(
        select(table.stream, table.began, table.ended, table.told).where(
            table.stream.in_(streams),
            table.ended > began,
            table.began < ended,
            table.imported.is_(False),
        )
    )
    for stream, run_began, run_ended, told in rows.all():
        found[stream].append(Piece(run_began, run_ended, told))
    line = gaps.c
    own = (
        line.told,
        line.cause,
        line.began,
        line.began_monotonic,
        line.began_in,
        line.ended,
        line.ended_monotonic,
        line.ended_in,
    )
    gap_rows = connection.execute(
        select(line.stream, *own).where(
            line.stream.in_(streams),
            # Those of the clock wherever they lie, and those that ended when they began although
            # they took time: they explain what overlaps here.
            or_(
                line.cause == tiling.CLOCK,
                and_(
                    line.ended == line.began,
                    line.ended_monotonic - line.began_monotonic > tiling.NEAR,
                ),
                and_(line.began < ended, or_(line.ended.is_(None), line.ended > began)),
            ),
        )
    )
    gaps_told: dict[int, list[Told]] = defaultdict(list)
    for stream, *row in gap_rows.all():
        gap = Told(*row)
        gaps_told[stream].append(gap)
        found[stream] += clocks.holes(gap, now)
    known = clocks.boots(connection) if gaps_told else {}
    return found, {one: clocks.set_back(some, known) for one, some in gaps_told.items()}
