"""Everything that happens to footage, at random: the rules of the pair, the line and coverage hold.

To the acts of test_model come schedules, recorders that are killed, servers that are away, and
footage that somebody carries from one volume to another. Facts go through a journal.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from nvr_core.recording.reads import Reads
from nvr_core.recording.storing import Storing
from nvr_core.scheduling.policy import ALWAYS, Span, weekly
from nvr_core.state import cameras, coverage, files
from nvr_core.state.volumes import list_volumes
from nvr_core.storage.ages import Trust
from nvr_core.storage.check import check
from nvr_core.wire.facts import Cause
from tests.core.storage.house import DAY, MINUTE, NOON, OURS, run
from tests.core.storage.player import Player
from tests.core.storage.test_model import CAMERAS, Killed, Pair

HOUR = 60 * MINUTE
SOME = st.frozensets(CAMERAS, min_size=1)
OFFSETS = st.sampled_from(
    [0, -NOON + DAY, 10 * 365 * DAY, HOUR, -HOUR, 30 * DAY, -90 * MINUTE, 40 * MINUTE]
)
"""µs by which the clock is wrong: 1970, 2036, an hour, and others."""
TOUCHING = [Span(0, 5 * 1440), Span(6 * 1440, 6 * 1440 + 720)]
PLANS = st.sampled_from(
    [
        ALWAYS,
        weekly([Span(day * 1440 + 8 * 60, day * 1440 + 17 * 60) for day in range(7)]),
        weekly([Span(day * 1440 + 20 * 60, day * 1440 + 29 * 60) for day in range(7)]),
        weekly([Span(hour * 60, hour * 60 + 30) for hour in range(0, 168, 4)]),
        weekly(TOUCHING),
    ]
)


class Whole(Pair):
    """One office with two volumes and one recorder."""

    alone = False

    def __init__(self) -> None:
        super().__init__()
        self.player: Player
        self.reads = Reads()
        self.away = False
        """No server runs: facts wait in the journal."""
        self.checked = 0
        """Times that everything was compared."""

    @initialize(count=st.integers(1, 8))
    def begin(self, count: int) -> None:
        self.do(self._open())
        self.do(self.office.add_volume())
        self.do(self.office.add_volume("second"))
        self.player = Player(self.office)
        self.player.start(("gang", "pos"))
        self.recorded(frozenset(["gang"]), count)

    def recorded(self, some: frozenset[str], count: int) -> None:
        for since, fact in self.player.record(some, count):
            self.real[self.key(fact)] = (since, fact)
        self.store()

    def store(self) -> None:
        """A server that is there reads the journal, as the product does."""
        if not self.away:
            self.do(self._store())

    async def _store(self) -> None:
        storing = Storing(
            "rtsp",
            self.office.state,
            self.reads,
            journal=self.player.folder,
            stored=lambda name, number: None,
        )
        await storing.begin()
        task = asyncio.create_task(storing.run())
        await storing.level.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _open(self) -> None:
        await super()._open()
        if hasattr(self, "player"):
            self.player.house = self.office

    @rule(some=SOME, count=st.integers(1, 6), hours=st.integers(0, 5))
    def record(self, some: frozenset[str], count: int, hours: int) -> None:
        self.recorded(some, count)
        if hours:
            self.player.wait(hours * HOUR)
            self.recorded(some, count)

    @rule(minutes=st.integers(1, 40 * 60))
    def wait(self, minutes: int) -> None:
        self.player.wait(minutes * MINUTE)
        self.store()

    @rule(camera=CAMERAS, plan=PLANS)
    def edit_schedule(self, camera: str, plan: object) -> None:
        self.player.plan(camera, plan)  # type: ignore[arg-type] # a policy
        self.store()

    @rule(camera=CAMERAS, cause=st.sampled_from([Cause.CAMERA_SILENT, Cause.NETWORK_LOSS]))
    def fail(self, camera: str, cause: Cause) -> None:
        self.player.fail(camera, cause)
        self.store()

    @rule(offset=OFFSETS)
    def set_clock(self, offset: int) -> None:
        """More than an hour is noticed, and is in doubt until it is right again."""
        self.player.set_clock(offset)
        self.believe()
        self.store()

    def believe(self) -> None:
        wrong = abs(self.office.clock.wall_offset)
        self.office.trust = Trust(synchronised=wrong < HOUR)

    @rule(away=st.sampled_from([0, 1, 30, 3000, 100_000]), offset=st.none() | OFFSETS)
    def kill_recorder(self, away: int, offset: int | None) -> None:
        """So many half seconds without one; its clock may be another afterwards."""
        kept = self.office.clock.wall_offset
        self.player.kill(away * MINUTE // 120, kept if offset is None else offset)
        self.believe()
        self.store()

    @rule()
    def lose_server(self) -> None:
        self.away = True

    @rule(fuse=st.none() | st.integers(0, 12))
    def return_server(self, fuse: int | None) -> None:
        self.away = False
        self.do(self._restart())
        self.store()
        self.round(fuse)

    @precondition(lambda self: not self.away)
    @rule(place=st.integers(0, 30), fuse=st.none() | st.integers(0, 8))
    def carry_to_the_other_volume(self, place: int, fuse: int | None) -> None:
        """Somebody moves a file by hand, and has the catalogue mended."""
        rows = self.do(self.office.rows())
        held = {self.key(fact) for fact in self.held}
        free = sorted(key for key, state in rows.items() if state == files.HERE and key not in held)
        if not free:
            return
        key = free[place % len(free)]
        target = self.office.root("second") / key
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.office.root() / key, target)
        self.fuse = fuse
        state, clock = self.office.state, self.office.clock
        with suppress(Killed):
            self.do(check(state, clock, run, installation=OURS, mend=True, step=self.step))
        self.do(self._restart())
        self.mend(None)

    @precondition(lambda self: not self.away)
    @rule(place=st.integers(0, 30))
    def hold(self, place: int) -> None:
        """Of what still lies on the first volume: the other one is not squeezed."""
        root = self.office.root()
        self.office.told[:] = [
            fact for fact in self.office.told if (root / self.key(fact)).exists()
        ]
        super().hold(place)

    @precondition(lambda self: not self.away)
    @rule(fuse=st.none() | st.integers(0, 12))
    def mend(self, fuse: int | None) -> None:
        """A server that has read the journal: until then, files that it tells of have no rows."""
        super().mend(fuse)

    @precondition(lambda self: not self.away)
    @rule(days=st.integers(0, 4), fuse=st.none() | st.integers(0, 20))
    def grow_old(self, days: int, fuse: int | None) -> None:
        self.do(self.office.limit("volume", None))
        self.round(None)
        self.player.wait(days * DAY)
        for _ in range(4):
            self.player.wait(20 * HOUR)
            self.store()
            self.round(fuse)

    def seen(self) -> set[str]:
        return self.office.disk() | self.office.disk("second")

    @invariant()
    def the_pair(self) -> None:
        if not hasattr(self, "player") or self.away:
            return
        self.do(self.office.fits())
        second = next(
            one.number
            for one in self.do(self.office.state.read(list_volumes))
            if one.root.endswith("second")
        )
        self.do(self.office.fits(second, "second"))
        held = {self.key(fact) for fact in self.held}
        assert held <= self.office.disk(), "what is held stays"

    @invariant()
    def the_line(self) -> None:
        """Runs, gaps and pauses tile each stream's life, and coverage is what was recorded."""
        if not hasattr(self, "player") or self.away:
            return
        now = self.office.clock.wall()
        for camera, stream in self.player.streams.items():
            read = self.office.state.read
            number = self.do(read(partial(cameras.stream, camera=camera, name="main")))
            own = [number]
            lines = self.do(read(partial(coverage.lines, streams=own, began=0, ended=now, now=now)))
            faults = [fault for line in lines[number] for fault in line.faults]
            assert not faults, f"{camera}: {faults}"
            if now <= NOON:
                continue
            found = self.do(
                read(partial(coverage.coverage, streams=own, began=NOON, ended=now, now=now))
            )[number]
            recorded, wanted, unknown = stream.truth.reckoned(NOON, now)
            assert unknown == 0, "the story itself has a hole"
            assert (found.recorded, found.wanted) == (recorded, wanted), camera
        self.checked += 1

    def teardown(self) -> None:
        self.reads.close()
        super().teardown()
