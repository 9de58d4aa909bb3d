"""Rows and facts of a catalogue as an office of 100 cameras fills it, made in bulk."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from nvr_core.clock import SECOND
from nvr_core.state.tables.segments import segments
from nvr_core.wire.facts import Numbered, SegmentClosed, SegmentOpened
from nvr_core.wire.parts import PackedParts, Part

CAMERAS = 100
GAPS = 20_000
NOON = 1_795_500_000 * SECOND
MINUTE = 60 * SECOND
MONTH = 30 * 24 * 3600 * SECOND
ROOT = "/srv/ronda"


@dataclass(frozen=True)
class Built:
    """What a catalogue holds, wall times in µs."""

    count: int
    began: int
    ended: int

    @property
    def minutes(self) -> int:
        return (self.ended - self.began) // MINUTE


def built(connection: Connection) -> Built | None:
    """What was built before; None for an empty one."""
    own = segments.c
    row = connection.execute(select(func.max(own.id))).scalar()
    if not row:
        return None
    first = connection.execute(select(own.start).where(own.id == 1)).scalar_one()
    last = connection.execute(select(own.start).where(own.id == row)).scalar_one()
    return Built(row, first, last + MINUTE)


def minute(chance: random.Random) -> list[Part]:
    """The parts of a camera of 4 Mbit/s with a key frame a second, whose clock trembles."""
    made, offset, start = [], 1100, 90_000
    for _ in range(60):
        size, duration = chance.randrange(300_000, 800_000), 90_000 + chance.randrange(-99, 100)
        made.append(Part(offset=offset, size=size, start=start, duration=duration))
        offset, start = offset + size, start + duration
    return made


def id_at(wall: int, chance: random.Random) -> uuid.UUID:
    """A UUIDv7 of that moment."""
    value = (wall // 1000) << 80 | 7 << 76 | chance.getrandbits(12) << 64
    return uuid.UUID(int=value | 0b10 << 62 | chance.getrandbits(62))


def key_of(camera: str, wall: int, sequence: int) -> str:
    day = time.strftime("%Y/%m/%d/%H%M%S", time.gmtime(wall // SECOND))
    return f"{camera}/main/{day}000-0123456789ab-{sequence:06d}.mp4"


def build(path: Path, count: int) -> Built:
    """Fill an empty catalogue, fast, and without asking whether it is durable."""
    chance = random.Random(7)
    began = NOON - count // CAMERAS * MINUTE
    # isolation_level None: BEGIN and COMMIT stand here.
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA synchronous = OFF")
    base.execute("PRAGMA cache_size = -200000")
    base.execute("BEGIN")
    cameras = [str(id_at(NOON - MONTH + place, chance)) for place in range(CAMERAS)]
    base.execute("INSERT INTO recorders VALUES (1, 'bench', 1)")
    base.execute(
        "INSERT INTO recorder_starts VALUES (1, ?, 1, 'boot', '1', ?, 0, 1)",
        (id_at(NOON - MONTH, chance).bytes, NOON - MONTH),
    )
    base.execute("INSERT INTO encodings VALUES (1, 'avc1.64001f', 90000, 812, 1920, 1080)")
    base.execute(
        "INSERT INTO volumes VALUES (1, ?, ?, 'primary', NULL, NULL, 'here')",
        (id_at(NOON, chance).bytes, ROOT),
    )
    for number, camera in enumerate(cameras, 1):
        base.execute(
            "INSERT INTO cameras (id, camera) VALUES (?, ?)", (number, uuid.UUID(camera).bytes)
        )
        base.execute("INSERT INTO streams VALUES (?, ?, 'main')", (number, number))
        base.execute("INSERT INTO lifetimes VALUES (?, ?, ?, NULL)", (number, number, NOON - MONTH))
        base.execute("INSERT INTO totals VALUES (1, ?, ?, ?)", (number, count // CAMERAS, 1 << 40))
    _ledger(base, chance)
    rows = _segments(cameras, began, count, chance)
    while batch := [row for _, row in zip(range(20_000), rows, strict=False)]:
        base.executemany(
            "INSERT INTO segments VALUES (?,?,?,?,1,?,1,?,?,?,1500,?,?,0,0,0,0,NULL,NULL)",
            [row[0] for row in batch],
        )
        base.executemany(
            "INSERT INTO files VALUES (?, 1, ?, ?, 'here', NULL)", [row[1] for row in batch]
        )
    base.execute("COMMIT")
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    # What is only in memory yet would be written by the first sync of those whose cost is measured.
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return Built(count, began, NOON)


def _ledger(base: sqlite3.Connection, chance: random.Random) -> None:
    """A month in which each camera was away now and then."""
    each = GAPS // CAMERAS
    number = 0
    for stream in range(1, CAMERAS + 1):
        step = MONTH // each
        for place in range(each):
            number += 1
            began = NOON - MONTH + place * step
            away = chance.randrange(2, 600) * SECOND
            base.execute(
                "INSERT INTO gaps (id, gap, stream, cause, told, began, began_monotonic, began_in,"
                " ended, ended_monotonic, ended_in, sentence, filled)"
                " VALUES (?,?,?,'camera-unreachable',?,?,0,1,?,0,1,'It does not answer.',0)",
                (number, id_at(began, chance).bytes, stream, number, began, began + away),
            )
            base.execute(
                "INSERT INTO runs VALUES (?,?,?,1,0,99,?,?,?,0)",
                (number, id_at(began, chance).bytes, stream, number, began + away, began + step),
            )


def _segments(
    cameras: list[str], began: int, count: int, chance: random.Random
) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
    packed = [PackedParts.of(minute(chance)).packed for _ in range(200)]
    each = GAPS // CAMERAS
    for number in range(1, count + 1):
        place, camera = divmod(number - 1, CAMERAS)
        start = began + place * MINUTE + camera * SECOND // 2
        run = 1 + camera * each + max(0, min(each - 1, (start - NOON + MONTH) * each // MONTH))
        yield (
            (
                number,
                id_at(start, chance).bytes,
                camera + 1,
                run,
                place,
                start,
                MINUTE,
                90_000 + place * 5_400_000,
                chance.randbytes(32),
                packed[number % 200],
            ),
            (number, key_of(cameras[camera], start, place), 31_000_000 + number % 999_999),
        )


def facts(built: Built, rate: int, seconds: int) -> list[list[Numbered]]:
    """What a recorder tells of so many segments, a batch for each second.

    One segment is closed and the next one opened, on each of `rate` streams in turn. They
    follow what was built: ids grow with time.
    """
    chance = random.Random(built.count)
    cameras = [str(id_at(built.ended + place, chance)) for place in range(rate)]
    runs = [str(id_at(built.ended + place, chance)) for place in range(rate)]
    life = str(id_at(built.ended, chance))
    minutes = [PackedParts.of(minute(chance)) for _ in range(100)]
    names = [str(id_at(built.ended, chance)) for _ in cameras]
    told, batches = built.count * 10, []
    for second in range(seconds):
        batch = []
        for place, camera in enumerate(cameras):
            start = built.ended + second * MINUTE + place
            said = {
                "camera": camera,
                "stream": "main",
                "run": runs[place],
                "recorder_start": life,
                "ring": False,
                "codec": "avc1.64001f",
                "timescale": 90_000,
                "init_size": 812,
                "width": 1920,
                "height": 1080,
            }
            closed = SegmentClosed(
                **said,  # type: ignore[arg-type] # fields that several facts share
                segment=names[place],
                sequence=second,
                path=f"{ROOT}/{key_of(camera, start, second)}",
                start=start,
                base=90_000 + second * 5_400_000,
                duration=MINUTE,
                frames=1500,
                size=31_000_000,
                sha256=hashlib.sha256(names[place].encode()).hexdigest(),
                parts=minutes[(second + place) % 100],
            )
            names[place] = str(id_at(start + MINUTE, chance))
            begun = SegmentOpened(
                **said,  # type: ignore[arg-type] # fields that several facts share
                segment=names[place],
                sequence=second + 1,
                path=f"{ROOT}/{key_of(camera, start + MINUTE, second + 1)}",
                start=start + MINUTE,
                base=90_000 + (second + 1) * 5_400_000,
            )
            for fact in (closed, begun):
                told += 1
                batch.append(Numbered(number=told, at=start + MINUTE, fact=fact))
        batches.append(batch)
    return batches


DAY = """SELECT s.id, s.segment, s.stream, s.run, s.encoding, s.start, s.duration, s.base, s.flags,
 s.parts, f.volume, f.key, f.size FROM segments s JOIN files f ON f.segment = s.id
 WHERE f.state = 'here' AND s.deleted_at IS NULL AND s.stream = ? AND s.start > ? AND s.start < ?
 ORDER BY s.start, s.id"""


def day_floor(path: Path, built: Built, full: int) -> list[float]:
    """Milliseconds of a camera's days through bare sqlite3."""
    chance = random.Random(2)
    base = sqlite3.connect(path)
    base.execute("PRAGMA mmap_size = 1073741824").close()
    spent = []
    for _ in range(100):
        first = built.began + chance.randrange(full) * 1440 * MINUTE
        began = time.perf_counter()
        ask = (chance.randrange(1, CAMERAS + 1), first, first + 1440 * MINUTE)
        base.execute(DAY, ask).fetchall()
        spent.append((time.perf_counter() - began) * 1000)
    base.close()
    return spent


