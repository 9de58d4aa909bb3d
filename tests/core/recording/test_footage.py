from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.media import reading
from nvr_core.recording.footage import Footage, Origin
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, RecorderStarted, SegmentGone
from tests.core.recording.conftest import NOON, Tell


def started() -> RecorderStarted:
    return RecorderStarted(
        recorder_start="start-2", boot="b", version="1", wall=0, monotonic=0, synchronised=True
    )


def test_a_growing_segment_shows_its_parts_when_the_next_key_frame_is_there(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin(), story.fragment(), story.fragment(key=False)])
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    assert len(growing.segment.parts) == 0
    assert [one.key for one in growing.group] == [True, False]
    first = growing.group
    tell([story.fragment()])
    (part,) = growing.segment.parts
    assert part.offset == first[0].offset
    assert part.size == first[0].size + first[1].size
    assert part.duration == first[0].duration + first[1].duration
    assert growing.segment.duration == 1_500_000


def test_the_parts_of_a_growing_segment_are_those_of_the_closed_one(
    footage: Footage, story: Story, tell: Tell
) -> None:
    facts = story.whole(groups=4, length=3)
    tell(facts[:-1])
    (grown,) = footage
    before = list(grown.parts)
    tell(facts[-1:])
    assert grown.closed
    assert list(grown.parts)[: len(before)] == before
    assert len(grown.parts) == 4
    for part in grown.parts:
        assert grown.parts.holds(part.offset, part.size)
        assert not grown.parts.holds(part.offset, part.size - 1)
        assert not grown.parts.holds(part.offset + 1, part.size)


def test_missed_news_is_noticed_and_read_back_from_the_file(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin(), story.fragment()])
    story.fragment(key=False)
    tell([story.fragment()])
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    was_behind = growing.behind
    with Path(growing.segment.path).open("rb") as file:
        growing.read_back(reading.read(file).fragments)
    assert (was_behind, growing.behind) == (True, False)
    assert len(growing.segment.parts) == 1
    tell([story.fragment(key=False)])
    assert [one.key for one in growing.group] == [True, False]
    assert growing.segment.duration == 2 * SECOND


def test_news_that_the_file_told_already_changes_nothing(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin()])
    known = [story.fragment(), story.fragment()]
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    with Path(growing.segment.path).open("rb") as file:
        growing.read_back(reading.read(file).fragments)
    tell(known)
    assert len(growing.segment.parts) == 1
    assert len(growing.group) == 1
    assert not growing.behind


def test_a_listener_that_comes_in_the_middle_is_behind(
    footage: Footage, story: Story, tell: Tell
) -> None:
    opened = story.begin()
    story.fragment()
    tell([opened, story.fragment(key=False)])
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    assert growing.behind
    assert growing.group == []


def test_the_next_segment_ends_the_last_part_of_the_one_before(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin(), story.fragment()])
    first = footage.stream("gang", "main").growing
    assert first is not None
    closed = story.close()
    tell([story.begin()])
    assert len(first.segment.parts) == 1
    tell([closed])
    assert len(first.segment.parts) == 1
    assert footage.stream("gang", "main").growing is not None


def test_a_ring_segment_that_is_kept_moves_to_the_volume(footage: Footage, tmp_path: Path) -> None:
    story = Story("gang", ring=True, folder=tmp_path, wall=NOON)
    facts = story.whole()
    for fact in facts:
        footage.apply(fact, Origin("rtsp"))
    (segment,) = footage
    assert segment.ring
    moved = type(facts[-1])(**{**vars(facts[-1]), "ring": False, "path": "/volume/x.mp4"})
    footage.apply(moved, Origin("rtsp", 7))
    (segment,) = footage
    assert (segment.ring, segment.path, segment.number) == (False, "/volume/x.mp4", 7)
    footage.forget_rings("rtsp")
    assert list(footage) == [segment]


