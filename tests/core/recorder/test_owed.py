"""What a full disk kept out of the journal is told by the next start: the files stay marked."""

from dataclasses import replace
from pathlib import Path

import pytest

from nvr_core.clock import SECOND
from nvr_core.recorder.owed import FOUND_AGAIN, NEEDED, NEWS, Owed
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire.facts import SegmentClosed
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader

CAMERA = CameraSpec(name="gang", gop_s=0.5)


def test_lines_are_given_in_order_and_the_oldest_of_the_least_worth_goes() -> None:
    owed = Owed(3)
    assert [owed.add(1, b"a", NEEDED), owed.add(2, b"b", NEWS), owed.add(3, b"c", NEWS)] == [
        None,
        None,
        None,
    ]
    assert owed.first() == (1, b"a")
    assert owed.add(4, b"d", FOUND_AGAIN) == 2
    owed.written(1)
    assert owed.first() == (3, b"c")
    owed.written(3)
    owed.written(2)  # it went meanwhile
    assert owed.first() == (4, b"d")
    assert [owed.add(number, b"e", NEEDED) for number in (5, 6, 7, 8)] == [None, None, 4, 5]


async def test_a_journal_that_takes_nothing_to_the_end_loses_no_segment(
    tmp_path: Path, loop_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, options=replace(IMPATIENT, segment=SECOND))
    append = Journal.append
    full = False

    def refuse(journal: Journal, number: int, line: bytes) -> bool:
        if full:
            raise OSError(28, "No space left on device")
        return append(journal, number, line)

    monkeypatch.setattr(Journal, "append", refuse)
    async with simulate([CAMERA], cache=loop_cache) as site:
        async with rig.recorder():
            rig.want(rig.stream(site.url("gang")))
            await rig.until(rig.segments)
            full = True
            await rig.until(lambda: len(rig.segments()) >= 3)
        full = False
        assert len(list((rig.volume / "open").iterdir())) >= 2
        known = len(rig.segments())
        async with rig.recorder():
            rig.want(rig.stream(site.url("gang")))
            await rig.until(lambda: len(rig.segments()) >= known + 3)
    assert list((rig.volume / "open").iterdir()) == []
    journal = JournalReader(rig.data / "journal" / "rtsp")
    facts = [numbered.fact for numbered in journal.read(0, 10_000)]
    told = {fact.path for fact in facts if isinstance(fact, SegmentClosed)}
    assert told == {str(path) for path in rig.volume.rglob("*.mp4")}
    assert len(told) >= 3
