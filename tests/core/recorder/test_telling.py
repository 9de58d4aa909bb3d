"""Whoever waits for facts to be durable is called after they are, and not before."""

import asyncio
from pathlib import Path

from nvr_core.clock import SystemClock
from nvr_core.recorder.telling import Telling, kept
from nvr_core.recorder.worker import Worker
from nvr_core.wire.facts import Cause, GapOpened, Kept, Notice, SegmentGone, StreamState
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader


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

    def tell(code: str) -> None:
        telling.durably(
            lambda: telling.tell(Notice(code=code, sentence="")),
            lambda: called.append((f"after {code}", journal.synced_to)),
        )

    tell("one")
    await worker.idle()
    assert called == []
    telling.sync()
    await worker.idle()
    assert called == []  # it was synced, without the fact
    journal.full = False
    tell("two")
    telling.sync()
    await worker.idle()
    assert called == [("after one", 2), ("after two", 2)]
    assert await worker.stop(5.0)
    journal.close()


async def test_facts_wait_for_a_journal_that_another_recorder_writes(tmp_path: Path) -> None:
    worker = Worker("journal", asyncio.get_running_loop())
    telling = Telling(None, 2_000_000, worker, SystemClock())
    called: list[str] = []
    telling.durably(
        lambda: telling.tell(Notice(code="one", sentence="")), lambda: called.append("durable")
    )
    telling.sync()
    telling.forget(2_000_000)
    await worker.idle()
    assert called == []
    journal = Journal(tmp_path)
    telling.write_in(journal)
    telling.tell(Notice(code="two", sentence=""))
    await worker.idle()
    assert called == ["durable"]
    told = JournalReader(tmp_path).read(0, 10)
    assert [one.number for one in told] == [2_000_000, 2_000_001]
    assert await worker.stop(5.0)
    journal.close()


def gap(name: str) -> GapOpened:
    return GapOpened(
        camera="c",
        stream="main",
        gap=name,
        cause=Cause.POWER,
        wall=1,
        monotonic=1,
        recorder_start="r",
    )


def gone(name: str) -> SegmentGone:
    return SegmentGone(segment=name, path="/v/x", why="empty")


async def test_what_can_be_spared_goes_first_then_what_is_found_again_and_gaps_last(
    tmp_path: Path,
) -> None:
    journal = FullDisk(tmp_path)
    worker = Worker("journal", asyncio.get_running_loop())
    telling = Telling(journal, 1, worker, SystemClock(), limit=4)
    called: list[str] = []
    ended = StreamState(camera="c", stream="main", state="ended")
    told: list[tuple[str, Kept]] = [
        ("gap one", gap("one")),
        ("segment one", gone("one")),
        ("notice", Notice(code="code", sentence="")),
        ("state", StreamState(camera="c", stream="main", state="recording")),
        ("end", ended),
        ("segment two", gone("two")),
        ("gap two", gap("two")),
    ]
    for name, fact in told:
        telling.durably(
            lambda fact=fact: telling.tell(fact),  # type: ignore[misc] # bound in this round
            lambda name=name: called.append(name),  # type: ignore[misc] # bound in this round
        )
    telling.sync()
    await worker.idle()
    journal.full = False
    telling.sync()
    await worker.idle()
    found = [numbered.fact for numbered in JournalReader(tmp_path).read(0, 100)]
    assert found == [gap("one"), ended, gone("two"), gap("two")]
    # What waits for a fact that had to go (the marker of a segment's file, say) waits in vain.
    assert called == ["gap one", "end", "segment two", "gap two"]
    assert await worker.stop(5.0)
    journal.close()


def test_what_was_in_memory_only_never_stands_in_the_journal() -> None:
    for why in ("aged", "lost"):
        assert not kept(SegmentGone(segment="1", path="/dev/shm/1", why=why, ring=True))
    assert kept(SegmentGone(segment="1", path="/srv/1", why="missing"))
