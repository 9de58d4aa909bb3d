"""One bad day of an office: a camera, a recorder, a trouble, and what must be true after it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.recorder.options import Options
from nvr_core.recorder.running import installation_id
from nvr_core.simulators import Site
from nvr_core.testing import footage
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause, FragmentWritten, GapOpened
from tests.shows.figures import Row

QUICK = replace(IMPATIENT, segment=2 * SECOND, reserve_bytes=0)


@dataclass
class Case:
    """One bad day: its own folder, camera and recorder."""

    row: Row
    folder: Path
    site: Site
    undo: ExitStack
    said: list[str] = field(default_factory=list)

    def rig(self, root: Path | None = None, options: Options = QUICK, **changes: object) -> Rig:
        """A recorder whose volume is this folder."""
        rig = Rig(self.folder, options=options, **changes)  # type: ignore[arg-type] # a Rig's own
        if root is not None:
            rig.volume = root
            volume.prepare(root, installation_id(rig.data, rig.clock))
        return rig

    async def recorded(self, rig: Rig, more: int = 1) -> None:
        """Wait for further segments, whole and told."""
        before = len(rig.segments())
        await rig.until(lambda: len(rig.segments()) >= before + more, 40)

    async def expect(self, rig: Rig, cause: Cause, patience: float = 30) -> None:
        """Wait for a gap with this cause, and note what a person reads."""
        gap = await rig.until(lambda: rig.told(GapOpened, cause=cause), patience)
        self.said.append(gap[-1].sentence)

    async def resumed(self, rig: Rig) -> None:
        """Wait until frames stand on the volume again and no gap is open."""
        count = len(rig.told(FragmentWritten))
        await rig.until(lambda: len(rig.told(FragmentWritten)) > count and not rig.open_gaps(), 40)

    def sound(self, rig: Rig) -> None:
        """All that was told as closed is there, whole, under its hash."""
        for fact in rig.segments():
            path = Path(fact.path)
            trouble = footage.sound(path) if path.exists() else f"{path} is gone"
            if trouble:
                self.row.miss(trouble)
