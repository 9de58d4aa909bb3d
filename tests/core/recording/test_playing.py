from __future__ import annotations

from nvr_core.clock import SECOND
from nvr_core.recording.footage import Footage
from nvr_core.recording.playing import MOST_PARTS, Item, after, from_moment
from nvr_core.recording.timeline import owned
from nvr_core.testing.story import TIMESCALE, Story
from tests.core.recording.conftest import NOON, Tell


def walls(items: list[Item]) -> list[float]:
    """Seconds after noon at which each listed part starts."""
    return [
        (item.segment.wall(part.start) - NOON) / SECOND for item in items for part in item.parts
    ]


def test_playing_begins_at_the_key_frame_before_and_crosses_segments_and_gaps(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell(story.whole(groups=3))
    tell(story.whole(groups=2))
    tell(story.gap(10))
    tell(story.whole(groups=2))
    stream = footage.stream("gang", "main")
    assert walls(from_moment(stream, NOON + 1_500_000)) == [1, 2, 3, 4, 15, 16]
    assert walls(from_moment(stream, NOON)) == [0, 1, 2, 3, 4, 15, 16]
    assert walls(from_moment(stream, NOON - 5 * SECOND)) == [0, 1, 2, 3, 4, 15, 16]
    assert walls(from_moment(stream, NOON + 8 * SECOND)) == [15, 16]
    assert from_moment(stream, NOON + 60 * SECOND) == []


def test_playing_goes_on_after_a_part(footage: Footage, story: Story, tell: Tell) -> None:
    tell(story.whole(groups=2))
    tell(story.whole(groups=2))
    stream = footage.stream("gang", "main")
    first, second = stream.segments
    assert walls(after(stream, first, first.parts[0].offset)) == [1, 2, 3]
    assert walls(after(stream, first, first.parts[1].offset)) == [2, 3]
    assert walls(after(stream, second, second.parts[1].offset)) == []


def test_a_growing_segment_gives_what_is_whole(footage: Footage, story: Story, tell: Tell) -> None:
    tell([story.begin(), story.fragment(), story.fragment()])
    stream = footage.stream("gang", "main")
    assert walls(from_moment(stream, NOON)) == [0]
    segment = stream.segments[0]
    assert after(stream, segment, segment.parts[0].offset) == []
    tell([story.fragment()])
    assert walls(after(stream, segment, segment.parts[0].offset)) == [0.5]


def test_a_moment_inside_the_very_first_segment_is_found_while_it_grows(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.begin(), *(story.fragment() for _ in range(6))])
    stream = footage.stream("gang", "main")
    assert walls(from_moment(stream, NOON + 1_200_000)) == [1, 1.5, 2]


def test_answers_are_bounded(footage: Footage, story: Story, tell: Tell) -> None:
    tell(story.whole(groups=MOST_PARTS, length=1))
    tell(story.whole(groups=MOST_PARTS, length=1))
    stream = footage.stream("gang", "main")
    items = from_moment(stream, NOON + 10 * SECOND)
    assert sum(len(item.parts) for item in items) == MOST_PARTS
    assert len(items) == 2


def test_a_segment_without_a_key_frame_is_decoded_from_the_one_before(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell(story.whole(groups=3))
    tell(story.whole(groups=1, no_key=True))
    tell(story.whole(groups=2, no_key=True))
    stream = footage.stream("gang", "main")
    assert walls(from_moment(stream, NOON + 4_200_000)) == [2, 3, 4, 5]
    assert walls(from_moment(stream, NOON + 5_200_000)) == [5]


def test_the_later_run_owns_the_overlap(footage: Footage, story: Story, tell: Tell) -> None:
    tell(story.whole(groups=10))
    story.wall, story.run, story.base = NOON + 4 * SECOND, "after the clock was set", 0
    tell(story.whole(groups=3))
    stream = footage.stream("gang", "main")
    assert [
        ((piece.start - NOON) / SECOND, (piece.end - NOON) / SECOND)
        for piece in owned(stream.segments)
    ] == [(0, 4), (4, 7), (7, 10)]
    items = from_moment(stream, NOON)
    assert walls(items) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [item.segment.run for item in items] == [
        "run-1", "after the clock was set", "run-1",
    ]  # fmt: skip


def test_neighbours_of_a_run_never_cut_each_other(
    footage: Footage, story: Story, tell: Tell
) -> None:
    """The line's correction may let wall times touch; not a frame may be lost by it."""
    tell([story.begin(), story.fragment(seconds=0.03), story.fragment(seconds=0.03)])
    tell([story.close()])
    story.wall -= 50_000
    tell(story.whole(groups=1))
    stream = footage.stream("gang", "main")
    listed = [part.start / TIMESCALE for item in from_moment(stream, NOON) for part in item.parts]
    assert listed == [0, 0.03, 0.06]
