"""Many cameras, each with one fault switched on again and again, and one recorder for them all."""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nvr_core.clock import SECOND
from nvr_core.simulators import Faults
from nvr_core.simulators.camera import Camera
from nvr_core.simulators.site import Site
from nvr_core.testing import footage
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.testing.switches import UNREACHABLE, Switch
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, SegmentClosed, StreamState
from nvr_core.wire.ids import new_id

HARSH = replace(IMPATIENT, segment=4 * SECOND, silence=6 * SECOND, second_login_after=6 * SECOND)
"""Segments are cut while faults last; a refused login is tried again soon. Row 16 sends its first
frame up to ten seconds after PLAY: twice the silence."""

PATIENCE = 30.0
"""Seconds for what should take one or two: the machine may be busy."""

NEWS = b'"fragment-written"'
BREAKS = frozenset((UNREACHABLE, Cause.WAITING_FOR_KEY_FRAME))
"""Causes that belong to every reconnect: we hung up, and a key frame had to come."""


class Crowd(Rig):
    """A rig for many cameras: each camera's facts go to who wants them, and to nobody else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.trials: dict[str, Trial] = {}

    def _hear(self, line: bytes, kept: bool) -> None:
        if NEWS in line:
            return
        super()._hear(line, kept)
        fact: Any = self.facts.pop()
        trial = self.trials.get(getattr(fact, "camera", ""))
        if trial is not None:
            trial.hear(fact)


@dataclass
class Trial:
    """One camera and its fault."""

    switch: Switch
    camera: Camera
    url: str
    id: str
    rounds: int = 0
    resumed: int = 0
    """Rounds after which, or in which, it was recorded again."""
    seen: int = 0
    """Rounds in which the ledger named the right cause; every one, when there is none to name."""
    causes: Counter[Cause] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Sentences on what was not as it should be."""
    segments: list[SegmentClosed] = field(default_factory=list)
    suffered: set[str] = field(default_factory=set)
    """Runs that had ended, or been cut, when the last round was over."""
    facts: list[GapOpened | GapClosed | StreamState] = field(default_factory=list)
    """Of the main stream, in order."""
    others: list[StreamState] = field(default_factory=list)
    """Of the stream beside it."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, fact: object) -> None:
        if getattr(fact, "stream", "") == "main":
            if isinstance(fact, (GapOpened, GapClosed, StreamState)):
                self.facts.append(fact)
            elif isinstance(fact, SegmentClosed) and not fact.ring:
                self.segments.append(fact)
        elif isinstance(fact, StreamState):
            self.others.append(fact)
        self._changed.set()

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait for facts until the condition holds. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while not (found := condition()):
                self._changed.clear()
                await self._changed.wait()
        return found

    async def recorded(self, since: int = 0) -> None:
        """Wait until a gap that was opened after so many facts is over, and none goes on."""

        def over() -> bool:
            # A gap may be told as closed once more, later: only its own closing counts.
            opened = {fact.gap for fact in self.facts[since:] if isinstance(fact, GapOpened)}
            closed = {fact.gap for fact in self.facts[since:] if isinstance(fact, GapClosed)}
            return bool(opened) and opened <= closed

        await self.until(over)
        if self.switch.full:
            await self.until(lambda: self.others and _records(self.others[-1]))

    async def suffer(self, rounds: int) -> None:
        """Switch the fault on, that many times, and see what the recorder makes of it."""
        for _ in range(rounds):
            begun = len(self.facts)
            self.rounds += 1
            try:
                await (self._stopped(begun) if self.switch.stops else self._went_on(begun))
            except TimeoutError:
                told = self.facts[-1] if self.facts else "nothing"
                self.wrong.append(f"round {self.rounds}: after {PATIENCE:g} s the last was {told}")
            else:
                self.resumed += 1
            self._account(begun)
        await self.heal()
        self.suffered = {fact.run for fact in self.segments}

    async def heal(self) -> None:
        """The camera is well again, and recorded in a new conversation."""
        begun = len(self.facts)
        self.camera.faults = Faults()
        self.camera.drop()
        with suppress(TimeoutError):
            await self.recorded(begun)

    async def _stopped(self, begun: int) -> None:
        self.camera.faults = self.switch.faults
        if self.switch.full:  # one viewer stays, and is all that the camera serves
            for session in self.camera.sessions:
                if session.stream == "main" and session.line is not None:
                    session.line.hang_up(False)
        else:
            self.camera.drop(reset=self.rounds % 2 == 0)
        await self.until(functools.partial(self._named, begun))
        self.seen += 1
        self.camera.faults = Faults()
        await self.recorded(begun)

    async def _went_on(self, begun: int) -> None:
        self.camera.faults = self.switch.faults
        self.camera.drop(reset=self.rounds % 2 == 0)
        await self.recorded(begun)
        mark = len(self.facts)
        if self.switch.cause is not None:
            await self.until(functools.partial(self._named, mark))
            self.seen += 1
            await self.recorded(mark)
            return
        await asyncio.sleep(self.switch.dwell)
        broken = [fact for fact in self.facts[mark:] if isinstance(fact, GapOpened)]
        self.wrong += [f"round {self.rounds}: {gap.cause}: {gap.sentence}" for gap in broken]
        self.seen += not broken

    def _named(self, since: int) -> bool:
        """Gap or state have named the cause, in words that say it."""
        return any(
            isinstance(fact, (GapOpened, StreamState))
            and fact.cause == self.switch.cause
            and self.switch.sentence in fact.sentence
            for fact in self.facts[since:]
        )

    def _account(self, begun: int) -> None:
        gaps = [fact for fact in self.facts[begun:] if isinstance(fact, GapOpened)]
        self.causes.update(gap.cause for gap in gaps)
        self.wrong += [
            f"round {self.rounds}: wrong cause {gap.cause}: {gap.sentence}"
            for gap in gaps
            if gap.cause not in BREAKS and gap.cause != self.switch.cause
        ]

    def look(self) -> None:
        """Read the files: their hashes, and the numbers that are drawn into their pictures."""
        runs: dict[str, list[int | None]] = {}
        for fact in sorted(self.segments, key=lambda fact: fact.sequence):
            path = Path(fact.path)
            if problem := footage.sound(path):
                self.wrong.append(problem)
            numbers = runs.setdefault(fact.run, [])
            if fact.run in self.suffered and not self.switch.loses:
                numbers += footage.numbers([path])
        late = self.switch.camera.get("bframes", 0)
        for run, numbers in runs.items():
            # Where a run ends, a frame may have come whose predecessors in display had not.
            whole = numbers[: len(numbers) - late]
            if not footage.consecutive(whole, self.switch.length):
                self.wrong.append(f"run {run}: frames do not follow each other: {_breaks(whole)}")
        if not runs:
            self.wrong.append("nothing was recorded")


def _records(fact: object) -> bool:
    return isinstance(fact, StreamState) and fact.state == "recording"


def _breaks(numbers: list[int | None]) -> str:
    pairs = itertools.pairwise(numbers)
    return ", ".join(f"{a}>{b}" for a, b in pairs if a is None or b is None or b != a + 1)[:80]


def trials(rig: Crowd, site: Site, switches: Iterable[Switch]) -> list[Trial]:
    """Want every camera, named c0, c1, … in the order of the switches, all faults off."""
    made, wants = [], []
    for place, switch in enumerate(switches):
        camera, name = new_id(rig.clock), f"c{place}"
        url = site.url(name, tls=switch.tls)
        trial = rig.trials[camera] = Trial(switch, site.camera(name), url, camera)
        made.append(trial)
        streams = {"main": url}
        if switch.full:
            streams["sub"] = f"{url}/sub"
        if switch.camera.get("audio"):
            streams["main-audio"] = url
        # A site's certificate is its own: it is checked only where that is the fault.
        fields = {"camera": camera, "login_group": camera, "uplink": "", **switch.want}
        for stream, address in streams.items():
            wants.append(rig.stream(address, stream, **fields))
    rig.want(*wants)
    return made
