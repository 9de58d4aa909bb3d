"""Which bytes hold which moment: segments with their files, in pages the loop does not feel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, LargeBinary, Select, select, tuple_, type_coerce

from nvr_core.clock import SECOND
from nvr_core.state.columns import unpacked_id
from nvr_core.state.coverage import HOUR
from nvr_core.state.errors import StateError
from nvr_core.state.files import HERE
from nvr_core.state.tables.devices import cameras, streams
from nvr_core.state.tables.recorders import recorder_starts
from nvr_core.state.tables.segments import encodings, files, runs, segments
from nvr_core.state.tables.volumes import volumes
from nvr_core.state.told_segments import IMPORTED, NO_KEY, REPAIRED
from nvr_core.wire.parts import PackedParts, Part, Torn

PAGE = 1000
"""Most segments of one answer: more would hold the interpreter for too long."""


class Segment(NamedTuple):
    """A segment and one file that holds it. A tuple: a day has 1440, made from rows at once."""

    number: int
    """Local; with start it says where the next page begins."""
    name: bytes
    """The id as it is stored."""
    stream: int
    run: int
    """Local number: segments with the same one follow each other without a hole."""
    encoding: int
    start: int
    """Wall time of its first frame, µs."""
    duration: int
    base: int
    """Ticks on the run's line at which it starts."""
    flags: int
    packed: bytes
    volume: int
    key: str
    """Path below the volume's root."""
    size: int

    @property
    def segment(self) -> str:
        """The id; made when asked, for most of a page is only drawn."""
        return unpacked_id(self.name)

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def no_key(self) -> bool:
        """Decoding begins in the segment before."""
        return bool(self.flags & NO_KEY)

    @property
    def repaired(self) -> bool:
        return bool(self.flags & REPAIRED)

    @property
    def imported(self) -> bool:
        return bool(self.flags & IMPORTED)

    def parts(self) -> tuple[Part, ...]:
        """The pieces that can be fetched and played; unpacked when asked, for few are needed."""
        try:
            return tuple(PackedParts(self.packed))
        except Torn as error:
            raise StateError(
                f"the key-frame index of segment {self.segment} is damaged ({error}); run check, "
                "which reads it from the file again"
            ) from None


@dataclass(frozen=True, slots=True)
class Encoding:
    """What thousands of segments have in common."""

    codec: str
    timescale: int
    init_size: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """Everything about one segment, deleted or not."""

    number: int
    segment: str
    camera: str
    stream: str
    run: str
    recorder_start: str
    sequence: int
    encoding: Encoding
    start: int
    duration: int
    base: int
    frames: int
    sha256: bytes | None
    lost_packets: int
    damaged_frames: int
    flags: int
    deleted_at: int | None
    deleted_why: str | None


def _here() -> Select[*tuple[Any, ...]]:
    own, held = segments.c, files.c
    return (
        select(
            own.id,
            type_coerce(own.segment, LargeBinary),
            own.stream,
            own.run,
            own.encoding,
            own.start,
            own.duration,
            own.base,
            own.flags,
            own.parts,
            held.volume,
            held.key,
            held.size,
        )
        .join(files, held.segment == own.id)
        .where(held.state == HERE, own.deleted_at.is_(None))
    )


def _made(rows: Iterable[Any]) -> list[Segment]:
    """One for each segment, by the first of its files."""
    found: list[Segment] = []
    last = 0
    for row in rows:
        if row[0] != last:
            found.append(Segment._make(row))
            last = row[0]
    return found


def between(
    connection: Connection,
    stream: int,
    began: int,
    ended: int,
    *,
    after: Segment | None = None,
    limit: int = PAGE,
) -> list[Segment]:
    """Segments of a stream that touch [began, ended), in the order of their start, with a file.

    after: the last one of the page before. At most PAGE at once.
    """
    own = segments.c
    query = _here().where(
        own.stream == stream,
        own.start > began - HOUR,
        own.start < ended,
        own.start + own.duration > began,
    )
    if after is not None:
        query = query.where(
            own.start >= after.start, tuple_(own.start, own.id) > (after.start, after.number)
        )
    query = query.order_by(own.start, own.id, files.c.volume).limit(min(limit, PAGE))
    return _made(connection.execute(query).all())


def newest(connection: Connection, stream: int, limit: int = 1) -> list[Segment]:
    """The last segments of a stream, the newest first."""
    own = segments.c
    query = _here().where(own.stream == stream)
    query = query.order_by(own.start.desc(), own.id.desc(), files.c.volume)
    return _made(connection.execute(query.limit(min(limit, PAGE))).all())


def segment(connection: Connection, segment_id: str) -> Segment | None:
    """A segment with a file, by its id."""
    query = _here().where(segments.c.segment == segment_id).order_by(files.c.volume)
    return next(iter(_made(connection.execute(query).all())), None)


def following(connection: Connection, one: Segment, limit: int) -> list[Segment]:
    """The segments of the same stream that begin after this one, in order."""
    return between(connection, one.stream, one.start, 1 << 62, after=one, limit=limit)


def encodings_of(connection: Connection, found: Iterable[Segment]) -> dict[int, Encoding]:
    """By local number, for a page of segments."""
    numbers = {one.encoding for one in found}
    rows = connection.execute(select(encodings).where(encodings.c.id.in_(numbers)))
    return {
        row.id: Encoding(row.codec, row.timescale, row.init_size, row.width, row.height)
        for row in rows
    }


def roots(connection: Connection) -> dict[int, str]:
    """The folder of each volume, by its local number."""
    rows = connection.execute(select(volumes.c.id, volumes.c.root))
    return {row.id: row.root for row in rows}


def wall(one: Segment, timescale: int, tick: int) -> int:
    """Wall time in µs of a media time on the run's line."""
    return one.start + (tick - one.base) * SECOND // timescale


def record(connection: Connection, segment_id: str) -> Record | None:
    """All that is known of a segment, for a day after its last file went too."""
    own = segments.c
    row = connection.execute(
        select(
            segments,
            cameras.c.camera.label("camera_id"),
            streams.c.name.label("stream_name"),
            runs.c.run.label("run_id"),
            recorder_starts.c.recorder_start.label("start_id"),
            encodings,
        )
        .join(streams, streams.c.id == own.stream)
        .join(cameras, cameras.c.id == streams.c.camera)
        .join(runs, runs.c.id == own.run)
        .join(recorder_starts, recorder_starts.c.id == own.recorder_start)
        .join(encodings, encodings.c.id == own.encoding)
        .where(own.segment == segment_id)
    ).first()
    if row is None:
        return None
    return Record(
        number=row[0],
        segment=row.segment,
        camera=row.camera_id,
        stream=row.stream_name,
        run=row.run_id,
        recorder_start=row.start_id,
        sequence=row.sequence,
        encoding=Encoding(row.codec, row.timescale, row.init_size, row.width, row.height),
        start=row.start,
        duration=row.duration,
        base=row.base,
        frames=row.frames,
        sha256=row.sha256,
        lost_packets=row.lost_packets,
        damaged_frames=row.damaged_frames,
        flags=row.flags,
        deleted_at=row.deleted_at,
        deleted_why=row.deleted_why,
    )


def all_of(connection: Connection, stream: int, began: int, ended: int) -> Iterator[Segment]:
    """Every segment that touches the span, page by page: for work that may take its time."""
    page: Sequence[Segment] = between(connection, stream, began, ended)
    while page:
        yield from page
        page = between(connection, stream, began, ended, after=page[-1])
