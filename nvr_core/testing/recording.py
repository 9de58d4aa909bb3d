"""A recorder inside the test's own process: real files and facts, options for impatient tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from nvr_core.clock import SECOND, Clock, SystemClock
from nvr_core.recorder.options import Options
from nvr_core.recorder.running import Setting, installation_id, recording
from nvr_core.wire import codec, volume
from nvr_core.wire.facts import Cause, Fact, GapClosed, GapOpened, Numbered, SegmentClosed
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import Login, Source, StreamWant, Want

FactT = TypeVar("FactT")

IMPATIENT = Options(retry_first=0.1, retry_limit=0.2, connect_timeout=3.0, silence=2 * SECOND)
"""Short waits, so that a test sees a reconnect; nothing else differs from the product."""


@dataclass
class Rig:
    """A folder with a volume, and all facts that recorders in it have told."""

    root: Path
    options: Options = IMPATIENT
    clock: Clock = field(default_factory=SystemClock)
    name: str = "rtsp"
    facts: list[Fact] = field(default_factory=list)
    """In the order they were told, over restarts."""
    camera: str = ""
    _serial: int = 0
    _number: int = 0
    _recorder: Any = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.camera = self.camera or new_id(self.clock)
        self.data = self.root / "data"
        self.runtime = self.root / "runtime"
        self.volume = self.root / "volume"
        for folder in (self.data, self.runtime):
            folder.mkdir(parents=True, exist_ok=True)
        volume.prepare(self.volume, installation_id(self.data, self.clock))

    @asynccontextmanager
    async def recorder(self) -> AsyncIterator[Rig]:
        """A recorder runs while the block does; it ends as by SIGTERM."""
        setting = Setting(
            name=self.name,
            data=self.data,
            runtime=self.runtime,
            options=self.options,
            clock=self.clock,
        )
        async with recording(setting) as running:
            self._recorder = running.recorder
            undo = running.telling.subscribe(self._hear)
            yield self
        undo()

    def stream(self, url: str, stream: str = "main", **changes: Any) -> StreamWant:
        """A want for one stream, kept always unless said otherwise."""
        login = changes.pop("login", ("", ""))
        source = Source(
            url=url, login=Login(user=login[0], password=login[1]) if login[0] else None
        )
        for name in ("transport", "verify_tls"):
            if name in changes:
                source = replace(source, **{name: changes.pop(name)})
        return StreamWant(
            **{
                "camera": self.camera,
                "stream": stream,
                "source": source,
                "login_group": f"device of {self.camera}",
                "volume": str(self.volume),
                **changes,
            }
        )

    def want(self, *streams: StreamWant) -> None:
        """Make this the whole desired set."""
        self._serial += 1
        self._recorder.want(Want(serial=self._serial, streams=streams))

    def acknowledge(self) -> None:
        """Say that all that was told so far is safe elsewhere."""
        self._recorder.acknowledged(self._number)

    async def until(self, condition: Callable[[], Any], patience: float = 15.0) -> Any:
        """Wait for facts until the condition holds, and return what it gave."""
        async with asyncio.timeout(patience):
            while not (found := condition()):
                self._changed.clear()
                await self._changed.wait()
        return found

    def told(self, kind: type[FactT], **fields: Any) -> list[FactT]:
        """Facts of a kind whose fields have these values."""
        return [
            fact
            for fact in self.facts
            if isinstance(fact, kind)
            and all(getattr(fact, name) == value for name, value in fields.items())
        ]

    def segments(self, stream: str = "main") -> list[SegmentClosed]:
        """Closed segments on the volume, in order."""
        found = self.told(SegmentClosed, stream=stream, ring=False)
        return sorted(found, key=lambda fact: (fact.start, fact.sequence))

    def causes(self, stream: str = "main") -> list[Cause]:
        """Causes of the gaps of a stream, in the order they were opened."""
        return [fact.cause for fact in self.told(GapOpened, stream=stream)]

    def open_gaps(self, stream: str = "main") -> set[str]:
        """Ids of the gaps that go on."""
        closed = {fact.gap for fact in self.told(GapClosed, stream=stream)}
        return {fact.gap for fact in self.told(GapOpened, stream=stream)} - closed

    def _hear(self, line: bytes, _kept: bool) -> None:
        message = codec.decode(line)
        if isinstance(message, Numbered):
            self._number = message.number
        self.facts.append(message.fact if isinstance(message, Numbered) else message)  # type: ignore[arg-type] # a recorder tells facts
        self._changed.set()