def floor(path: Path, rate: int, seconds: int) -> float:
    """% of a core for the same rows, ready made, through bare sqlite3 with a commit a second."""
    path.unlink(missing_ok=True)
    base = sqlite3.connect(path, isolation_level=None)
    for word in ("journal_mode = WAL", "synchronous = FULL"):
        base.execute(f"PRAGMA {word}").close()
    base.execute(
        "CREATE TABLE segments (id INTEGER PRIMARY KEY, segment BLOB UNIQUE, stream, run, life,"
        " sequence, encoding, start, duration, base, frames, sha256, parts, a, b, c, d, e, f)"
    )
    base.execute("CREATE INDEX here ON segments (stream, start, duration) WHERE e IS NULL")
    base.execute(
        "CREATE TABLE files (segment, volume, key, size, state, verified,"
        " PRIMARY KEY (segment, volume, key)) WITHOUT ROWID"
    )
    chance = random.Random(3)
    cameras = [str(id_at(NOON, chance)) for _ in range(CAMERAS)]
    made = list(_segments(cameras, NOON, rate * seconds, chance))
    cpu = time.process_time()
    for second in range(seconds):
        some = made[second * rate : (second + 1) * rate]
        base.execute("BEGIN IMMEDIATE")
        base.executemany(
            "INSERT INTO segments VALUES (?,?,?,?,1,?,1,?,?,?,1500,?,?,0,0,0,0,NULL,NULL)",
            [row[0] for row in some],
        )
        base.executemany(
            "INSERT INTO files VALUES (?, 1, ?, ?, 'here', NULL)", [row[1] for row in some]
        )
        base.execute("COMMIT")
    used = time.process_time() - cpu
    base.close()
    path.unlink()
    return 100 * used / seconds
