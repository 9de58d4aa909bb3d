"""The program: a line when it is ready, ended by a signal; a sentence and status 2 if it cannot."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nvr_core.testing.raw_rtsp import connect

PROGRAM = (sys.executable, "-m", "nvr_core.simulators")
CAMERA = "name=cam,seconds=10,audio=pcma,user=admin,password=rahasia,fault=framerate:0"


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The running program; killed if it outlives the block."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_the_cameras_are_and_ends_on_a_signal(
    loop_cache: Path, number: signal.Signals
) -> None:
    arguments = ("--port", "0", "--tls-port", "0", "--cache", str(loop_cache), "--camera", CAMERA)
    async with program(*arguments) as process:
        assert process.stdout is not None
        line = await process.stdout.readline()
        assert b"rahasia" not in line
        said = json.loads(line)
        (camera,) = said["cameras"]
        assert said["type"] == "ready"
        assert said["port"] != said["tls_port"] != 0
        assert Path(said["certificate"]).exists()
        assert camera == {
            "name": "cam",
            "main": f"rtsp://127.0.0.1:{said['port']}/cam",
            "sub": f"rtsp://127.0.0.1:{said['port']}/cam/sub",
            "user": "admin",
        }
        async with connect("127.0.0.1", said["port"]) as client:
            assert (await client.ask("DESCRIBE", camera["main"])).status == 401
            process.send_signal(number)
            async with asyncio.timeout(10):
                rest, errors = await process.communicate()
        assert (process.returncode, rest, errors) == (0, b"", b"")
        assert not Path(said["certificate"]).exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--camera", "name=cam,codec=mpeg2"), "codec=mpeg2 is not possible"),
        (("--camera", "name=cam", "--host", "0.0.0.0"), "must be an address from 127.0.0.0"),
        (("--camera", "name=cam", "--camera", "name=cam"), "same name"),
    ],
)
async def test_it_refuses_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    async with program("--port", "0", "--cache", str(tmp_path), *arguments) as process:
        said, errors = await process.communicate()
    assert (process.returncode, said) == (2, b"")
    assert sentence in errors.decode()
    assert len(errors.decode().strip().split("\n")) == 1


async def test_it_ends_with_the_program_that_started_it(loop_cache: Path) -> None:
    """The parent is killed outright, so that only the kernel can tell."""
    arguments = ["--die-with-parent", "--port", "0", "--cache", str(loop_cache), "--camera", CAMERA]
    starter = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", starter, *PROGRAM, *arguments, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    process.kill()
    async with asyncio.timeout(10):
        assert await process.stdout.read() == b""  # the pipe ends when its last holder has
    await process.wait()
