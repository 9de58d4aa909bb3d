"""Plugins written into a folder, and distributions as their metadata describes them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Protocol

import pytest

from nvr_core.host.calls import Limits
from nvr_core.host.finding import Loading
from nvr_core.host.loader import load
from nvr_core.host.registry import Registry
from nvr_core.host.supervisor import Supervisor
from tests.core.host.stage import Hours, Quick, Stage, Told, lending, registry

HEAD = """
from contextlib import asynccontextmanager
from nvr_core.contract import *
from nvr_core.contract import option

class Acme(Config):
    host: str = option("h", label=Text("Host"))

class Box(Device):
    @property
    def info(self):
        return DeviceDetails(channels=(Channel(id="1", roles=(Role.MAIN,)),))
    async def stream_source(self, channel, role):
        return StreamSource(url="rtsp://h/")

class Good(Vendor):
    name = "NAME"
    title = Text("Good")
    config_type = Acme
    @asynccontextmanager
    async def open(self, config, context):
        yield Box()
"""
REGISTER = """
@hookimpl
def nvr_register_vendors():
    return [Good]
"""


class Written(Protocol):
    """Writes files and loads what lies there."""

    def __call__(
        self, texts: Mapping[str, str], *, safe: bool = False, blocked: frozenset[str] = ...
    ) -> Registry: ...


def good(name: str) -> str:
    """A plugin that works."""
    return HEAD.replace("NAME", name) + REGISTER


class Installed(Distribution):
    """A distribution that is told, not installed."""

    def __init__(self, told: str) -> None:
        self._told = told

    def read_text(self, filename: str) -> str | None:
        return self._told if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        raise NotImplementedError

    def point(self, name: str, module: str) -> EntryPoint:
        point = EntryPoint(name, module, "nvr_core.plugins.v1")
        vars(point)["dist"] = self  # as importlib.metadata itself does
        return point


LIMITS = Limits(open=1.0, close=0.5, call=0.5, silence=0.5, grace=0.1)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
async def host(stage: Stage, told: Told, tmp_path: Path, clock: Hours) -> AsyncIterator[Supervisor]:
    async with Supervisor(
        registry(stage),
        lending(tmp_path, clock),
        told=told,
        limits=LIMITS,
        patience=lambda: Quick(lambda: 0.5),
    ) as host:
        yield host
        await asyncio.sleep(0)


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[Written]:
    """Write files (name → text) into a folder and load what lies there, beside the bundled ones."""
    before = set(sys.modules)

    def written(
        texts: Mapping[str, str], *, safe: bool = False, blocked: frozenset[str] = frozenset()
    ) -> Registry:
        folder = tmp_path / "plugins"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        return load(Loading(plugins_dir=folder, safe=safe, blocked=blocked))

    yield written
    for name in set(sys.modules) - before:
        if name.startswith("nvr_plugin_file_"):
            del sys.modules[name]
