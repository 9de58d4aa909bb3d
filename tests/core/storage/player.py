"""A recorder that is played: its real ledger, journal and history, on a clock that is moved.

It does what nvr_core.recorder.keeping does at each edge, and notes what really happened.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from nvr_core.clock import SECOND
from nvr_core.recorder import history
from nvr_core.recorder.ledger import PAUSES, Ledger
from nvr_core.scheduling.keep import keep
from nvr_core.scheduling.policy import ALWAYS, Policy
from nvr_core.scheduling.windows import keeps
from nvr_core.testing.story import Story
from nvr_core.wire import codec
from nvr_core.wire.facts import (
    Cause,
    Fact,
    FragmentWritten,
    Numbered,
    RecorderStarted,
    SegmentClosed,
)
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_recall import recall
from nvr_core.wire.wants import Window
from tests.core.storage.house import MINUTE, House
from tests.core.storage.truth import MISSING, RECORDED, WISHED, Truth

ZONE = ZoneInfo("Asia/Jakarta")
HOUR = 60 * MINUTE
HALF = SECOND // 2
"""µs of a segment."""


@dataclass
class Stream:
    """The main stream of one camera."""

    story: Story
    truth: Truth = field(default_factory=Truth)
    policy: Policy = ALWAYS
    recording: bool = False
    cause: Cause = Cause.WAITING_FOR_KEY_FRAME
    wanted: bool = True
    told: tuple[Window, ...] = ()
    """Windows of the want that was in force when the recorder died."""


@dataclass
class Player:
    """All streams of one recorder. Times pass in `record` and `wait` only."""

    house: House
    streams: dict[str, Stream] = field(default_factory=dict)
    """By camera."""
    life: int = 0
    boot: int = 0
    ledger: Ledger = field(init=False)
    _runs: int = 0
    _gaps: int = 0
    _alive: int = 0
    _sign: int = 0
    """The latest wall time at which anything was told."""

    def __post_init__(self) -> None:
        self.folder = self.house.data / "journal" / "rtsp"
        self.journal = Journal(self.folder)
        self.number = self.journal.next_number

    def tell(self, fact: Fact) -> int:
        number, self.number = self.number, self.number + 1
        self._sign = max(self._sign, self.house.clock.wall())
        line = codec.encode(Numbered(number=number, at=self.house.clock.wall(), fact=fact))  # type: ignore[arg-type] # only kept facts are told
        self.journal.append(number, line)
        return number

    def start(self, cameras: tuple[str, ...] = ()) -> None:
        """A recorder's life begins, with what earlier ones wrote down."""
        clock = self.house.clock
        past = history.read(recall(self.folder), self._alive)
        self.life += 1
        self.ledger = Ledger(clock, self.name, self.tell, self._gap, past.lines)
        self.tell(
            RecorderStarted(
                recorder_start=self.name,
                boot=str(self.boot),
                version="1",
                wall=clock.wall(),
                monotonic=clock.monotonic(),
                synchronised=True,
            )
        )
        history.resume(past, self.ledger, clock, str(self.boot))
        for camera in cameras:
            story = self.house.story(camera)
            self.streams[camera] = Stream(story)
        for camera, stream in self.streams.items():
            stream.story.recorder_start = self.name
            stream.cause = Cause.WAITING_FOR_KEY_FRAME
            stream.wanted = self.wanted(stream)
            self.ledger.planned(f"{camera}/main", stream.told)
            cause = self.ledger.cause(f"{camera}/main")
            if cause is None or cause in PAUSES or not stream.wanted:
                self._account(camera, stream)

    @property
    def name(self) -> str:
        return f"start-{self.life}"

    def kill(self, away: int, offset: int) -> None:
        """kill -9, and another life so many µs later; the clock may be set meanwhile."""
        clock = self.house.clock
        died = self._alive = clock.wall()
        missed = []
        for camera, stream in self.streams.items():
            stream.told = keep(stream.policy, ZONE, died).windows
            if self.ledger.cause(f"{camera}/main") not in (*PAUSES, *history.STOPPED):
                missed.append(stream)  # else it goes on over the recorder's death
            if stream.recording:
                stream.truth.end(died, clock.monotonic(), self.life)
        clock.passed += away
        clock.wall_offset = offset
        wall = clock.wall()
        died = max(died, self._sign)  # of a clock that was set, the latest time is believed
        for stream in missed:
            ends = [one.ended for one in stream.truth.spans]
            self._note(stream, MISSING, min(max(ends) if stream.recording else died, wall))
            stream.recording = False
        for stream in self.streams.values():
            # Windows began and ended while nobody saw it.
            edges = {edge for one in stream.told for edge in (one.start, one.end)}
            for edge in sorted(edge for edge in edges if died < edge <= wall):
                wanted = any(one.start <= edge < one.end for one in stream.told)
                what = MISSING if wanted else WISHED
                if stream.truth.goes_on is None or stream.truth.goes_on.what != what:
                    self._note(stream, what, edge)
        self.start()

    def _note(self, stream: Stream, what: str, wall: int) -> None:
        """The next life will say so."""
        clock = self.house.clock
        monotonic = clock.monotonic() - (clock.wall() - wall)
        stream.truth.begin(what, wall, monotonic, self.life + 1)

    def wanted(self, stream: Stream) -> bool:
        """As the recorder knows it: by the windows that the server told."""
        now = self.house.clock.wall()
        told = keep(stream.policy, ZONE, now)
        return told.keep_always or any(one.start <= now < one.end for one in told.windows)

    def plan(self, camera: str, policy: Policy) -> None:
        """Somebody edits the schedule."""
        stream = self.streams[camera]
        stream.policy = policy
        self._edge(camera, stream)

    def fail(self, camera: str, cause: Cause) -> None:
        """The camera does not deliver."""
        stream = self.streams[camera]
        stream.recording = False
        stream.cause = cause
        self._account(camera, stream)

    def wait(self, length: int) -> None:
        """Nothing is delivered for so long; schedules go on."""
        clock = self.house.clock
        for camera, stream in self.streams.items():
            if stream.recording:
                self.fail(camera, Cause.CAMERA_UNREACHABLE)
        until = clock.passed + length
        while clock.passed < until:
            now = clock.wall()
            edges = [now + HOUR, *(self._next(one, now) for one in self.streams.values())]
            clock.passed = min(until, clock.passed + min(edges) - now)
            for camera, stream in self.streams.items():
                self._edge(camera, stream)

    @staticmethod
    def _next(stream: Stream, now: int) -> int:
        """The next edge of a schedule that is told now, µs."""
        told = keep(stream.policy, ZONE, now).windows
        edges = (edge for window in told for edge in (window.start, window.end))
        return min((edge for edge in edges if edge > now), default=now + HOUR)

    def record(self, cameras: frozenset[str], count: int) -> list[tuple[int, SegmentClosed]]:
        """Half a second each; those that are not among them fail. Returns (monotonic, fact)."""
        clock = self.house.clock
        for camera in sorted(set(self.streams) - cameras):
            if self.streams[camera].recording:
                self.fail(camera, Cause.NETWORK_LOSS)
        made = []
        for _ in range(count):
            for camera, stream in self.streams.items():
                self._edge(camera, stream)
            some = [camera for camera in sorted(cameras) if self.streams[camera].wanted]
            made += [(clock.monotonic(), self._segment(camera)) for camera in some]
            clock.passed += HALF
        for camera, stream in self.streams.items():
            self._edge(camera, stream)
        return made

    def _segment(self, camera: str) -> SegmentClosed:
        clock, stream = self.house.clock, self.streams[camera]
        story, key = stream.story, f"{camera}/main"
        wall, monotonic = clock.wall(), clock.monotonic()
        if not stream.recording:
            self._runs += 1
            story.run, story.wall = f"run-{self._runs:06}", wall
            self.ledger.kept(key, wall, monotonic)
            stream.truth.begin(RECORDED, wall, monotonic, self.life)
            stream.recording, stream.cause = True, Cause.WAITING_FOR_KEY_FRAME
        day = time.strftime("%Y/%m/%d", time.gmtime(wall // SECOND))
        story.folder = self.house.root() / camera / "main" / day
        story.folder.mkdir(parents=True, exist_ok=True)
        for fact in story.whole(groups=1, length=1):
            if isinstance(fact, SegmentClosed):
                self.ledger.footage(key, fact.start, fact.start + fact.duration)
                closed = fact
            if not isinstance(fact, FragmentWritten):
                self.tell(fact)
        self.house.told.append(closed)
        return closed

    def set_clock(self, offset: int) -> None:
        """A step; whoever records ends the run, and goes on a second later by the new clock."""
        clock = self.house.clock
        recording = frozenset(one for one, stream in self.streams.items() if stream.recording)
        for camera in recording:
            self.fail(camera, Cause.CLOCK)
        if abs(offset - clock.wall_offset) > 2 * SECOND:
            clock.wall_offset = offset
            self.ledger.stepped()
        clock.passed += SECOND
        for camera, stream in self.streams.items():
            self._edge(camera, stream)

    def _edge(self, camera: str, stream: Stream) -> None:
        now = self.wanted(stream)
        assert now == keeps(stream.policy, ZONE, self.house.clock.wall())
        if now != stream.wanted:
            stream.wanted = now
            if stream.recording and not now:
                stream.recording = False
            self._account(camera, stream)

    def _account(self, camera: str, stream: Stream) -> None:
        clock = self.house.clock
        wall, monotonic = clock.wall(), clock.monotonic()
        cause = stream.cause if stream.wanted else Cause.BY_SCHEDULE
        key = f"{camera}/main"
        before = self.ledger.cause(key)
        if before == cause:
            return
        self.ledger.missing(key, cause, since=(wall, monotonic))
        what = WISHED if cause is Cause.BY_SCHEDULE else MISSING
        stream.truth.begin(what, wall, monotonic, self.life)

    def _gap(self) -> str:
        self._gaps += 1
        return f"gap-{self._gaps}"
