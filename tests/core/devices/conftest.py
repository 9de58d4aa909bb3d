"""Devices of a data folder, opened by a plugin of one file that a test steers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.devices.building import built
from nvr_core.devices.service import Devices
from nvr_core.host.finding import Loading
from nvr_core.host.redaction import Redaction
from nvr_core.state.opening import opened

PLUGIN = '''
"""A brand whose devices are files: a test writes them, and the plugin reads what stands there."""

import json
from contextlib import asynccontextmanager
from pathlib import Path

from nvr_core.contract import (
    AuthFailed, Channel, Config, Device, DeviceDetails, Login, NotReady, Refresh, Role, Secret,
    StreamSource, Text, Vendor, hookimpl, option,
)


class PaperConfig(Config):
    file: Path = option(label=Text("File"))
    password: Secret = option(Secret(""), label=Text("Password"))


class PaperDevice(Device):
    def __init__(self, file, password, context):
        self.file, self.password, self.context = file, password, context

    def said(self):
        if not self.file.exists():
            raise NotReady(Text("{file} is not there", file=self.file))
        return json.loads(self.file.read_text())

    @property
    def info(self):
        return DeviceDetails(channels=tuple(
            Channel(id=one, name=name, roles=(Role.MAIN, Role.SUB))
            for one, name in self.said()["channels"].items()
        ))

    async def stream_source(self, channel, role):
        said = self.said()
        count = int(await self.context.recall("count") or "0") + 1
        await self.context.remember("count", str(count))
        return StreamSource(
            url=f"rtsp://127.0.0.1:9/{channel}/{role}/{count if said.get('turns') else 0}",
            login=Login(user="admin", password=self.password),
            expires_at=said.get("expires_at"),
            refresh=Refresh(said.get("refresh", "never")),
        )


class Paper(Vendor):
    name = "paper"
    title = Text("Paper")
    config_type = PaperConfig

    @asynccontextmanager
    async def open(self, config, context):
        device = PaperDevice(config.file, config.password, context)
        if device.said().get("password", config.password.reveal()) != config.password.reveal():
            raise AuthFailed(Text("The password is refused."))
        yield device


@hookimpl
def nvr_register_vendors():
    return [Paper]
'''
Office = Callable[[], AbstractAsyncContextManager[Devices]]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """The devices of one data folder, as often as they are asked for; not held open yet."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "paper.py").write_text(PLUGIN)

    @asynccontextmanager
    async def made() -> AsyncIterator[Devices]:
        clock = SystemClock()
        data = tmp_path / "data"
        async with opened(data, clock, pause=0) as state:
            yield built(data, state, clock, Loading(plugins_dir=folder), Redaction())

    return made
