"""Local numbers of what facts name by ids and paths, looked up once for a batch, made if new.

Nothing that a fact names is turned away: footage of a camera that nobody added, of a recorder that
never said that it started, on a disk that is no volume, gets rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, bindparam, insert, select, type_coerce

from nvr_core.state import bulk, standing
from nvr_core.state.columns import packed_id, unpacked_id
from nvr_core.state.tables import devices, recorders, segments, volumes
from nvr_core.wire.facts import SegmentClosed, SegmentOpened
from nvr_core.wire.ids import new_id

Key = tuple[str, str]
"""Camera's id and stream's name."""

_STREAMS = select(
    type_coerce(devices.cameras.c.camera, LargeBinary), devices.streams.c.name, devices.streams.c.id
).join(devices.streams, devices.streams.c.camera == devices.cameras.c.id)
_ROOTS = select(volumes.volumes.c.root, volumes.volumes.c.id)
_STARTS = recorders.recorder_starts.c
_START = select(_STARTS.id).where(_STARTS.recorder_start == bindparam("one", type_=LargeBinary))
_SHARED = ("codec", "timescale", "init_size", "width", "height")
"""What an encoding is, in the order of its key."""
_ENCODING = select(segments.encodings.c.id).where(
    *(segments.encodings.c[name] == bindparam(name) for name in _SHARED)
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A clock that stands: ids of rows that a fact makes carry the fact's time."""

    at: int

    def wall(self) -> int:
        return self.at

    def monotonic(self) -> int:
        return self.at


class Known:
    """Answers with local numbers, for one batch of one writer."""

    def __init__(self, connection: Connection, recorder: int, at: int) -> None:
        """recorder: local number of the one who tells. at: wall time of the batch, µs."""
        self._connection = connection
        self._recorder = recorder
        self._clock = Moment(at)
        before = standing.of(connection)
        self._streams = before.streams
        self._starts = before.starts
        self._encodings = before.encodings
        self._volumes: dict[str, int] | None = None

    def streams(self, keys: Iterable[Key]) -> None:
        """Look many up at once."""
        wanted = {packed_id(key[0]) for key in keys if key not in self._streams}
        column = devices.cameras.c.camera
        for camera, name, number in bulk.among(self._connection, _STREAMS, column, list(wanted)):
            self._streams[unpacked_id(camera), name] = number

    def stream(self, camera: str, name: str) -> int:
        key = (camera, name)
        found = self._streams.get(key)
        if found is None:
            self.streams([key])
            found = self._streams.get(key)
        if found is None:
            found = self._made(devices.streams, camera=self._camera(camera), name=name)
            self._streams[key] = found
        return found

    def start(self, recorder_start: str) -> int:
        """Of a recorder's life, whether or not it said that it began."""
        found = self._starts.get(recorder_start)
        if found is None:
            row = bulk.first(self._connection, _START, {"one": packed_id(recorder_start)})
            found = (
                row[0]
                if row
                else self._made(
                    recorders.recorder_starts,
                    recorder_start=recorder_start,
                    recorder=self._recorder,
                )
            )
            self._starts[recorder_start] = found
        return found

    def encoding(self, fact: SegmentOpened | SegmentClosed) -> int:
        key = (fact.codec, fact.timescale, fact.init_size, fact.width, fact.height)
        found = self._encodings.get(key)
        if found is None:
            said = dict(zip(_SHARED, key, strict=True))
            row = bulk.first(self._connection, _ENCODING, said)
            found = row[0] if row else self._made(segments.encodings, **said)
            self._encodings[key] = found
        return found

    def place(self, path: str, camera: str, stream: str) -> tuple[int, str]:
        """The volume of a file, and its key there."""
        if self._volumes is None:
            rows = bulk.every(self._connection, _ROOTS)
            # The longest root first: a volume may lie inside another one's folder.
            found = {root.rstrip("/"): number for root, number in rows}
            self._volumes = dict(sorted(found.items(), key=lambda one: -len(one[0])))
        for root, volume in self._volumes.items():
            if path.startswith(root) and path[len(root) : len(root) + 1] == "/":
                return volume, path[len(root) + 1 :]
        # Nobody has named this volume. Recorders write below <camera>/<stream>/.
        root, found_inside, _ = path.partition(f"/{camera}/{stream}/")
        root = root if found_inside else ""
        self._volumes[root] = self._made(
            volumes.volumes,
            volume=new_id(self._clock),
            root=root or "/",
            role="unknown",
            state="here",
        )
        return self._volumes[root], path[len(root) :].lstrip("/")

    def _camera(self, camera: str) -> int:
        table = devices.cameras
        found = self._connection.execute(
            select(table.c.id).where(table.c.camera == camera)
        ).scalar()
        return found or self._made(table, camera=camera)

    def _made(self, table: Table, **values: Any) -> int:
        made = self._connection.execute(insert(table).values(**values)).inserted_primary_key
        assert made is not None
        return int(made[0])
