"""Pure: a stream's life laid end to end, from runs, gaps and pauses, and what does not fit.

Coverage is reckoned from such a line, and `check` reads its faults. Three rules:

* Ends nearer than NEAR are the same moment, for frames do not arrive more evenly than that. A
  run's end moves to the gap's, because the ledger names moments and a run only has frames.
* Where two pieces overlap in wall time, the one that was told later owns the overlap: that is
  a clock that was set back, and the line of the recorder goes on.
* Everything else that is said twice, or not at all, is a fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from nvr_core.clock import SECOND
from nvr_core.wire.facts import Cause

NEAR = 100_000
"""µs; the recorder's own (nvr_core.recorder.hindsight)."""
LAST = 2 * SECOND
"""A stream that ends while it is recorded ends with its last frame: nobody waited for another."""
PAUSES = frozenset((Cause.BY_SCHEDULE.value, Cause.BY_PERSON.value))
CLOCK = Cause.CLOCK.value
LEAPT = -1
"""Instead of the number of a fact: time that a clock leapt over when it was set forward. Whatever
else is told of it owns it."""


class Piece(NamedTuple):
    """A run, or a gap or pause with its cause, on the calendar in µs UTC."""

    began: int
    ended: int
    told: int
    """Number of the fact that told it first: later ones own what they share with earlier ones."""
    cause: str | None = None
    """None for a run."""


class Kind(StrEnum):
    UNTOLD = "untold"
    """Nothing is said of this time."""
    TWICE = "told twice"
    """Two things are said of this time, and no clock was set back."""
    OUTSIDE = "outside"
    """Something is said of a time in which the stream was not wanted."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Wall time [began, ended) in µs that does not fit, and how."""

    kind: Kind
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Line:
    """A lifetime as it is told: pieces in order, without overlap, and every fault."""

    began: int
    ended: int
    pieces: tuple[Piece, ...]
    faults: tuple[Fault, ...]


def until(pieces: Iterable[Piece], now: int, *, goes_on: bool) -> int:
    """Where the line of a stream that is still wanted ends, µs.

    goes_on: a gap is open. Else the newest run grows, and is told once a segment is closed.
    """
    return now if goes_on else min(now, max((one.ended for one in pieces), default=now))


def lay(
    began: int,
    ended: int,
    pieces: Iterable[Piece],
    *,
    last: int = LAST,
    set_back: Collection[int] = (),
) -> Line:
    """The line of a lifetime. Pieces that end where they begin, or earlier, were none.

    last: µs that may lie between the last frame and the end; 0 where the end is no lifetime's.
    set_back: numbers of facts after which the clock was set back, as far as gaps show it.
    """
    faults: list[Fault] = []
    inside = _inside(began, ended, [one for one in pieces if one.ended > one.began], faults)
    newest = max(inside, key=lambda one: one.ended, default=None)
    if newest is not None and newest.cause is None and ended - newest.ended <= last:
        ended = newest.ended
    parted = _parted(_met(inside), faults, set_back)
    line = _joined(began, ended, parted, faults)
    faults.sort(key=lambda fault: (fault.began, fault.ended))
    return Line(began, ended, tuple(line), tuple(faults))


def _inside(began: int, ended: int, pieces: list[Piece], faults: list[Fault]) -> list[Piece]:
    """The pieces cut to the lifetime, in order."""
    kept = []
    for one in pieces:
        first, last = max(one.began, began), min(one.ended, ended)
        if first - one.began > NEAR:
            faults.append(Fault(Kind.OUTSIDE, one.began, min(first, one.ended)))
        if one.ended - last > NEAR:
            faults.append(Fault(Kind.OUTSIDE, max(last, one.began), one.ended))
        if last > first:
            kept.append(one._replace(began=first, ended=last))
    return sorted(kept)