def test_rings_are_forgotten_for_one_recorder(footage: Footage, tmp_path: Path) -> None:
    for recorder in ("rtsp", "av"):
        story = Story(f"at-{recorder}", ring=True, folder=tmp_path, wall=NOON)
        for fact in story.whole():
            footage.apply(fact, Origin(recorder))
    footage.forget_rings("av")
    assert [segment.camera for segment in footage] == ["at-rtsp"]


def test_what_a_dead_recorder_left_open_does_not_grow(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin(), story.fragment(), started()])
    stream = footage.stream("gang", "main")
    assert stream.growing is None
    assert len(stream.segments[0].parts) == 1
    assert [one.segment for one in footage.open_segments()] == stream.segments
    tell([story.close()])
    assert footage.open_segments() == []


def test_gone_segments_leave_no_trace(footage: Footage, story: Story, tell: Tell) -> None:
    facts = story.whole()
    tell(facts)
    (name,) = (one.segment for one in footage)
    tell([SegmentGone(segment=name, path="", why="empty")] * 2)
    assert footage.segment(name) is None
    assert footage.stream("gang", "main").segments == []


def test_gaps_open_close_and_end_with_their_stream(
    footage: Footage, story: Story, tell: Tell
) -> None:
    opened, closed = story.gap(10)
    tell([opened, opened])
    stream = footage.stream("gang", "main")
    (gap,) = stream.gaps_between(NOON, NOON + 1)
    assert (gap.end, gap.cause) == (None, Cause.CAMERA_UNREACHABLE)
    tell([closed])
    assert gap.end == NOON + 10 * SECOND
    assert stream.gaps_between(gap.end, gap.end + 1) == []
    again, _ = story.gap(10)
    tell([again, story.state("ended")])
    assert all(one.end is not None for one in stream.gaps.values())


def test_the_last_word_on_a_gap_counts(footage: Footage, story: Story, tell: Tell) -> None:
    """A repair finds footage that reaches into a gap, or fills it."""
    opened, closed = story.gap(10)
    tell([opened, closed])
    stream = footage.stream("gang", "main")
    assert isinstance(closed, GapClosed)
    tell([replace(closed, wall=NOON + 4 * SECOND)])
    assert [gap.end for gap in stream.gaps_between(NOON, NOON + 60 * SECOND)] == [NOON + 4 * SECOND]
    tell([replace(closed, wall=NOON)])
    assert stream.gaps_between(NOON - SECOND, NOON + 60 * SECOND) == []


def test_a_gap_that_is_told_again_is_the_same_and_stands_on_the_newer_fact(
    footage: Footage, story: Story, tell: Tell
) -> None:
    opened, closed = story.gap(10)
    assert isinstance(opened, GapOpened)
    tell([opened, *(story.state("waiting") for _ in range(5))])
    assert footage.needed("rtsp") == 1
    tell([replace(opened, cause=Cause.NETWORK_LOSS, sentence="the line")])
    assert footage.needed("rtsp") == 7
    (gap,) = footage.stream("gang", "main").gaps_between(NOON, NOON + 60 * SECOND)
    assert (gap.start, gap.end, gap.cause, gap.sentence) == (
        NOON,
        None,
        Cause.NETWORK_LOSS,
        "the line",
    )
    tell([closed])
    assert gap.end == NOON + 10 * SECOND


def test_numbers_that_the_index_stands_on(footage: Footage, story: Story, tell: Tell) -> None:
    assert footage.needed("rtsp") is None
    first = story.whole()
    tell(first)
    (oldest,) = footage
    tell(story.gap(5))
    tell(story.whole())
    assert footage.needed("rtsp") == len(first)
    footage.forget(oldest.segment)
    footage.forget_gaps(NOON + 60 * SECOND)
    assert footage.needed("rtsp") == 2 * len(first) + 2
    assert footage.needed("av") is None


def test_state_says_since_when(footage: Footage, story: Story) -> None:
    footage.apply(story.state("connecting"), Origin("rtsp", 1, 100))
    footage.apply(story.state("recording"), Origin("rtsp", 2, 200))
    footage.apply(story.state("recording"), Origin("rtsp", 0, 300))
    assert footage.stream("gang", "main").since == 200
