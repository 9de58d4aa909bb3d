"""The journal stays within its bound, and what it leaves out then can be spared."""

from __future__ import annotations

from pathlib import Path

import pytest

from nvr_core.wire.facts import (
    Notice,
    SegmentGone,
    StreamState,
)
from nvr_core.wire.journal import Journal
from tests.core.wire.lines import line, numbers, write


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
    assert caplog.text.count("start the server, or see in its log why it stores nothing") == 1
    journal.forget(6)
    assert journal.append(15, line(15, notice))
    assert journal.append(16, line(16, state))
    assert numbers(folder) == [7, 8, 11, 12, 13, 15, 16]
    journal.close()


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
