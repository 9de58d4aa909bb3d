"""The plan of an excerpt: every moment is shown once or said to be missing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.excerpt import Source, missing, plan
from nvr_core.media.reading import Segment
from tests.core.media.encoded import T0
from tests.core.media.test_plain import run


@st.composite
def recorded(draw: st.DrawFn) -> list[Source]:
    """Segments of runs anywhere in ten seconds; only their times count here."""
    sources = []
    for number in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, 10_000_000))
        (base,) = run(0, 25)
        closing, opening = base.segment.closing, base.segment.opening
        assert closing is not None
        assert opening is not None
        segment: Segment = replace(
            base.segment,
            closing=replace(closing, start=T0 + at),
            opening=replace(opening, run=f"run-{number}"),
        )
        sources.append(Source(segment, base.open))
    return sources


@given(recorded(), st.integers(0, 8_000_000), st.integers(1, 8_000_000))
def test_a_plan_tiles_what_was_recorded_and_never_shows_a_moment_twice(
    sources: list[Source], begin: int, length: int
) -> None:
    begin, end = T0 + begin, T0 + begin + length
    shows = plan(sources, begin, end)
    holes = missing(shows, begin, end)
    tiles = sorted([(s.wall, s.wall_end) for s in shows] + [(h.start, h.end) for h in holes])
    at = begin
    for a, b in tiles:
        assert a == at < b
        at = b
    assert at == end
    for show in shows:
        owner = show.stretch.sources[0]
        later = sources[[s is owner for s in sources].index(True) + 1 :]
        for other in later:
            start = other.segment.start
            assert show.wall_end <= start or start + 1_000_000 <= show.wall
