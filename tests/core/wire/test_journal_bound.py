"""The journal stays within its bound, and what it leaves out then can be spared."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from nvr_core.wire.facts import (
    Notice,
    Part,
    SegmentClosed,
    SegmentGone,
    SegmentOpened,
    StreamState,
)
from nvr_core.wire.journal import FOLDER_BYTES, Journal
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
