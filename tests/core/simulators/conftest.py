"""Cameras for the tests of the simulators."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from nvr_core.simulators import CameraSpec, Faults, Site, simulate
from nvr_core.testing.raw_rtsp import RawClient, connect

Serve = Callable[..., Awaitable[Site]]
Connect = Callable[[Site], Awaitable[RawClient]]


@pytest.fixture
async def serve(loop_cache: Path) -> AsyncIterator[Serve]:
    """serve(codec="h265", faults=Faults(…)): a site with one camera named cam, a 10 s loop.

    serve(spec, spec, tls=True): any other site.
    """
    async with AsyncExitStack() as stack:

        async def run(*specs: CameraSpec, tls: bool = False, **fields: Any) -> Site:
            specs = specs or (CameraSpec(**{"name": "cam", "seconds": 10, **fields}),)
            return await stack.enter_async_context(simulate(specs, cache=loop_cache, tls=tls))

        yield run


@pytest.fixture
async def dial() -> AsyncIterator[Connect]:
    """dial(site): a raw client connected to it."""
    async with AsyncExitStack() as stack:

        async def run(site: Site) -> RawClient:
            return await stack.enter_async_context(connect(site.host, site.port))

        yield run


@pytest.fixture
def tool() -> Callable[..., Awaitable[tuple[str, str]]]:
    """tool("ffprobe", …): what a program says on its two outputs; it has 30 s."""

    async def run(*command: str) -> tuple[str, str]:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            async with asyncio.timeout(30):
                said, errors = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()
        return said.decode(), errors.decode()

    return run


@pytest.fixture
def wrong(serve: Serve) -> Callable[..., Awaitable[Site]]:
    """wrong(loss=0.1): a site whose one camera has these faults."""

    async def run(**faults: Any) -> Site:
        return await serve(faults=Faults(**faults))

    return run
