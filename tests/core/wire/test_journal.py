"""No fact is lost, none comes twice, and the journal stays within its bound."""

from __future__ import annotations

import errno
import logging
import os
import resource
import stat
from dataclasses import fields
from pathlib import Path

import pytest

from nvr_core.wire import codec, journal_files
from nvr_core.wire.facts import (
    Kept,
    Notice,
    Numbered,
    Part,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamState,
)
from nvr_core.wire.journal import FOLDER_BYTES, Journal
from nvr_core.wire.journal_reader import JournalReader


def gone(size: int = 0) -> SegmentGone:
    return SegmentGone(segment="s", path="p" * size, why="aged")


def line(number: int, fact: Kept | None = None) -> bytes:
    return codec.encode(Numbered(number=number, at=0, fact=fact or gone()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "rtsp"


def write(journal: Journal, *numbers: int, size: int = 0) -> None:
    for number in numbers:
        assert journal.append(number, line(number, gone(size)))


def numbers(folder: Path, after: int = 0, limit: int = 1000) -> list[int]:
    return [fact.number for fact in JournalReader(folder).read(after, limit)]


def names(folder: Path) -> list[str]:
    return [file.path.name for file in journal_files.listed(folder)]


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


def test_beyond_the_bound_notices_and_states_go_but_no_segment(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(folder, file_bytes=1000, folder_bytes=3000)
    notice = Notice(code="c", sentence="s")
    state = StreamState(camera="c", stream="main", state="recording")
    write(journal, *range(1, 9), size=300)
    assert not journal.append(9, line(9, Notice(code="c", sentence="s" * 300)))
    assert not journal.append(10, line(10, StreamState(camera="c", stream="m", state="x" * 300)))
    write(journal, 11, 12, size=300)
    ended = StreamState(camera="c", stream="m", state="ended")
    assert journal.append(13, line(13, ended))
    assert not journal.append(14, line(14, notice))
    assert numbers(folder) == [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13]
    assert caplog.text.count("If no server runs, start it. If one runs, nothing is lost") == 1
    journal.forget(6)
    assert journal.append(15, line(15, notice))
    assert journal.append(16, line(16, state))
    assert numbers(folder) == [7, 8, 11, 12, 13, 15, 16]
    journal.close()


def test_the_bound_is_beyond_what_a_large_office_keeps(tmp_path: Path) -> None:
    """50 cameras, 14 days, a key frame a second: no journal that is as it should be is full."""
    parts = tuple(
        Part(offset=n * 500_000, size=500_000, start=(n + 10**6) * 90_000, duration=90_000)
        for n in range(60)
    )
    name = "0199d0a2-7c3e-7b1a-9d2e-0123456789ab"
    closed = SegmentClosed(
        camera=name,
        stream="main",
        run=name,
        segment=name,
        recorder_start=name,
        sequence=10_000,
        path=f"/srv/footage/{name}/main/2026/11/24/120000000-{name}-10000.mp4",
        ring=False,
        start=1_795_500_000_000_000,
        duration=60_000_000,
        frames=1500,
        size=30_000_000,
        sha256="a" * 64,
        parts=parts,
        codec="avc1.64001f",
        timescale=90_000,
        init_size=700,
        base=90_000 * 10**6,
        width=1920,
        height=1080,
    )
    opened = SegmentOpened(
        **{field.name: getattr(closed, field.name) for field in fields(SegmentOpened)}
    )
    minute = len(line(10**7, closed)) + len(line(10**7, opened))
    day_of_one = 24 * 60 * minute
    assert day_of_one == pytest.approx(8e6, rel=0.1), "the sentence and the documents say so"
    assert 50 * 14 * day_of_one < FOLDER_BYTES


def test_the_bound_counts_what_was_there_before(folder: Path) -> None:
    journal = Journal(folder, file_bytes=1000, folder_bytes=3000)
    write(journal, *range(1, 9), size=300)
    journal.close()
    journal = Journal(folder, file_bytes=1000, folder_bytes=3000)
    assert not journal.append(9, line(9, Notice(code="c", sentence="s" * 300)))
    journal.close()


def test_a_segment_that_speaks_of_notices_is_none(folder: Path) -> None:
    journal = Journal(folder, folder_bytes=100)
    write(journal, 1, size=300)
    tricky = SegmentGone(segment="s", path='"type":"notice"', why="aged")
    assert journal.append(2, line(2, tricky))
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
