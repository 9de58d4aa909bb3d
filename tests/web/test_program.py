"""`python -m nvr_web` as it is started, ended and refused."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest


@pytest.fixture
def runtime() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ronda-") as folder:
        yield Path(folder)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def config(tmp_path: Path, runtime: Path, port: int) -> Path:
    path = tmp_path / "ronda.toml"
    path.write_text(f'runtime = "{runtime}"\n[server]\nport = {port}\n')
    return path


@asynccontextmanager
async def server(config: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "nvr_web", "--config", str(config)),
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def says(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while text not in (line := (await process.stderr.readline()).decode()):
            assert line, f"it ended without saying {text!r}"


async def refusal(config: Path) -> str:
    """All that a server says which cannot start."""
    async with server(config) as process:
        async with asyncio.timeout(20):
            _, words = await process.communicate()
        assert process.returncode == 1
        text = words.decode()
        assert "Traceback" not in text
        return text


async def test_it_tells_systemd_that_it_is_ready_and_ends_when_asked(
    config: Path, runtime: Path, port: int
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(runtime / "notify"))
        systemd.setblocking(False)
        loop = asyncio.get_running_loop()
        async with server(config, NOTIFY_SOCKET=str(runtime / "notify")) as process:
            heard: set[bytes] = set()
            async with asyncio.timeout(20):
                while heard < {b"READY=1", b"WATCHDOG=1"}:
                    heard.add(await loop.sock_recv(systemd, 100))
            async with aiohttp.ClientSession() as session:
                address = f"http://127.0.0.1:{port}"
                async with session.ws_connect(
                    f"{address}/api/v1/live", headers={"Origin": address}
                ):
                    assert (runtime / "server.lock").read_text() == f"{process.pid}\n"
                    process.send_signal(signal.SIGTERM)
                    async with asyncio.timeout(8):
                        assert await process.wait() == 0
            async with asyncio.timeout(5):
                while await loop.sock_recv(systemd, 100) != b"STOPPING=1":
                    pass


async def test_a_second_server_is_refused(config: Path) -> None:
    async with server(config) as first:
        await says(first, "the page is at")
        assert f"process {first.pid} is already at it" in await refusal(config)


async def test_a_port_in_use_is_told_with_its_field(config: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        said = await refusal(config)
    assert f"port {port}" in said
    assert "[server], field port" in said


async def test_mistakes_in_the_settings_are_told(config: Path) -> None:
    config.write_text("[server]\nhost = '0.0.0.0'\nport = 99999\n")
    said = await refusal(config)
    assert "field host" in said
    assert "ssh -L" in said
    assert "field port" in said


async def test_a_foreign_volume_is_left_alone(config: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "data" / "volume" / "volume.json"
    foreign.parent.mkdir(parents=True)
    foreign.write_text('{"installation": "somebody else"}\n')
    assert "belongs to another installation (somebody else)" in await refusal(config)
    assert foreign.read_text() == '{"installation": "somebody else"}\n'


async def test_a_volume_that_is_not_mounted_is_not_made_anew(config: Path, tmp_path: Path) -> None:
    """The folder under a mount point stays empty, and the page opens all the same."""
    root = tmp_path / "data" / "volume"
    async with server(config) as process:
        await says(process, "the page is at")
    assert (root / "volume.json").exists()
    root.rename(tmp_path / "unmounted")
    root.mkdir()
    async with server(config) as process:
        await says(process, "It was a volume before")
        await says(process, "the page is at")
    assert list(root.iterdir()) == []
    root.rmdir()
    async with server(config) as process:
        await says(process, "the page is at")
    assert not root.exists()


async def test_damaged_camera_ids_are_told_and_kept(config: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cameras.json").write_text("{")
    assert "put back a copy" in await refusal(config)


async def test_a_server_in_another_runtime_folder_is_refused_too(
    config: Path, runtime: Path, tmp_path: Path
) -> None:
    async with server(config) as first:
        await says(first, "the page is at")
        other = tmp_path / "other.toml"
        other.write_text(config.read_text().replace(f"{runtime}", f"{runtime}/2"))
        assert f"process {first.pid} is already at it" in await refusal(other)
        assert first.returncode is None
