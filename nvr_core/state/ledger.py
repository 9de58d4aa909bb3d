"""Everything a recorder tells becomes rows, exactly once and in order.

`apply` moves the number up to which a recorder's journal was read in the same transaction as the
rows that its facts make: whatever is killed when, a fact is stored once.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

from nvr_core.state import bulk, cameras, told_gaps
from nvr_core.state.known import Known
from nvr_core.state.lives import Lives
from nvr_core.state.tables.gaps import lifetimes
from nvr_core.state.tables.recorders import recorder_starts, recorders
from nvr_core.state.told_notices import noticed
from nvr_core.state.told_segments import Segments
from nvr_core.wire.facts import (
    GapClosed,
    GapOpened,
    LoginParked,
    Notice,
    Numbered,
    RecorderStarted,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamState,
)

_OF_STREAMS = (SegmentOpened, SegmentClosed, GapOpened, GapClosed, StreamState)

BATCH = 1000
"""Facts that are stored together."""
ADOPTED = ""
"""Stands for a recorder where footage was found that none has told."""
_RECORDER = select(recorders.c.id, recorders.c.read_to).where(recorders.c.name == bindparam("one"))
_READ = (
    update(recorders).where(recorders.c.id == bindparam("row")).values(read_to=bindparam("last"))
)
ENDED = "ended"
"""The state of a stream that nobody wants any more."""


def read_to(connection: Connection, recorder: str) -> int:
    """Number of the last fact of this recorder that is stored; 0 for none."""
    query = select(recorders.c.read_to).where(recorders.c.name == recorder)
    return connection.execute(query).scalar() or 0


def begin_anew(connection: Connection, recorder: str, starts: Sequence[str]) -> bool:
    """A journal ends before what was read of it. Read it from its beginning if it is another one.

    starts: the recorder's lives that it tells of. Another journal, made after the first was lost,
    tells of one that nobody knows; the tail of the same may just have been lost with the power.
    Returns whether it is another.
    """
    own = recorder_starts.c
    query = select(own.recorder_start).where(own.recorder_start.in_(starts))
    if not set(starts) - set(connection.execute(query).scalars()):
        return False
    connection.execute(update(recorders).where(recorders.c.name == recorder).values(read_to=0))
    return True


def apply(connection: Connection, recorder: str, facts: Sequence[Numbered]) -> None:
    """Store the facts of one recorder's journal that are not stored yet; the others are skipped.

    A camera, stream, volume or recorder's life that no row knows gets one: no fact is lost.
    """
    number, last = _recorder(connection, recorder)
    fresh = []
    for numbered in facts:
        if numbered.number > last:
            fresh.append(numbered)
            last = numbered.number
    for first in range(0, len(fresh), BATCH):
        _store(connection, recorder, number, fresh[first : first + BATCH])
    if fresh:
        bulk.updated(connection, _READ, [{"row": number, "last": last}])


def adopt(
    connection: Connection, closed: Sequence[SegmentClosed], *, at: int, imported: bool = False
) -> None:
    """Store segments that no journal tells, such as those found on a volume.

    Give them in the order in which they were recorded: it says which of two runs owns an overlap.
    Segments that are known already are stored again, by this word on them.

    at: wall time, µs. imported: fetched from elsewhere, a layer above its gap.
    """
    number, last = _recorder(connection, ADOPTED)
    for first in range(0, len(closed), BATCH):
        some = closed[first : first + BATCH]
        known = Known(connection, number, at)
        streams = {known.stream(one.camera, one.stream) for one in some}
        lives = Lives(connection, sorted(streams))
        segments = Segments(connection, known, lives, imported=imported)
        for one in some:
            last += 1
            segments.closed(last, one)
        segments.store()
        lives.store()
    bulk.updated(connection, _READ, [{"row": number, "last": last}])


def end(connection: Connection, camera: str, stream: str, *, at: int) -> None:
    """The stream is not to be kept any more, and no recorder will say so. at: wall time, µs.

    A recorder tells the end of streams that it has. It knows nothing of one that it lost in a
    crash and that was not wanted any more when it came back; and one that goes on in memory only
    has not ended for it.
    """
    known = Known(connection, 0, at)
    number = known.stream(camera, stream)
    lives = Lives(connection, [number])
    lives.end(number, at)
    lives.store()
    told_gaps.end_open(connection, number, at)


def going_on(connection: Connection) -> set[tuple[str, str]]:
    """(camera's id, stream's name) of all that have a lifetime without end."""
    names = cameras.list_streams(connection)
    query = select(lifetimes.c.stream).where(lifetimes.c.ended.is_(None)).distinct()
    return {names[stream] for stream in connection.execute(query).scalars()}


def _recorder(connection: Connection, name: str) -> tuple[int, int]:
    row = bulk.first(connection, _RECORDER, {"one": name})
    if row is not None:
        return row[0], row[1]
    made = connection.execute(insert(recorders).values(name=name, read_to=0)).inserted_primary_key
    assert made is not None
    return int(made[0]), 0


def _store(connection: Connection, name: str, recorder: int, facts: Sequence[Numbered]) -> None:
    """One batch, in order. Gaps and lives are stored as they come, segments at its end: nothing
    that is said of a gap depends on the row of a segment."""
    known = Known(connection, recorder, facts[-1].at)
    keys = {
        (one.fact.camera, one.fact.stream) for one in facts if isinstance(one.fact, _OF_STREAMS)
    }
    known.streams(keys)
    lives = Lives(connection, [known.stream(*key) for key in sorted(keys)])
    segments = Segments(connection, known, lives)
    for numbered in facts:
        match numbered.fact:
            case SegmentOpened() as fact:
                segments.opened(fact)
            case SegmentClosed() as fact:
                segments.closed(numbered.number, fact)
            case SegmentGone() as fact:
                segments.gone(numbered.at, fact)
            case GapOpened() as fact:
                told_gaps.opened(connection, known, lives, fact, numbered.number)
            case GapClosed() as fact:
                told_gaps.closed(connection, known, lives, fact)
            case StreamState() as fact:
                _state(connection, known, lives, fact, numbered.at)
            case RecorderStarted() as fact:
                _started(connection, known.start(fact.recorder_start), recorder, fact)
            case Notice() | LoginParked() as fact:
                noticed(connection, name, numbered.at, fact)
            case _:
                pass  # for the services that act on it; it leaves no row
    segments.store()
    lives.store()


def _state(connection: Connection, known: Known, lives: Lives, fact: StreamState, at: int) -> None:
    """A stream that begins says so by its first gap or footage: one that is only ever in memory
    has no lifetime, for nothing of it is missing."""
    if fact.state == ENDED:
        stream = known.stream(fact.camera, fact.stream)
        lives.end(stream, at)
        told_gaps.end_open(connection, stream, at)


def _started(connection: Connection, number: int, recorder: int, fact: RecorderStarted) -> None:
    """Complete the row of a life that footage may have named before."""
    connection.execute(
        update(recorder_starts)
        .where(recorder_starts.c.id == number)
        .values(
            recorder=recorder,
            boot=fact.boot,
            version=fact.version,
            wall=fact.wall,
            monotonic=fact.monotonic,
            synchronised=fact.synchronised,
        )
    )
