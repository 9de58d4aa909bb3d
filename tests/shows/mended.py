"""What a killed recorder leaves on its volume, and the repair of it, cut where somebody says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.media import reading
from nvr_core.recorder import disk, history
from nvr_core.recorder.ledger import Ledger
from nvr_core.recorder.options import Options
from nvr_core.recorder.repair import Step, onward
from nvr_core.recorder.repairs import Repairs
from nvr_core.recorder.store import Volume
from nvr_core.state import ledger
from nvr_core.storage.check import check
from nvr_core.storage.report import Kind
from nvr_core.wire import codec, volume
from nvr_core.wire.facts import Cause, Durable, Fact, Numbered
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader
from nvr_core.wire.journal_recall import recall
from tests.core.storage.house import OURS, Clock, house, run

CAMERA = "gang"
AWAY = 60 * SECOND
"""µs between the crash and the start after it."""


@dataclass
class Paper:
    """The recorder's journal, each fact durable at once and a step before and after."""

    folder: Path
    clock: Clock
    step: Step = onward

    def __post_init__(self) -> None:
        self.journal = Journal(self.folder)
        self._number = self.journal.next_number

    def tell(self, fact: Fact) -> int:
        if isinstance(fact, Durable):
            return 0
        self.step(f"tell {type(fact).__name__}: begin")
        number, self._number = self._number, self._number + 1
        line = codec.encode(Numbered(number=number, at=self.clock.wall(), fact=fact))  # type: ignore[arg-type] # only kept facts are told
        self.journal.append(number, line)
        self.step(f"tell {type(fact).__name__}: written")
        self.journal.sync()
        self.step(f"tell {type(fact).__name__}: durable")
        return number

    def durably(self, tell: Callable[[], object], then: Callable[[], object]) -> None:
        tell()
        then()


class Marked(Volume):
    """A volume that takes away its marks with a step before and after."""

    step: Step = staticmethod(onward)

    def unmark(self, key: str) -> None:
        self.step("unmark: begin")
        super().unmark(key)
        self.writer.submit(lambda: self.step("unmark: done"), lambda _, error: None)


async def leave(data: Path) -> None:
    """Four kinds: torn in a fragment, without a head, whole but not told, marked but missing."""
    async with house(data) as office:
        await office.add_volume()
        paper = Paper(data / "journal" / "rtsp", office.clock)
        story = office.story(CAMERA)
        root, folder = office.root(), story.folder
        assert folder is not None
        folder.mkdir(parents=True)
        (root / volume.OPEN).mkdir()
        for fact in story.whole(groups=2):
            if not fact.__class__.__name__.startswith("Fragment"):
                paper.tell(fact)
        for kind in ("torn", "headless", "whole", "missing"):
            opened = story.begin()
            paper.tell(opened)
            path = Path(opened.path)
            key = str(path.relative_to(root))
            (root / volume.OPEN / volume.marker_name(key)).touch()
            story.fragment()
            story.fragment(key=False)
            if kind == "whole":
                story.close()
            content = path.read_bytes()
            if kind == "torn":
                path.write_bytes(content[:-40])
            elif kind == "headless":
                path.write_bytes(b"")
            elif kind == "missing":
                path.unlink()


async def repair(data: Path, step: Step) -> None:
    """A recorder starts, and looks at what was left open."""
    loop = asyncio.get_running_loop()
    clock = Clock(passed=AWAY)
    folder = data / "journal" / "rtsp"
    past = history.read(recall(folder))
    paper = Paper(folder, clock, step)
    root = data / "volume"
    store = Marked(root, OURS, loop, Options(), clock, paper.tell, paper.durably)
    store.step = step
    lines = Ledger(clock, "start-2", paper.tell, lambda: f"gap-{paper.journal.next_number}")
    lines.missing(f"{CAMERA}/main", Cause.RECORDER_STOPPED)
    repairs = Repairs(store, loop, clock, paper.tell, past, step)
    repairs.again(lines)
    await repairs.idle()
    if not await store.settle(5.0):
        raise TimeoutError("the volume did not settle")
    await repairs.stop(5.0)
    await store.stop(5.0)
    paper.journal.close()


async def faults(data: Path) -> list[str]:
    """The recorder starts again, then a server: what of the files is not whole or not known."""
    await repair(data, onward)
    found = [f"still marked: {key}" for key in disk.open_keys(data / "volume")]
    reader = JournalReader(data / "journal" / "rtsp")
    async with house(data) as office:
        facts = reader.read(0, 1000)
        await office.state.write(lambda db: ledger.apply(db, "rtsp", facts), now=True)
        rows, lies = set(await office.rows()), office.disk()
        if rows != lies:
            found.append(f"catalogue and disk differ: {sorted(rows ^ lies)}")
        report = await check(office.state, office.clock, run, installation=OURS)
        wrong = set(report.counts) - {Kind.TILING}  # the story has a life before its first gap
        found += report.sentences() if wrong else []
        for key in sorted(lies):
            with office.root().joinpath(key).open("rb") as file:
                one = reading.read(file)
                if one.closing is None or one.problems or not reading.verify(file):
                    found.append(f"not whole: {key}")
        if len(lies) != 3:
            found.append(f"{len(lies)} files, not 3: the one before, the torn and the whole one")
    return found
