"""Whoever waits for facts to be durable is called after they are, and not before."""

import asyncio
from pathlib import Path

from nvr_core.clock import SystemClock
from nvr_core.recorder.telling import Telling
from nvr_core.recorder.worker import Worker
from nvr_core.wire.facts import Notice
from nvr_core.wire.journal import Journal


class FullDisk(Journal):
    """A journal on a disk that is full at first."""

    full = True
    synced_to = 0

    def append(self, number: int, line: bytes) -> bool:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().append(number, line)

    def sync(self) -> None:
        super().sync()
        self.synced_to = self.next_number - 1


async def test_calls_wait_for_the_sync_and_for_what_a_full_disk_owes(tmp_path: Path) -> None:
    journal = FullDisk(tmp_path)
    worker = Worker("journal", asyncio.get_running_loop())
    telling = Telling(journal, 1, worker, SystemClock())
    called: list[tuple[str, int]] = []

    def note(name: str) -> None:
        telling.when_durable(lambda: called.append((name, journal.synced_to)))

    telling.tell(Notice(code="one", sentence=""))
    note("after one")
    await worker.idle()
    assert called == []
    telling.sync()
    await worker.idle()
    assert called == []  # it was synced, without the fact
    journal.full = False
    telling.tell(Notice(code="two", sentence=""))
    note("after two")
    telling.sync()
    await worker.idle()
    assert called == [("after one", 2), ("after two", 2)]
    assert await worker.stop(5.0)
    journal.close()
