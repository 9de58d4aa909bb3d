"""What the ledger shows of clocks that were set: gaps know both ends on two lines of time.

Wall time less monotonic time is the same for all that one boot of the machine tells, until somebody
sets its clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select

from nvr_core.clock import SECOND
from nvr_core.state import cameras, tiling
from nvr_core.state.recorded import FLOOR
from nvr_core.state.tables.gaps import gaps
from nvr_core.state.tables.recorders import recorder_starts
from nvr_core.state.tables.segments import runs
from nvr_core.state.tiling import CLOCK, NEAR, Piece

LEAP = 2 * SECOND
"""µs by which wall and monotonic time must come apart for a clock that was set: the recorder's."""


class Told(NamedTuple):
    """A gap as it was told. All times in µs; no end while it goes on."""

    told: int
    cause: str
    began: int
    began_monotonic: int
    began_in: int
    """Local number of the recorder's life that told this end."""
    ended: int | None
    ended_monotonic: int | None
    ended_in: int | None

    @property
    def lasted(self) -> int | None:
        """µs by the monotonic clock; None while it goes on, or when two lives told its ends."""
        if self.ended_monotonic is None or self.began_in != self.ended_in:
            return None
        return max(0, self.ended_monotonic - self.began_monotonic)


def holes(gap: Told, now: int) -> list[Piece]:
    """Where a gap lies. One in which the clock was set forward lies before its end; before that
    the clock leapt, over what was recorded while it was right, perhaps. now: wall time, µs."""
    ended = now if gap.ended is None else gap.ended
    whole = Piece(gap.began, ended, gap.told, gap.cause)
    lasted = gap.lasted
    if lasted is None:
        impossible = gap.began < FLOOR <= ended
        return [whole._replace(told=tiling.LEAPT) if impossible else whole]
    if ended - gap.began - lasted <= LEAP:
        return [whole]
    edge = ended - lasted
    return [whole._replace(ended=edge, told=tiling.LEAPT), whole._replace(began=edge)]


def set_back(found: Iterable[Told], boots: Mapping[int, str | None]) -> list[int]:
    """Numbers of facts of one stream after which its clock was set back, or may have been.

    boots: the boot of each life. Between two boots nothing is known of the clock.
    """
    numbers = []
    before: tuple[str | None, int] | None = None
    for gap in sorted(found):
        at = (boots.get(gap.began_in), gap.began - gap.began_monotonic)
        if gap.cause == CLOCK or (before is not None and _back(before, at)):
            numbers.append(gap.told - 1)
        before = at
        if gap.ended is None or gap.ended_monotonic is None or gap.ended_in is None:
            continue
        # A gap does not end before it begins: what is lost by that is lost from this end.
        end = (boots.get(gap.ended_in), gap.ended - gap.ended_monotonic)
        if gap.cause == CLOCK or _back(at, end) or _stood_still(gap):
            numbers.append(gap.told)
    return numbers


def _stood_still(gap: Told) -> bool:
    """It took time, and ended when it began: its end was before that, however short it was."""
    return gap.ended == gap.began and gap.lasted is not None and gap.lasted > NEAR


def _back(before: tuple[str | None, int], after: tuple[str | None, int]) -> bool:
    return before[0] != after[0] or after[1] < before[1] - LEAP


def boots(connection: Connection) -> dict[int, str | None]:
    """The machine's boot in which each life of a recorder was, by the life's local number."""
    own = recorder_starts.c
    return {row.id: row.boot for row in connection.execute(select(own.id, own.boot))}


class Doubt(NamedTuple):
    """Footage whose times were told by a clock that was set later. Wall times as told, µs."""

    began: int
    ended: int
    by: int
    """What to add to find when it was, if the clock is right now: µs, with its sign."""


def doubts(connection: Connection, stream: int) -> list[Doubt]:
    """Runs of a stream that its recorder, in the same life, saw its clock being set after.

    A clock that was right, then wrong and then right again makes doubtful only what was recorded
    while it was wrong. What no life saw is not known here: see `clock_error` of the segments.
    """
    line, run = gaps.c, runs.c
    query = select(line.began_in).where(line.stream == stream, line.cause == CLOCK).distinct()
    lives = set(connection.execute(query).scalars())
    if not lives:
        return []
    own = [getattr(line, name) for name in Told._fields]
    told = [
        Told(*row)
        for row in connection.execute(
            select(*own).where(line.stream == stream, line.began_in.in_(lives))
        )
    ]
    there = connection.execute(
        select(run.recorder_start, run.began, run.ended).where(
            run.stream == stream, run.recorder_start.in_(lives), run.imported.is_(False)
        )
    ).all()
    found: list[Doubt] = []
    for life in lives:
        mine = [(row[1], row[2]) for row in there if row[0] == life]
        found += _doubts([one for one in told if one.began_in == life], mine)
    return sorted(found)


def _doubts(told: list[Told], recorded: Iterable[tuple[int, int]]) -> Iterable[Doubt]:
    """Of one life. Each run lies between two gaps, and either says how far wall and monotonic
    time were apart; segments are told late, so the order of telling says nothing here."""
    told.sort(key=lambda gap: gap.began_monotonic)
    made = [(began, ended, _offset(told, began, ended)) for began, ended in recorded]
    last = told[-1]
    now = last.began - last.began_monotonic
    if last.ended is not None and last.ended_monotonic is not None:
        now = last.ended - last.ended_monotonic
        if last.ended == last.began and (after := [one[0] for one in made if one[2] is None]):
            now = after[-1] - last.ended_monotonic  # its end was before its beginning
    for began, ended, own in made:
        if own is not None and abs(now - own) > LEAP:
            yield Doubt(began, ended, now - own)


def _offset(told: Iterable[Told], began: int, ended: int) -> int | None:
    """Wall less monotonic time of a run; None for one that lies between no gaps that tell it."""
    for gap in told:
        if abs(gap.began - ended) <= NEAR:
            return gap.began - gap.began_monotonic
        if gap.ended is None or gap.ended_monotonic is None or gap.ended == gap.began:
            continue
        if abs(gap.ended - began) <= NEAR:
            return gap.ended - gap.ended_monotonic
    return None


def doubts_of(
    connection: Connection, camera: str, stream: str, began: int, ended: int
) -> list[Doubt]:
    """Those of a stream by its name, in [began, ended) (wall times, µs) or belonging there."""
    number = cameras.stream(connection, camera, stream)
    found = [] if number is None else doubts(connection, number)
    here = [one for one in found if one.began < ended and one.ended > began]
    return sorted({*here, *belonging(found, began, ended)})


def belonging(found: Iterable[Doubt], began: int, ended: int) -> list[Doubt]:
    """Pure: those that were really recorded in [began, ended), if the clock is right now."""
    return [one for one in found if one.began + one.by < ended and one.ended + one.by > began]
