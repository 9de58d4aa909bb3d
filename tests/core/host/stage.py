"""A provider that does what a test tells it, and a host to run it in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from nvr_core.contract import (
    Channel,
    Config,
    ConfigInvalid,
    Context,
    Device,
    DeviceDetails,
    Role,
    Secret,
    StreamSource,
    Text,
    Vendor,
    option,
)
from nvr_core.host.instance import Instance, Report
from nvr_core.host.kinds import Kind
from nvr_core.host.lending import Lending
from nvr_core.host.plugin import Origin, Plugin, PluginState, Provided
from nvr_core.host.redaction import Redaction
from nvr_core.host.registry import Registry
from nvr_core.host.steering import Patience, State

T = TypeVar("T")
PASSWORD = "rahasia-rw06"


class Nested(Config):
    token: Secret = option(Secret(""), label=Text("Token"))
    names: list[str] = option([], label=Text("Names"))


class StageConfig(Config):
    host: str = option("h", label=Text("Host"), longest=20)
    port: int = option(80, label=Text("Port"), least=1, most=65535)
    password: Secret = option(Secret(""), label=Text("Password"))
    nested: Nested = option(Nested(), label=Text("More"))

    @classmethod
    def tidied(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        tidy = dict(given)
        if isinstance(login := tidy.pop("login", None), str):
            tidy["password"] = login
        return tidy

    def check(self) -> None:
        if self.host == "boom":
            raise RuntimeError(f"boom {self.password.reveal()}")
        if self.host == "nobody":
            raise ConfigInvalid(Text("{host} is nobody.", host=self.host), option="host")


class StageDevice(Device):
    @property
    def info(self) -> DeviceDetails:
        return DeviceDetails(channels=(Channel(id="1", roles=(Role.MAIN,)),))

    async def stream_source(self, channel: str, role: Role) -> StreamSource:
        return StreamSource(url="rtsp://h/")


Script = Callable[[StageConfig, Context], Coroutine[Any, Any, None]]


class Stage(Vendor[StageConfig]):
    """`opening` runs before the device is yielded, `closing` after."""

    name = "stage"
    title = Text("Stage")
    config_type = StageConfig
    config_version = 2

    def __init__(self) -> None:
        self.opens = 0
        self.closes = 0
        self.opening: Script = self._nothing
        self.closing: Script = self._nothing

    @staticmethod
    async def _nothing(config: StageConfig, context: Context) -> None:
        pass

    @asynccontextmanager
    async def open(self, config: StageConfig, context: Context) -> AsyncIterator[StageDevice]:
        self.opens += 1
        await self.opening(config, context)
        try:
            yield StageDevice()
        finally:
            self.closes += 1
            await self.closing(config, context)

    def upgrade_config(self, stored: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        if "explode" in stored:
            raise RuntimeError(PASSWORD)
        assert isinstance(stored, dict)
        stored["host"] = stored.pop("address", "h")
        return stored


class Quick(Patience):
    """Seconds become hundredths."""

    FIRST, MOST, SETTLED, WITHIN = 0.05, 3.0, 60.0, 60.0


class Hours:
    """A clock that stands until a test moves it."""

    at = 1_795_000_000_000_000

    def wall(self) -> int:
        return self.at

    def monotonic(self) -> int:
        return 0


class Notebook:
    """A memory without a disk."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    async def remember(self, instance: str, key: str, value: str) -> None:
        self.kept[instance, key] = value

    async def recall(self, instance: str, key: str) -> str:
        return self.kept.get((instance, key), "")


def registry(stage: Stage) -> Registry:
    provided = Provided(kind=Kind.VENDOR, name="stage", provider=stage, plugin="stage")
    broken = Plugin(
        name="broken", origin=Origin(), state=PluginState.FAILED, sentence=Text("it is broken")
    )
    whole = Plugin(
        name="stage",
        origin=Origin(file=__file__),
        state=PluginState.LOADED,
        provides=(provided,),
    )
    return Registry([whole, broken])


def lending(folder: Path, clock: Hours | None = None) -> Lending:
    return Lending(clock=clock or Hours(), cache=folder, memory=Notebook(), redaction=Redaction())


def instance(name: str = "kamera-1", provider: str = "stage", **stored: Any) -> Instance:
    return Instance(id=name, kind=Kind.VENDOR, provider=provider, stored=stored, version=2)


class Told:
    """What a supervisor reported, and a way to wait for more."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self._more = asyncio.Event()

    def __call__(self, report: Report) -> None:
        self.reports.append(report)
        self._more.set()

    def states(self, name: str = "kamera-1") -> list[State]:
        return [one.state for one in self.reports if one.instance == name]

    async def until(self, state: State, name: str = "kamera-1", count: int = 1) -> Report:
        """The report with which the instance has been in this state `count` times."""
        async with asyncio.timeout(20):
            while self.states(name).count(state) < count:
                self._more.clear()
                await self._more.wait()
        return [one for one in self.reports if one.instance == name and one.state is state][-1]


def raising(*errors: BaseException) -> Script:
    """Raises the first, then the second …, then opens."""
    left = list(errors)

    async def script(config: StageConfig, context: Context) -> None:
        if left:
            raise left.pop(0)

    return script
