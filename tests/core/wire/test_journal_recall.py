"""A recorder reads quickly what matters of a journal, however long nobody acknowledged it."""

import json
from dataclasses import replace
from pathlib import Path

from nvr_core.wire import codec
from nvr_core.wire.facts import (
    Cause,
    GapOpened,
    Kept,
    Notice,
    Numbered,
    SegmentClosed,
    StreamState,
)
from nvr_core.wire.journal import Journal
from nvr_core.wire.journal_recall import recall
from nvr_core.wire.parts import PackedParts, Part

GAP = GapOpened(
    camera="c",
    stream="main",
    gap="g",
    cause=Cause.POWER,
    wall=1,
    monotonic=1,
    recorder_start="r",
    sentence='a sentence with "type":"segment-closed" and "parts":[ in it',
)


def segment(name: str) -> SegmentClosed:
    return SegmentClosed(
        camera="c",
        stream="main",
        run="r",
        segment=name,
        recorder_start="r",
        sequence=0,
        path='/a folder with "parts":[ in its name/x.mp4',
        ring=False,
        start=10,
        duration=20,
        frames=3,
        size=4,
        sha256="00",
        parts=PackedParts.of([Part(offset=1, size=2, start=3, duration=4)] * 3),
        codec="avc1.64001f",
        timescale=90000,
        init_size=5,
        base=6,
    )


def journal(folder: Path, facts: list[Kept], file_bytes: int = 1 << 20) -> None:
    one = Journal(folder, file_bytes=file_bytes)
    for number, fact in enumerate(facts, 1):
        one.append(number, codec.encode(Numbered(number=number, at=7, fact=fact)))
    one.close()


def facts(folder: Path) -> list[Kept]:
    return [numbered.fact for numbered in recall(folder)]


def test_nothing_comes_of_a_journal_that_is_not_there(tmp_path: Path) -> None:
    assert facts(tmp_path / "none") == []


def test_news_for_people_does_not_come(tmp_path: Path) -> None:
    ended = StreamState(camera="c", stream="main", state="ended")
    states = [StreamState(camera="c", stream="main", state="recording"), ended]
    journal(tmp_path, [GAP, segment("one"), Notice(code="x", sentence="y"), *states])
    gap, closed, last = facts(tmp_path)
    assert gap == GAP
    assert closed == segment("one")
    assert last == ended


def listed(fact: SegmentClosed) -> bytes:
    """A line of version 0.1, which told parts one by one."""
    told = json.loads(codec.encode(Numbered(number=1, at=7, fact=fact)))
    told["parts"] = [vars(part) for part in fact.parts]
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def test_lists_of_parts_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000001.jsonl").write_bytes(listed(segment("one")))
    assert facts(tmp_path) == [replace(segment("one"), parts=PackedParts.of(()))]


def test_old_files_give_their_gaps_only(tmp_path: Path) -> None:
    size = len(codec.encode(Numbered(number=1, at=7, fact=segment("s1"))))
    journal(tmp_path, [GAP, *(segment(f"s{number}") for number in range(9))], file_bytes=2 * size)
    found = facts(tmp_path)
    assert found[0] == GAP
    names = [fact.segment for fact in found if isinstance(fact, SegmentClosed)]
    assert names[-1] == "s8"
    assert 0 < len(names) <= 4


def test_a_torn_tail_and_a_damaged_line_are_passed_over(tmp_path: Path) -> None:
    journal(tmp_path, [GAP])
    (file,) = tmp_path.glob("*.jsonl")
    whole = file.read_bytes()
    file.write_bytes(b"\0" * 40 + b"\n" + whole + whole[:-20])
    assert facts(tmp_path) == [GAP]
