"""A catalogue that was told of two cameras, and an office over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from nvr_core.admin.answers import Said
from nvr_core.admin.office import Office
from nvr_core.admin.questions import Question
from nvr_core.admin.register import answered
from nvr_core.clock import SECOND
from nvr_core.devices.building import built
from nvr_core.discovery.service import Discovery
from nvr_core.host.finding import Loading
from nvr_core.host.redaction import Redaction
from nvr_core.state import cameras, events, ledger, roster
from nvr_core.state.catalogue import State
from nvr_core.state.events import Seen
from nvr_core.wire.facts import Cause
from tests.core.state.telling import BEGAN, Teller

HOUR = 3600 * SECOND
GATE = "01900000-0000-7000-8000-0000000000aa"
POST = "01900000-0000-7000-8000-0000000000bb"
NAMES = {GATE: "Gerbang Utara", POST: "Pos Ronda"}
SENTENCE = "the camera at 192.0.2.1 does not answer; look at its power"
SEGMENT = 10 * SECOND


@dataclass
class Still:
    """A clock that stands until it is moved."""

    now: int = BEGAN

    def wall(self) -> int:
        return self.now

    def monotonic(self) -> int:
        return self.now - BEGAN


def gate(began: int) -> Teller:
    """50 s recorded, 30 s missing, 20 s paused, and a gap that goes on."""
    teller = Teller(camera=GATE, now=began)
    teller.started()
    teller.record([SEGMENT] * 5)
    teller.miss(Cause.CAMERA_UNREACHABLE, 30 * SECOND)
    teller.miss(Cause.BY_SCHEDULE, 20 * SECOND)
    teller.miss(Cause.DISK_SLOW, 10 * SECOND)
    assert teller.gap is not None
    spoken = replace(teller.gap, sentence=SENTENCE)
    teller.facts = [(at, spoken if fact is teller.gap else fact) for at, fact in teller.facts]
    return teller


async def fill(state: State, clock: Still, volume: Path) -> None:
    """From `clock` on, which stands at the end of it afterwards."""
    enter = partial(roster.enter, clock=clock, volume=str(volume), limit=1 << 30)
    await state.write(enter, now=True)
    for camera, name in NAMES.items():
        add = partial(cameras.add_camera, clock=clock, name=name, channel=None, camera=camera)
        await state.write(add, now=True)
    teller = gate(clock.now)
    facts = partial(ledger.apply, recorder="rtsp", facts=teller.numbered())
    await state.write(facts, now=True)
    clock.now = teller.now


def office(state: State, clock: Still, data: Path, *, follows: bool = True) -> Office:
    devices = built(data, state, clock, Loading(safe=True), Redaction())
    return Office(
        devices=devices,
        discovery=Discovery(devices.registry, clock),
        state=state,
        clock=clock,
        zone=ZoneInfo("Asia/Jakarta"),
        version="0.1.0",
        storage=None,
        follows=follows,
    )


async def said(office: Office, question: Question) -> list[Said]:
    """The whole answer."""
    return [line async for line in answered(office, question)]


def seen(number: int, began: int, **changes: object) -> Seen:
    made = Seen(
        event=f"01900000-0000-7000-8000-{number:012x}",
        topic="camera.moved",
        subject=GATE,
        began=began,
        ended=None,
        measured_at=began,
        source="test",
        severity="notice",
        detail={"place": number},
    )
    return replace(made, **changes)  # type: ignore[arg-type] # fields of Seen


async def add(state: State, *some: Seen) -> None:
    await state.write(partial(events.add_events, seen=some), now=True)
