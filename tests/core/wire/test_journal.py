"""No fact is lost, none comes twice, and the journal stays within its bound."""

from __future__ import annotations

import errno
import logging
import os
import resource
import stat
from pathlib import Path

import pytest

from nvr_core.wire import journal_files
from nvr_core.wire.facts import (
    Numbered,
)
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_reader import JournalReader
from tests.core.wire.lines import gone, line, names, numbers, write


def test_what_is_appended_is_read_by_others_at_once(folder: Path) -> None:
    journal = Journal(folder)
    write(journal, 1, 2, 5)
    assert JournalReader(folder).read(1, 1) == [Numbered(number=2, at=0, fact=gone())]
    assert numbers(folder) == [1, 2, 5]
    assert journal.next_number == 6
    journal.close()


def test_nobody_else_may_read_it(folder: Path) -> None:
    Journal(folder).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_it_goes_on_where_it_was_closed(folder: Path) -> None:
    journal = Journal(folder)
    write(journal, 1, 2)
    journal.close()
    journal = Journal(folder)
    assert journal.next_number == 3
    write(journal, 3)
    assert numbers(folder) == [1, 2, 3]
    journal.close()


def test_a_file_is_followed_by_a_new_one_that_is_named_after_its_first_number(folder: Path) -> None:
    journal = Journal(folder, file_bytes=1000)
    write(journal, *range(1, 8), size=300)
    assert names(folder) == [
        "000000000001.jsonl",
        "000000000003.jsonl",
        "000000000005.jsonl",
        "000000000007.jsonl",
    ]
    assert all(file.path.stat().st_size <= 1000 for file in journal_files.listed(folder))
    assert numbers(folder) == [1, 2, 3, 4, 5, 6, 7]
    journal.close()


def test_a_line_larger_than_a_file_gets_one_of_its_own(folder: Path) -> None:
    journal = Journal(folder, file_bytes=1000)
    write(journal, 1)
    write(journal, 2, size=5000)
    write(journal, 3)
    assert numbers(folder) == [1, 2, 3]
    assert len(names(folder)) == 3
    journal.close()


@pytest.mark.parametrize(
    "tail",
    [
        line(3)[:-1],
        line(3)[:20],
        b"{",
        b"\0" * 4096,
        b"\0" * 100 + b"\n",
        b'{"type":"ack"}\n',
        b"\n",
    ],
    ids=["no-line-feed", "half", "brace", "zeros", "zeros-line", "foreign", "empty"],
)
def test_a_torn_tail_is_cut_when_it_is_opened(folder: Path, tail: bytes) -> None:
    journal = Journal(folder)
    write(journal, 1, 2)
    journal.close()
    file = journal_files.listed(folder)[-1].path
    whole = file.read_bytes()
    with file.open("ab") as torn:
        torn.write(tail)
    assert numbers(folder) == [1, 2]
    journal = Journal(folder)
    assert file.read_bytes() == whole
    assert journal.next_number == 3
    write(journal, 3)
    assert numbers(folder) == [1, 2, 3]
    journal.close()


def test_damage_in_the_middle_costs_only_the_damaged_lines(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(folder)
    write(journal, 1, 2, 3)
    journal.close()
    file = journal_files.listed(folder)[-1].path
    content = bytearray(file.read_bytes())
    second = content.index(b'{"n":2')
    content[second + 10] ^= 0xFF
    file.write_bytes(content)
    journal = Journal(folder)
    assert numbers(folder) == [1, 3]
    assert journal.next_number == 4
    assert "is damaged before byte" in caplog.text
    journal.close()


def test_forgetting_drops_whole_files_and_keeps_the_newest(folder: Path) -> None:
    journal = Journal(folder, file_bytes=1000)
    write(journal, *range(1, 8), size=300)
    journal.forget(3)
    assert names(folder)[0] == "000000000003.jsonl"
    assert numbers(folder) == [3, 4, 5, 6, 7]
    journal.forget(4)
    assert numbers(folder) == [5, 6, 7]
    journal.forget(1000)
    assert names(folder) == ["000000000007.jsonl"]
    journal.close()
    journal = Journal(folder)
    assert journal.next_number == 8
    journal.close()


def test_the_next_number_survives_an_empty_newest_file(folder: Path) -> None:
    """A crash between making a file and writing into it."""
    journal = Journal(folder)
    write(journal, 1)
    journal.close()
    journal_files.named(folder, 9_000_000).path.touch()
    journal_files.listed(folder)[0].path.unlink()
    journal = Journal(folder)
    assert journal.next_number == 9_000_000
    with pytest.raises(ValueError, match="fact 8999999 comes after 8999999"):
        journal.append(8_999_999, line(8_999_999))
    journal.close()


@pytest.mark.parametrize("wrong", [line(2), line(1) + line(2), line(1)[:-1], b"x\n"])
def test_only_a_whole_line_with_its_own_number_is_taken(folder: Path, wrong: bytes) -> None:
    journal = Journal(folder)
    with pytest.raises(ValueError, match="not one whole line"):
        journal.append(1, wrong)
    assert numbers(folder) == []
    journal.close()


def test_a_full_disk_leaves_no_half_line_and_the_journal_works_again(folder: Path) -> None:
    """The kernel's own refusal: a limit on file sizes (setrlimit(2)) writes half of a line."""
    journal = Journal(folder)
    write(journal, 1)
    size = journal_files.listed(folder)[-1].path.stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            journal.append(2, line(2, gone(300)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG
    assert journal.next_number == 2
    assert numbers(folder) == [1]
    write(journal, 2)
    assert numbers(folder) == [1, 2]
    journal.close()


def test_sync_and_rotation_make_every_fact_durable_in_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fdatasync

    def watched(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", watched)
    journal = Journal(folder, file_bytes=1000)
    write(journal, 1, 2, 3, size=300)
    assert synced == ["000000000001.jsonl"]
    journal.sync()
    assert synced[-1] == "000000000003.jsonl"
    journal.close()


def test_the_log_of_the_journal_is_quiet_otherwise(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    journal = Journal(folder, file_bytes=1000)
    write(journal, *range(1, 9), size=300)
    numbers(folder)
    journal.close()
    assert not caplog.records
