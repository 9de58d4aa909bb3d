"""A recorder that runs as a program and is renewed, and all that can be said of it afterwards."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from nvr_core.recorder.renewal import NOT_RENEWED
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.site import Site
from nvr_core.wire import lock
from nvr_core.wire.facts import Cause, Notice, Numbered, StreamState
from nvr_core.wire.journal_reader import JournalReader
from tests.shows import stored, tiling
from tests.shows.office import ROOT, Office
from tests.shows.tiling import Account, Span
from tests.shows.truth import Truth, judge

SUCCESSOR = re.compile(r"process (\d+) is to take over")
LATE = 6.0
"""Seconds that some cameras take to begin a new session: so long a renewal hangs midway."""
COMING = 30.0
"""Seconds that a busy machine may take for what takes one."""
GLANCE = 0.02


async def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until the condition gives something, and return that."""
    for _ in range(round(COMING / GLANCE)):
        if found := condition():
            return found
        await asyncio.sleep(GLANCE)
    raise TimeoutError(f"{what}: not within {COMING} s")


class Program:
    """A recorder program in a folder, and whoever succeeds it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.office = Office.at(folder, folder / "runtime")
        self._log = folder / "log"
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Program]:
        """It and its successors end with the block, at the latest."""
        try:
            await self.begin()
            yield self
        finally:
            for pid in {self.pid, *self.successors}:
                if pid and _alive(pid):
                    os.kill(pid, signal.SIGKILL)
            if self._process is not None:
                await self._process.wait()

    async def begin(self) -> None:
        """Start it; returns when it holds its lock."""
        office = self.office
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "nvr_core.recorder", "--name", "rtsp"),
                *("--data", str(office.data), "--runtime", str(office.runtime)),
                *("--segment", "3", *self._options),
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
            )
        pid = self._process.pid
        await until(lambda: self.pid == pid, "the recorder holds its lock")

    @property
    def pid(self) -> int:
        """Who answers for the lock; 0: nobody."""
        return lock.holder(self.office.runtime / "rtsp.lock") or 0

    @property
    def said(self) -> str:
        return self._log.read_text()

    @property
    def successors(self) -> list[int]:
        """Pids of all that were started, in order."""
        return [int(pid) for pid in SUCCESSOR.findall(self.said)]

    def ask(self) -> int:
        """Ask whoever records to renew itself. Returns its pid."""
        pid = self.pid
        os.kill(pid, signal.SIGUSR2)
        return pid

    async def heard(self, text: str, times: int = 1) -> None:
        """Wait until the log says so."""
        await until(lambda: self.said.count(text) >= times, f"the log says {text!r}")

    async def gone(self, pid: int) -> None:
        """Wait for the end of a process."""
        await until(lambda: not _alive(pid), f"process {pid} ends")

    async def renewed(self) -> int:
        """Renew it, and wait until the old one has ended. Returns the new one's pid."""
        before = self.ask()
        await self.gone(before)
        assert self.pid not in (0, before)
        return self.pid

    async def end(self) -> None:
        """SIGTERM, and wait."""
        pid = self.pid
        os.kill(pid, signal.SIGTERM)
        await self.gone(pid)

    def facts(self) -> list[Numbered]:
        """All that the journal holds."""
        reader, found, after = JournalReader(self.office.journal), list[Numbered](), 0
        while batch := reader.read(after, 1000):
            found += batch
            after = batch[-1].number
        return found

    def states(self, state: str) -> int:
        """How often streams were told to be in this state."""
        told = (one.fact for one in self.facts())
        return sum(isinstance(one, StreamState) and one.state == state for one in told)

    def refusals(self) -> list[str]:
        """Sentences of renewals that failed."""
        told = [one.fact for one in self.facts()]
        return [one.sentence for one in told if isinstance(one, Notice) and one.code == NOT_RENEWED]


class Outcome:
    """What was stored and told, read after the end."""

    def __init__(self, program: Program, site: Site) -> None:
        office = program.office
        self._site = site
        self.account: Account = tiling.read(office.journal)
        self.files = stored.look_at_all(office.volume, ("ffprobe", "-v", "warning", "FILE"))
        self.spans = self.account.spans(office.clock.wall())
        self.markers = list((office.volume / "open").iterdir())

    def whole(self) -> None:
        """Every file is sound and told, and nothing is told that is not there."""
        assert [problem for file in self.files for problem in file.problems] == []
        told = {segment.path for segment in self.account.segments.values()}
        assert {str(file.path) for file in self.files} == told
        assert self.account.contradictions == []
        assert self.account.opened == {}
        assert self.markers == []

    def gaps(self, camera: str) -> list[Span]:
        """Holes between the first and the last footage."""
        spans = self.spans[camera]
        footage = [span for span in spans if span.cause is None]
        first, last = footage[0].start, max(span.end for span in footage)
        return [span for span in spans if span.cause and first < span.start < last - 100_000]

    def truth(self, camera: str) -> Truth:
        """Every frame that the camera sent, against what is stored and told."""
        spec = self._site.cameras[camera].spec
        frames = [n for file in self.files if file.camera == camera for n in file.frames]
        told = [span for span in self.spans[camera] if span.cause is not None]
        return judge(spec, self._site.cameras[camera].frames_sent, frames, told)

    def uninterrupted(self, camera: str) -> None:
        """No gap is told of the camera, and none is there."""
        assert self.gaps(camera) == [], self.gaps(camera)
        truth = self.truth(camera)
        assert truth.holes == [], truth.holes
        assert truth.sent_and_lost == []

    def interrupted(self, camera: str, cause: Cause) -> int:
        """Every hole is told, in one piece: with this cause, until the camera's next key frame.
        Returns its length, µs."""
        truth = self.truth(camera)
        gaps = self.gaps(camera)
        assert truth.untold == [], (truth.untold, gaps)
        assert gaps != [], self.spans[camera]
        causes = [gap.cause for gap in gaps]
        assert causes[0] == cause, gaps
        assert set(causes) <= {cause, Cause.WAITING_FOR_KEY_FRAME}, gaps
        assert all(one.end == other.start for one, other in pairwise(gaps)), gaps
        return gaps[-1].end - gaps[0].start


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@asynccontextmanager
async def recording(
    program: Program, specs: Sequence[CameraSpec], loops: Path
) -> AsyncIterator[Site]:
    """Cameras, and a recorder that has recorded all of them for a moment."""
    async with simulate(specs, cache=loops) as site:
        program.office.prepare([site.url(spec.name) for spec in specs])
        async with program.running():
            await until(lambda: program.states("recording") >= len(specs), "all are recorded")
            await asyncio.sleep(1.5)
            yield site


def hold_up(site: Site, *names: str) -> None:
    """New sessions of these cameras begin late."""
    for name in names:
        site.cameras[name].faults = Faults(slow_start_s=LATE)


def let_on(site: Site) -> None:
    for camera in site.cameras.values():
        camera.faults = Faults()
