"""The shipped program and its client: many at once, killed, stopped, asked for nonsense."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nvr_core.analyst.__main__ import HUNG
from nvr_core.wire import lock
from nvr_core.wire.pictures import LINE_LIMIT, NoPicture, Pictures
from tests.core.analyst.conftest import GOP, TICKS, Launch, Made, make, number_in


@pytest.fixture
def made(tmp_path: Path) -> Made:
    (tmp_path / "footage").mkdir()
    return make(tmp_path / "footage" / "made.mp4")


@asynccontextmanager
async def asking(runtime: Path, patience: float = 30.0) -> AsyncIterator[Pictures]:
    pictures = Pictures(runtime / "analyst.sock", patience=patience)
    try:
        yield pictures
    finally:
        await pictures.close()


async def test_many_at_once_each_get_their_own(made: Made, tmp_path: Path, launch: Launch) -> None:
    launch(tmp_path)
    async with asking(tmp_path) as pictures:
        numbers = range(2 * GOP)
        jpegs = await asyncio.gather(
            *(pictures.take(made.wanted(n // GOP, at=n * TICKS)) for n in numbers)
        )
        assert [number_in(jpeg) for jpeg in jpegs] == list(numbers)
        assert stat.S_IMODE((tmp_path / "analyst.sock").stat().st_mode) == 0o600


async def test_a_refusal_is_a_sentence_and_harms_nobody(
    made: Made, tmp_path: Path, launch: Launch
) -> None:
    launch(tmp_path)
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    async with asking(outside.parent) as pictures:
        (tmp_path / "outside.mp4").write_bytes(made.path.read_bytes())
        for path in ("/etc/passwd", str(made.path) + "x"):
            with pytest.raises(NoPicture, match=path):
                await pictures.take(type(made)(Path(path), made.init_size, made.parts).wanted())
        assert number_in(await pictures.take(made.wanted(1, at=0))) == GOP


async def test_lines_that_are_no_requests(made: Made, tmp_path: Path, launch: Launch) -> None:
    launch(tmp_path)
    async with asking(tmp_path) as pictures:
        await pictures.take(made.wanted())  # it is up
    reader, writer = await asyncio.open_unix_connection(tmp_path / "analyst.sock")
    good = {"id": 7, "type": "picture", "path": "x", "init_size": 9, "offset": 9, "size": 9}
    for said, id_, sentence in (
        (b"nonsense", 0, "not JSON"),
        (b"[]", 0, "not a JSON object"),
        (json.dumps(good | {"id": "x"}).encode(), 0, "needs an id"),
        (json.dumps(good | {"type": "movie"}).encode(), 7, '"picture"'),
        (json.dumps(good | {"width": 5}).encode(), 7, "field width: 5 is not within 16 to 4096"),
        (json.dumps(good | {"size": 1 << 40}).encode(), 7, "field size"),
        (json.dumps(good | {"at": "now"}).encode(), 7, "field at"),
    ):
        writer.write(said + b"\n")
        answer = json.loads(await reader.readline())
        assert answer["id"] == id_
        assert sentence in answer["error"]
    writer.write(b"x" * (LINE_LIMIT + 1))
    assert await reader.read() == b""
    writer.close()


async def test_killed_and_started_again(made: Made, tmp_path: Path, launch: Launch) -> None:
    process = launch(tmp_path)
    async with asking(tmp_path) as pictures:
        await pictures.take(made.wanted())
        # Stopped first, so that the request is surely under way when the program dies.
        process.send_signal(signal.SIGSTOP)
        asked = asyncio.create_task(pictures.take(made.wanted()))
        await asyncio.sleep(0)
        process.kill()
        with pytest.raises(NoPicture, match="ended while it was asked"):
            await asked
        await asyncio.to_thread(process.wait)
        waiting = asyncio.create_task(pictures.take(made.wanted(2)))
        launch(tmp_path)
        assert number_in(await waiting) == 3 * GOP - 1


async def test_a_client_gives_up_on_a_program_that_hangs_and_finds_it_again(
    made: Made, tmp_path: Path, launch: Launch
) -> None:
    process = launch(tmp_path)
    async with asking(tmp_path) as pictures:
        await pictures.take(made.wanted())
    async with asking(tmp_path, patience=0.5) as pictures:
        await pictures.take(made.wanted())
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(NoPicture, match=r"no picture came within 0\.5 s"):
            await pictures.take(made.wanted(0, at=0))
        process.send_signal(signal.SIGCONT)
        # The late answer must not be taken for the next one's.
        assert number_in(await pictures.take(made.wanted(1, at=0))) == GOP


async def test_one_at_a_time_and_an_end_in_order(
    made: Made, tmp_path: Path, launch: Launch
) -> None:
    first = launch(tmp_path)
    async with asking(tmp_path) as pictures:
        await pictures.take(made.wanted())
        assert lock.holder(tmp_path / "analyst.lock") == first.pid
        second = launch(tmp_path)
        _, said = await asyncio.to_thread(second.communicate)
        assert second.returncode == 1
        assert f"process {first.pid} is already at it" in said.decode()
        await pictures.take(made.wanted())
        os.kill(first.pid, signal.SIGTERM)
        _, said = await asyncio.to_thread(first.communicate)
        assert (first.returncode, said) == (0, b"")


HANGS = """
import sys, time
from nvr_core.analyst import __main__ as program
program.SECONDS, program.GRACE = 0.2, 0.3
program.draw = lambda roots, wanted: time.sleep(60)
sys.exit(program.main())
"""
"""The shipped program, but for native code that never comes back."""


async def test_a_drawing_that_hangs_ends_the_program(made: Made, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGS, "--runtime", str(tmp_path), stderr=asyncio.subprocess.PIPE
    )
    async with asking(tmp_path) as pictures:
        with pytest.raises(NoPicture, match="ended while it was asked"):
            await pictures.take(made.wanted())
    _, said = await process.communicate()
    assert process.returncode == HUNG
    assert f"a picture of {made.path} took more than 0.5 s" in said.decode()
