"""From a recorder's journal into the catalogue: each fact once and in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from nvr_core.recording.reads import Busy as ReadsBusy
from nvr_core.recording.reads import Reads
from nvr_core.state import ledger
from nvr_core.state.catalogue import State
from nvr_core.state.errors import Busy, Unwritten
from nvr_core.wire import journal_files
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.facts import Numbered, RecorderStarted
from nvr_core.wire.journal_reader import JournalReader
from nvr_core.wire.journal_recall import recall

log = logging.getLogger(__name__)

BATCH = 500
"""Facts that are stored together; after a full batch more may wait, so it is committed at once."""
ROUND = 1.0
"""Seconds between looks at the journal."""
TROUBLED = 10.0
"""Seconds until the catalogue is tried again after it took nothing."""


class Storing:
    """Keeps the catalogue up with one recorder. The journal holds what the catalogue lacks, so
    nothing waits in memory, and a server that dies goes on where its last commit was."""

    def __init__(
        self,
        recorder: str,
        state: State,
        reads: Reads,
        *,
        journal: Path,
        stored: Callable[[str, int], None],
    ) -> None:
        """journal: its folder. stored: told the last number that is safe, after each commit."""
        self.recorder = recorder
        self.level = asyncio.Event()
        """Set when the catalogue has held everything that the journal did for the first time."""
        self._state = state
        self._reads = reads
        self._journal = journal
        self._reader = JournalReader(journal)
        self._stored = stored
        self._last = 0
        self._failing = False

    async def begin(self) -> int:
        """Find the place to go on at. Returns the number of the last fact that is stored."""
        name, last = self.recorder, await self._read_to()
        starts = await self._reads.run(partial(_starts_before, self._journal, last))
        anew = partial(ledger.begin_anew, recorder=name, starts=starts)
        another = await self._state.write(anew, now=True) if starts else False
        if another:
            log.warning(
                "the journal of the recorder %s is another one than before, whose end is lost; it "
                "is read from its beginning",
                name,
            )
        self._last = await self._read_to()
        self._stored(name, self._last)
        return self._last

    async def run(self) -> None:
        """Store until cancelled. After `begin`."""
        while True:
            try:
                while await self._some():
                    pass
            except (Busy, ReadsBusy, Unwritten, OSError) as error:
                if not self._failing:
                    log.error(
                        "what the recorder %s tells cannot be stored (%s); it is kept in its "
                        "journal and tried again",
                        self.recorder,
                        error,
                    )
                self._failing = True
                await asyncio.sleep(TROUBLED)
                continue
            self._failing = False
            self.level.set()
            await asyncio.sleep(ROUND)

    async def _read_to(self) -> int:
        return await self._state.read(partial(ledger.read_to, recorder=self.recorder))

    async def _some(self) -> bool:
        """Store what the journal holds. Returns whether there may be more."""
        facts = await self._reads.run(lambda: self._reader.read(self._last, BATCH))
        if not facts:
            return False
        full = len(facts) == BATCH
        try:
            await self._store(facts, now=full)
        except (SentenceError, ReadsBusy, OSError):
            raise
        except Exception:
            # A fault of ours with one fact must not keep all others out of the catalogue.
            log.exception("a fault of Ronda in storing what the recorder %s tells", self.recorder)
            await self._singly(facts)
        self._last = facts[-1].number
        self._stored(self.recorder, self._last)
        return full

    async def _store(self, facts: Sequence[Numbered], *, now: bool) -> None:
        await self._state.write(partial(ledger.apply, recorder=self.recorder, facts=facts), now=now)

    async def _singly(self, facts: Sequence[Numbered]) -> None:
        """Store what can be stored; what cannot stands in the log."""
        for fact in facts:
            try:
                await self._store([fact], now=True)
            except (SentenceError, ReadsBusy, OSError):
                raise
            except Exception as error:
                log.error("fact %d is left out (%s): %s", fact.number, error, fact.fact)


def _starts_before(journal: Path, number: int) -> list[str]:
    """Recorders' lives in a journal that ends before this number; none in one that does not."""
    files = journal_files.listed(journal) if journal.is_dir() else []
    if not files:
        return []
    _, last = journal_files.whole_part(files[-1].path)
    if (files[-1].first - 1 if last is None else last) >= number:
        return []
    return [
        numbered.fact.recorder_start
        for numbered in recall(journal)
        if isinstance(numbered.fact, RecorderStarted)
    ]
