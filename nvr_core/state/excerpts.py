"""A few neighbouring segments of one stream, with all that a reader needs to play them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from nvr_core.clock import SECOND
from nvr_core.state import cameras, footage
from nvr_core.state.footage import Encoding, Segment
from nvr_core.state.tables.segments import runs

LEAD = 15 * 60 * SECOND
"""µs before a segment that was cut without a key frame in which the one with it is looked for:
five hard cuts of three minutes."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Segments in the order of their start; local numbers are told by what is beside them."""

    camera: str = ""
    stream: str = ""
    segments: Sequence[Segment] = ()
    encodings: Mapping[int, Encoding] = field(default_factory=dict)
    runs: Mapping[int, str] = field(default_factory=dict)
    roots: Mapping[int, str] = field(default_factory=dict)


def from_moment(connection: Connection, camera: str, stream: str, wall: int, limit: int) -> Excerpt:
    """Segments that end after this wall time (µs), at most `limit`, and those in which decoding
    of the first begins."""
    number = cameras.stream(connection, camera, stream)
    if number is None:
        return Excerpt()
    found = footage.between(connection, number, wall, 1 << 62, limit=limit)
    if found and found[0].no_key:
        first = found[0].start
        before = footage.between(connection, number, first - LEAD, first)
        found = [one for one in before if one.number != found[0].number] + found
    return _excerpt(connection, camera, stream, found)


def of_segment(connection: Connection, segment: str) -> Excerpt:
    """One segment by its id; an empty excerpt when no file holds it."""
    found = footage.segment(connection, segment)
    if found is None:
        return Excerpt()
    camera, stream = cameras.list_streams(connection)[found.stream]
    return _excerpt(connection, camera, stream, [found])


def _excerpt(connection: Connection, camera: str, stream: str, found: Sequence[Segment]) -> Excerpt:
    return Excerpt(
        camera=camera,
        stream=stream,
        segments=found,
        encodings=footage.encodings_of(connection, found),
        runs=_runs(connection, found),
        roots=footage.roots(connection),
    )


def _runs(connection: Connection, found: Sequence[Segment]) -> Mapping[int, str]:
    query = select(runs.c.id, runs.c.run).where(runs.c.id.in_({one.run for one in found}))
    return {row.id: row.run for row in connection.execute(query)}
