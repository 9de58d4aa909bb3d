"""Whatever happens in whatever order, the rules of the pair hold after every step.

Recordings, deletions, kills at any effect, clocks that are set, holds, recorders that reclaim, and
a volume that is carried away and back.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from nvr_core.clock import SECOND
from nvr_core.state import files, footage, found, holds
from nvr_core.storage import policy
from nvr_core.storage.ages import Trust
from nvr_core.storage.check import check
from nvr_core.storage.policy import Policies, Policy
from nvr_core.storage.report import Kind
from nvr_core.storage.service import Storage
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, SegmentClosed
from tests.core.storage.house import DAY, MINUTE, NOON, OURS, House, house, run

CAMERAS = st.sampled_from(["gang", "pos"])
SIZE = 1582
"""Bytes of a segment, nearly."""


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Pair(RuleBasedStateMachine):
    """One office with one volume, and what is known to be true of it."""

    alone = True
    """No other volume is there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="pair-"))
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.office: House
        self.storage: Storage
        self.fuse: int | None = None
        """Effects until the process ends."""
        self.held: list[SegmentClosed] = []
        self.gaps = 0
        self.policies = Policies()
        self.real: dict[str, tuple[int, SegmentClosed]] = {}
        """Key → when it was really recorded, monotonic, and what was told of it."""

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def step(self, name: str) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed(name)

    def key(self, fact: SegmentClosed) -> str:
        return fact.path.removeprefix(f"{self.office.root()}/")

    async def _open(self) -> None:
        old = getattr(self, "office", None)
        fresh = await self.stack.enter_async_context(house(self.folder))
        if old is not None:
            for name in ("clock", "trust", "number", "runs", "stories", "told"):
                setattr(fresh, name, getattr(old, name))
        self.office = fresh
        self.storage = fresh.storage(self.step)
        await self.storage.start()

    async def _restart(self) -> None:
        self.fuse = None
        await self.stack.aclose()
        self.stack = AsyncExitStack()
        await self._open()

    @initialize(count=st.integers(1, 8))
    def begin(self, count: int) -> None:
        self.do(self._open())
        self.do(self.office.add_volume())
        self.record("gang", count, 1)

    @rule(camera=CAMERAS, count=st.integers(1, 6), apart=st.integers(0, 5))
    def record(self, camera: str, count: int, apart: int) -> None:
        since = self.office.clock.monotonic()
        for fact in self.do(self.office.record(camera, count, apart=apart * 60 * MINUTE)):
            self.real[self.key(fact)] = (since, fact)

    @rule(days=st.integers(1, 3), quota=st.sampled_from([None, 2 * SIZE]))
    def choose(self, days: int, quota: int | None) -> None:
        self.policies = Policies(Policy(days), {"gang": Policy(days, quota)})
        self.do(policy.choose(self.office.state, self.office.clock, self.policies, by="me"))

    @rule(offset=st.sampled_from([0, -NOON, NOON, 30 * DAY, -90 * MINUTE, 40 * MINUTE]))
    def set_clock(self, offset: int) -> None:
        """More than an hour is noticed, and is in doubt until it is right again."""
        before = self.office.clock.wall()
        self.office.clock.wall_offset = offset
        self.office.trust = Trust(synchronised=abs(offset) <= 60 * MINUTE)
        now = self.office.clock.monotonic()
        self.gaps += 1
        for camera, stream in self.office.stories:
            said = {
                "camera": camera,
                "stream": stream,
                "gap": f"gap-{camera}-{self.gaps}",
                "cause": Cause.CLOCK,
                "recorder_start": "start-1",
                "monotonic": now,
            }
            opened = GapOpened(**said, wall=before)  # type: ignore[arg-type] # fields of both
            closed = GapClosed(**said, wall=self.office.clock.wall())  # type: ignore[arg-type] # fields of both
            self.do(self.office.tell([opened, closed]))

    @rule(place=st.integers(0, 30))
    def hold(self, place: int) -> None:
        if not self.office.told:
            return
        fact = self.office.told[place % len(self.office.told)]
        known = self.do(self.office.state.read(partial(found.located, ids=[fact.segment])))
        if not any(one.state == files.HERE for one in known.get(fact.segment, [])):
            return
        work = partial(
            holds.add_hold,
            clock=self.office.clock,
            camera=fact.camera,
            began=fact.start,
            ended=fact.start + SECOND // 4,
            reason="letter 7",
            author="somebody",
        )
        self.do(self.office.state.write(work, now=True))
        self.held.append(fact)

    @rule(
        gone=st.integers(-2, 6),
        reserve=st.sampled_from([0, SIZE, None]),
        fuse=st.none() | st.integers(0, 40),
    )
    def squeeze(self, gone: int, reserve: int | None, fuse: int | None) -> None:
        """So many files must go, and the process may end while they do."""
        left = max(0, len(self.seen()) - gone)
        self.do(self.office.limit("volume", left * SIZE + SIZE // 2, reserve))
        self.round(fuse)

    @rule(days=st.integers(0, 4), fuse=st.none() | st.integers(0, 20))
    def grow_old(self, days: int, fuse: int | None) -> None:
        self.do(self.office.limit("volume", None))
        self.round(None)
        self.office.clock.passed += days * DAY
        for _ in range(4):
            self.office.clock.passed += 20 * 60 * MINUTE
            self.round(fuse)

    def round(self, fuse: int | None) -> None:
        before = self.seen()
        self.fuse = fuse
        try:
            self.do(self.storage.round())
        except Killed:
            self.do(self._restart())
        self.fuse = None
        for key in before - self.seen():
            self.was_old(key)
        self.the_pair()

    def was_old(self, key: str) -> None:
        """What went for its age was old, whatever the clock said of it and says now."""
        since, fact = self.real[key]
        work = partial(footage.record, segment_id=fact.segment)
        record = self.do(self.office.state.read(work))
        if record is not None and record.deleted_why == "aged":
            age = self.office.clock.monotonic() - since
            assert age > self.policies.of(fact.camera).days * DAY - 2 * 60 * MINUTE
            assert not self.office.trust.doubt

    @rule(count=st.integers(1, 3))
    def reclaim(self, count: int) -> None:
        """A recorder's disk is full."""
        for path in self.do(self.storage.reclaim())[:count]:
            Path(path).unlink(missing_ok=True)

    @rule(empty=st.booleans(), restart=st.booleans())
    def carry_away_and_back(self, empty: bool, restart: bool) -> None:
        root, elsewhere = self.office.root(), self.folder / "elsewhere"
        before, rows = self.office.disk(), self.do(self.office.rows())
        self.do(self.office.limit("volume", 1))
        root.rename(elsewhere)
        if empty:
            root.mkdir()
        if restart:
            self.do(self._restart())
        assert self.do(self.storage.round()) == 0 or not self.alone
        state, clock = self.office.state, self.office.clock
        self.do(check(state, clock, run, installation=OURS, mend=True))
        if empty:
            root.rmdir()
        elsewhere.rename(root)
        assert self.office.disk() == before, "a volume that is away is never deleted from"
        assert self.do(self.office.rows()) == rows

    @rule(fuse=st.none() | st.integers(0, 12))
    def mend(self, fuse: int | None) -> None:
        self.fuse = fuse
        state, clock = self.office.state, self.office.clock
        with suppress(Killed):
            self.do(check(state, clock, run, installation=OURS, mend=True, step=self.step))
        self.do(self._restart())
        report = self.do(check(self.office.state, clock, run, installation=OURS))
        wrong = set(report.counts) - {Kind.TILING, Kind.GARBAGE}
        assert not wrong, report.sentences()

    def seen(self) -> set[str]:
        return self.office.disk()

    @invariant()
    def the_pair(self) -> None:
        if not hasattr(self, "office"):
            return
        self.do(self.office.fits())
        held = {self.key(fact) for fact in self.held}
        assert held <= self.seen(), "what is held stays"
        rows = self.do(self.office.rows())
        assert all(rows[key] == files.HERE for key in held)

    def teardown(self) -> None:
        self.do(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)


Pair.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestPair = Pair.TestCase
