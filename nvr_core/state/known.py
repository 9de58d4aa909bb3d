"""Local numbers of what facts name by ids and paths, looked up once for a batch, made if new.

Nothing that a fact names is turned away: footage of a camera that nobody added, of a recorder that
never said that it started, on a disk that is no volume, gets rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from nvr_core.state.tables import devices, recorders, segments, volumes
from nvr_core.wire.facts import SegmentClosed, SegmentOpened
from nvr_core.wire.ids import new_id

Key = tuple[str, str]
"""Camera's id and stream's name."""


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
        self._streams: dict[Key, int] = {}
        self._starts: dict[str, int] = {}
        self._encodings: dict[tuple[Any, ...], int] = {}
        self._volumes: dict[str, int] | None = None

    def streams(self, keys: Iterable[Key]) -> None:
        """Look many up at once."""
        wanted = {key for key in keys if key not in self._streams}
        if not wanted:
            return
        streams, cameras = devices.streams, devices.cameras
        rows = self._connection.execute(
            select(cameras.c.camera, streams.c.name, streams.c.id)
            .join(streams, streams.c.camera == cameras.c.id)
            .where(cameras.c.camera.in_({camera for camera, _ in wanted}))
        )
        self._streams |= {(camera, name): number for camera, name, number in rows}

    def stream(self, camera: str, name: str) -> int:
        key = (camera, name)
        if key not in self._streams:
            self.streams([key])
        if key not in self._streams:
            self._streams[key] = self._made(devices.streams, camera=self._camera(camera), name=name)
        return self._streams[key]

    def start(self, recorder_start: str) -> int:
        """Of a recorder's life, whether or not it said that it began."""
        found = self._starts.get(recorder_start)
        if found is None:
            table = recorders.recorder_starts
            found = self._connection.execute(
                select(table.c.id).where(table.c.recorder_start == recorder_start)
            ).scalar()
            found = found or self._made(
                table, recorder_start=recorder_start, recorder=self._recorder
            )
            self._starts[recorder_start] = found
        return found

    def encoding(self, fact: SegmentOpened | SegmentClosed) -> int:
        key = (fact.codec, fact.timescale, fact.init_size, fact.width, fact.height)
        found = self._encodings.get(key)
        if found is None:
            table = segments.encodings
            names = ("codec", "timescale", "init_size", "width", "height")
            said = dict(zip(names, key, strict=True))
            query = select(table.c.id).where(*(table.c[name] == said[name] for name in names))
            found = self._connection.execute(query).scalar() or self._made(table, **said)
            self._encodings[key] = found
        return found

    def place(self, path: str, camera: str, stream: str) -> tuple[int, str]:
        """The volume of a file, and its key there."""
        if self._volumes is None:
            table = volumes.volumes
            rows = self._connection.execute(select(table.c.root, table.c.id))
            # The longest root first: a volume may lie inside another one's folder.
            found = {row.root.rstrip("/"): row.id for row in rows}
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
