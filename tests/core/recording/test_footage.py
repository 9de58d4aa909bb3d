from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nvr_core.clock import SECOND
from nvr_core.media import reading
from nvr_core.recording.footage import Footage, Gap, Origin
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Cause, GapOpened, RecorderStarted, SegmentGone
from tests.core.recording.conftest import NOON, Tell


def started(renews: str = "") -> RecorderStarted:
    return RecorderStarted(
        recorder_start="start-2",
        boot="b",
        version="1",
        wall=0,
        monotonic=0,
        synchronised=True,
        renews=renews,
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


def test_what_a_recorder_has_open_grows_while_it_is_renewed(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin(), story.fragment(), started(renews="start-1"), story.fragment()])
    growing = footage.stream("gang", "main").growing
    assert growing is not None
    assert len(growing.segment.parts) == 1


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
    (gap,) = stream.gaps.values()
    assert (gap.start, gap.cause) == (NOON, Cause.CAMERA_UNREACHABLE)
    tell([closed, closed])
    assert stream.gaps == {}
    again, _ = story.gap(10)
    tell([again, story.state("ended")])
    assert stream.gaps == {}


def test_a_gap_that_is_told_again_is_the_same(footage: Footage, story: Story, tell: Tell) -> None:
    opened, _ = story.gap(10)
    assert isinstance(opened, GapOpened)
    tell([opened, replace(opened, cause=Cause.NETWORK_LOSS, sentence="the line")])
    (gap,) = footage.stream("gang", "main").gaps.values()
    assert (gap.start, gap.cause, gap.sentence) == (NOON, Cause.NETWORK_LOSS, "the line")


def test_a_gap_from_before_this_server_goes_on_until_it_is_closed(
    footage: Footage, story: Story, tell: Tell
) -> None:
    opened, closed = story.gap(10)
    assert isinstance(opened, GapOpened)
    footage.goes_on("gang", "main", Gap(opened.gap, NOON, opened.cause, ""))
    assert list(footage.stream("gang", "main").gaps) == [opened.gap]
    tell([closed])
    assert footage.stream("gang", "main").gaps == {}


def test_what_the_catalogue_holds_leaves_memory_but_for_the_newest(
    footage: Footage, story: Story, tell: Tell
) -> None:
    """A viewer may still be in the newest closed segment; what grows and rings stay anyway."""
    first, second, third = story.whole(), story.whole(), story.whole()
    tell([*first, *second, *third, story.begin()])
    ring = Story("gang", stream="sub", ring=True, wall=NOON)
    for fact in ring.whole():
        footage.apply(fact, Origin("rtsp"))
    footage.stored("rtsp", len(first))
    assert len(footage.stream("gang", "main").segments) == 3
    footage.stored("av", 1_000_000)
    assert len(footage.stream("gang", "main").segments) == 3
    footage.stored("rtsp", 1_000_000)
    stream = footage.stream("gang", "main")
    assert [one.segment for one in stream.segments if one.closed] == [third[0].segment]  # type: ignore[union-attr] # the first fact opens it
    assert stream.growing is not None
    assert len(footage.stream("gang", "sub").segments) == 1


def test_state_says_since_when(footage: Footage, story: Story) -> None:
    footage.apply(story.state("connecting"), Origin("rtsp", 1, 100))
    footage.apply(story.state("recording"), Origin("rtsp", 2, 200))
    footage.apply(story.state("recording"), Origin("rtsp", 0, 300))
    assert footage.stream("gang", "main").since == 200