def _met(pieces: list[Piece]) -> list[Piece]:
    """A run that reaches a little into a gap ends, or begins, at the gap's border."""
    for place in range(1, len(pieces)):
        before, after = pieces[place - 1], pieces[place]
        if not 0 < before.ended - after.began <= NEAR:
            continue
        if before.cause is None and after.cause is not None:
            pieces[place - 1] = before._replace(ended=after.began)
        elif after.cause is None and before.cause is not None and after.ended > before.ended:
            pieces[place] = after._replace(began=before.ended)
    return [one for one in pieces if one.ended > one.began]


def _parted(pieces: list[Piece], faults: list[Fault], set_back: Collection[int]) -> list[Piece]:
    """Pieces that overlap, cut so that each moment has one owner."""
    parted: list[Piece] = []
    cluster: list[Piece] = []
    reach = 0
    for one in pieces:
        if cluster and one.began >= reach:
            parted += _owned(cluster, faults, set_back) if len(cluster) > 1 else cluster
            cluster = []
        reach = max(reach, one.ended) if cluster else one.ended
        cluster.append(one)
    return parted + (_owned(cluster, faults, set_back) if len(cluster) > 1 else cluster)


def _owned(cluster: list[Piece], faults: list[Fault], set_back: Collection[int]) -> list[Piece]:
    edges = sorted({edge for one in cluster for edge in (one.began, one.ended)})
    owned: list[Piece] = []
    for first, last in pairwise(edges):
        there = [one for one in cluster if one.began <= first and last <= one.ended]
        owner = max(there, key=lambda one: (one.told, one.cause is not None))
        if owned and owned[-1].ended == first and _same(owned[-1], owner):
            owned[-1] = owned[-1]._replace(ended=last)
        else:
            owned.append(owner._replace(began=first, ended=last))
    for place, one in enumerate(cluster):
        for other in cluster[place + 1 :]:
            first, last = max(one.began, other.began), min(one.ended, other.ended)
            leapt = LEAPT in (one.told, other.told)
            if last - first > NEAR and not leapt and not _stepped(one, other, cluster, set_back):
                faults.append(Fault(Kind.TWICE, first, last))
    return owned


def _same(one: Piece, other: Piece) -> bool:
    return one.told == other.told and one.cause == other.cause


def _stepped(one: Piece, other: Piece, cluster: Sequence[Piece], set_back: Collection[int]) -> bool:
    """Whether a clock that was set back explains that these two overlap.

    The earlier one was told before the step. Behind a step a run, or a gap with that cause, lies
    over the earlier one too.
    """
    earlier, later = (one, other) if one.told < other.told else (other, one)
    if earlier.told == later.told:
        return False
    if earlier.cause is None and later.cause is None:
        return True
    if any(earlier.told <= step < later.told for step in set_back):
        return True
    return any(
        proof.told > earlier.told
        and (proof.cause == CLOCK or (proof.cause is None and earlier.cause is None))
        and proof.began < earlier.ended
        and proof.ended > earlier.began
        for proof in cluster
    )


def _joined(began: int, ended: int, pieces: list[Piece], faults: list[Fault]) -> list[Piece]:
    """The pieces with small holes closed; the run gives, where there is one."""
    line: list[Piece] = []
    at = began
    for one in pieces:
        if one.began - at > NEAR:
            faults.append(Fault(Kind.UNTOLD, at, one.began))
        elif one.began > at:
            if line and (line[-1].cause is None or one.cause is not None):
                line[-1] = line[-1]._replace(ended=one.began)
            else:
                one = one._replace(began=at)
        line.append(one)
        at = one.ended
    if ended - at > NEAR:
        faults.append(Fault(Kind.UNTOLD, at, ended))
    elif line and ended > at:
        line[-1] = line[-1]._replace(ended=ended)
    return line


def length(line: Line, began: int, ended: int) -> tuple[int, int]:
    """(recorded, wanted) µs of a line in a range: wanted is the line without its pauses."""
    first, last = max(line.began, began), min(line.ended, ended)
    if last <= first:
        return 0, 0
    recorded, wanted = 0, last - first
    for one in line.pieces:
        inside = min(one.ended, last) - max(one.began, first)
        if inside <= 0:
            continue
        if one.cause is None:
            recorded += inside
        elif one.cause in PAUSES:
            wanted -= inside
    return recorded, wanted
