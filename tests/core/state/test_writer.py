"""Writing together: one commit for many, and whoever waits hears when it did not happen."""

from __future__ import annotations

import asyncio
import resource
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from nvr_core.state import opening, sqlite
from nvr_core.state.catalogue import State
from nvr_core.state.errors import Busy, Closed, Unwritten
from nvr_core.state.readers import Readers
from nvr_core.state.tables.people import settings
from nvr_core.state.writer import Writer
from tests.core.state.conftest import Noon


def put(key: str, size: int = 1) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        row = {"key": key, "value": "1" * size, "changed_at": 1, "changed_by": "a test"}
        connection.execute(insert(settings).values(row))
        return key

    return work


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(settings)).scalar_one()


@asynccontextmanager
async def state(folder: Path, pause: float = 0.2) -> AsyncIterator[State]:
    async with opening.opened(folder, Noon(), pause=pause) as made:
        yield made


@contextmanager
def commits(made: State) -> Iterator[list[float]]:
    """When the writer committed."""
    found: list[float] = []

    def noted(_: Connection) -> None:
        found.append(time.monotonic())

    engine = made._engines[0]
    event.listen(engine, "commit", noted)
    yield found
    event.remove(engine, "commit", noted)


async def test_work_of_a_moment_shares_one_commit(tmp_path: Path) -> None:
    async with state(tmp_path) as made:
        with commits(made) as when:
            began = time.monotonic()
            keys = await asyncio.gather(*(made.write(put(f"k{n}")) for n in range(50)))
            assert keys == [f"k{n}" for n in range(50)]
            assert len(when) == 1
            assert when[0] - began >= 0.19
        assert await made.read(count) == 50


async def test_nothing_is_seen_before_it_is_committed(tmp_path: Path) -> None:
    async with state(tmp_path, pause=30) as made:
        waits = asyncio.create_task(made.write(put("first")))
        await asyncio.sleep(0.1)
        assert await made.read(count) == 0
        assert not waits.done()
        await made.write(put("second"), now=True)
        assert await waits == "first"
        assert await made.read(count) == 2


async def test_work_that_fails_is_taken_back_alone(tmp_path: Path) -> None:
    def fails(connection: Connection) -> None:
        put("half")(connection)
        raise ValueError("my own")

    async with state(tmp_path) as made:
        results = await asyncio.gather(
            made.write(put("a")),
            made.write(fails),
            made.write(put("a")),
            made.write(put("b")),
            return_exceptions=True,
        )
        assert results[0] == "a"
        assert isinstance(results[1], ValueError)
        assert isinstance(results[2], IntegrityError)
        assert results[3] == "b"
        assert await made.read(count) == 2


async def test_a_full_disk_fails_the_batch_and_the_next_one_works(tmp_path: Path) -> None:
    async with state(tmp_path) as made:
        await made.write(put("before"), now=True)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        wal = (tmp_path / "ronda.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (wal + 8192, hard))
        try:
            lost = await asyncio.gather(
                made.write(put("small")),
                made.write(put("large", 4 << 20)),
                made.write(put("later")),
                return_exceptions=True,
            )
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert any(isinstance(one, Unwritten) for one in lost), lost
        assert all(isinstance(one, (Unwritten, OperationalError)) for one in lost), lost
        assert "disk" in str(next(one for one in lost if isinstance(one, Unwritten)))
        await made.write(put("after"), now=True)
        keys = await made.read(lambda c: list(c.execute(select(settings.c.key)).scalars()))
        assert keys == ["after", "before"]


async def test_a_commit_that_fails_fails_all_that_waits_for_it(tmp_path: Path) -> None:
    def bad_at_the_end(connection: Connection) -> None:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(text("INSERT INTO streams (camera, name) VALUES (99, 'main')"))

    async with state(tmp_path) as made:
        lost = await asyncio.gather(
            made.write(put("a")), made.write(bad_at_the_end), return_exceptions=True
        )
        assert [type(one) for one in lost] == [Unwritten, Unwritten]
        assert "Nothing of this change is stored" in str(lost[0])
        assert await made.write(put("b"), now=True) == "b"
        assert await made.read(count) == 1


async def test_too_much_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with state(tmp_path) as made:
        go = threading.Event()
        writer = Writer(made._engines[0], waiting=2)
        runs = threading.Event()

        def hold(_: Connection) -> bool:
            runs.set()
            return go.wait(10)

        first = writer.submit(hold)
        assert runs.wait(10)
        waiting = [writer.submit(put("a")), writer.submit(put("b"))]
        with pytest.raises(Busy, match="2 changes wait"):
            writer.submit(put("c"))
        go.set()
        writer.close()
        assert first.result()
        assert [one.result() for one in waiting] == ["a", "b"]
        with pytest.raises(Closed):
            writer.submit(put("d"))


async def test_too_many_questions_are_refused_with_a_sentence(tmp_path: Path) -> None:
    async with state(tmp_path) as made:
        go = threading.Event()
        readers = Readers(made._engines[1], threads=1, waiting=1)
        one = [readers.submit(lambda _: go.wait(10)) for _ in range(2)]
        with pytest.raises(Busy, match="questions"):
            readers.submit(count)
        go.set()
        assert all(found.result(10) for found in one)
        readers.close()
        with pytest.raises(Closed):
            readers.submit(count)


async def test_readers_cannot_write(tmp_path: Path) -> None:
    async with state(tmp_path) as made:
        with pytest.raises(OperationalError, match="readonly"):
            await made.read(put("x"))


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    async with state(tmp_path, pause=30) as made:
        waits = asyncio.create_task(made.write(put("last")))
        await asyncio.sleep(0.05)
    assert await waits == "last"
    assert not (tmp_path / "ronda.db-wal").exists()
    async with state(tmp_path) as again:
        assert await again.read(count) == 1


async def test_who_stops_waiting_stops_nothing_that_has_begun(tmp_path: Path) -> None:
    async with state(tmp_path) as made:
        waits = asyncio.create_task(made.write(put("a")))
        await asyncio.sleep(0.05)
        waits.cancel()
        await made.write(put("b"), now=True)
        assert await made.read(count) == 2


async def test_a_commit_is_synced_and_keys_are_followed(tmp_path: Path) -> None:
    async with state(tmp_path) as made:

        def said(connection: Connection) -> list[object]:
            words = ("journal_mode", "synchronous", "foreign_keys")
            return [connection.execute(text(f"PRAGMA {word}")).scalar() for word in words]

        assert await made.write(said, now=True) == ["wal", 2, 1]
        assert await made.read(sqlite.size) > 0
