"""Reading beside the writer: every fact once, in order, also over rotations and kill -9."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nvr_core.wire import codec, journal_files
from nvr_core.wire.facts import Numbered, SegmentGone
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader

Fill = Callable[[Journal, range], None]


def fact(number: int) -> SegmentGone:
    return SegmentGone(segment=str(number), path="p" * (number * 7 % 900), why="empty")


def fill(journal: Journal, numbers: range) -> None:
    for number in numbers:
        journal.append(number, codec.encode(Numbered(number=number, at=0, fact=fact(number))))


def expect(found: list[Numbered], numbers: range) -> None:
    assert [one.number for one in found] == list(numbers)
    assert all(one.fact == fact(one.number) for one in found)


def test_it_reads_on_from_where_it_stopped_over_rotations(tmp_path: Path) -> None:
    journal = Journal(tmp_path, file_bytes=4000)
    reader = JournalReader(tmp_path)
    assert reader.read(0, 10) == []
    after = 0
    for first in range(1, 200, 20):
        fill(journal, range(first, first + 20))
        while found := reader.read(after, 7):
            expect(found, range(after + 1, found[-1].number + 1))
            after = found[-1].number
    assert after == 200
    assert len(journal_files.listed(tmp_path)) > 10
    journal.close()


def test_any_number_can_be_asked_for_in_any_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path, file_bytes=4000)
    fill(journal, range(1, 101))
    reader = JournalReader(tmp_path)
    dice = random.Random(7)
    for _ in range(100):
        after = dice.randrange(0, 110)
        limit = dice.randrange(1, 50)
        expect(reader.read(after, limit), range(after + 1, min(100, after + limit) + 1))
    journal.close()


def test_numbers_may_leap(tmp_path: Path) -> None:
    journal = Journal(tmp_path, file_bytes=4000)
    reader = JournalReader(tmp_path)
    fill(journal, range(1, 30))
    fill(journal, range(1_000_000, 1_000_030))
    found = reader.read(29, 1000)
    expect(found, range(1_000_000, 1_000_030))
    expect(reader.read(500_000, 3), range(1_000_000, 1_000_003))
    journal.close()


def test_forgotten_files_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, file_bytes=4000)
    fill(journal, range(1, 101))
    reader = JournalReader(tmp_path)
    expect(reader.read(0, 10), range(1, 11))
    journal.forget(50)
    first = journal_files.listed(tmp_path)[0].first
    assert 11 < first <= 51
    expect(reader.read(10, 1000), range(first, 101))
    journal.close()


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    fill(journal, range(1, 3))
    journal.close()
    reader = JournalReader(tmp_path)
    file = journal_files.listed(tmp_path)[-1].path
    whole = file.read_bytes()
    third = codec.encode(Numbered(number=3, at=0, fact=fact(3)))
    for cut in range(len(third)):
        file.write_bytes(whole + third[:cut])
        assert reader.read(2, 10) == []
    file.write_bytes(whole + third)
    expect(reader.read(2, 10), range(3, 4))


def test_facts_of_a_newer_recorder_are_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    fill(journal, range(1, 3))
    journal.append(3, b'{"n":3,"at":0,"type":"camera-painted","colour":"blue"}\n')
    reader = JournalReader(tmp_path)
    expect(reader.read(0, 10), range(1, 3))
    fill(journal, range(4, 5))
    expect(reader.read(2, 10), range(4, 5))
    journal.close()


def test_one_call_returns_a_bounded_number_of_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nvr_core.wire.journal_reader.READ_BYTES", 2000)
    journal = Journal(tmp_path)
    fill(journal, range(1, 101))
    found = JournalReader(tmp_path).read(0, 1000)
    assert 0 < len(found) < 20
    expect(found, range(1, len(found) + 1))
    journal.close()


def test_without_a_folder_there_is_nothing_yet(tmp_path: Path) -> None:
    assert JournalReader(tmp_path / "journal").read(0, 10) == []


WRITER = """
import sys
from pathlib import Path
from nvr_core.wire import codec
from nvr_core.wire.facts import Numbered, SegmentGone
from nvr_core.wire.journal import Journal

journal = Journal(Path(sys.argv[1]), file_bytes=20_000)
number = journal.next_number
while True:
    fact = SegmentGone(segment=str(number), path="p" * (number * 7 % 900), why="empty")
    journal.append(number, codec.encode(Numbered(number=number, at=0, fact=fact)))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("kills", [8])
def test_a_writer_killed_again_and_again_loses_nothing_it_had_appended(
    tmp_path: Path, kills: int
) -> None:
    reader = JournalReader(tmp_path)
    read: list[int] = []
    dice = random.Random(3)
    for _ in range(kills):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        said = read[-1] if read else 0
        for _ in range(dice.randrange(1, 300)):
            said = int(writer.stdout.readline())
            found = reader.read(read[-1] if read else 0, 50)
            assert all(one.fact == fact(one.number) for one in found)
            read += [one.number for one in found]
        writer.kill()
        for line in writer.communicate()[0].splitlines():
            said = int(line)
        while found := reader.read(read[-1] if read else 0, 50):
            assert all(one.fact == fact(one.number) for one in found)
            read += [one.number for one in found]
        assert read[-1] >= said
    assert read == list(range(1, len(read) + 1))
    assert len(journal_files.listed(tmp_path)) > 3
