"""The wall line: true to the earliest frames, bent gently, never moved once it was said."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nvr_core.media.wall import CLOCK, LASTING, STEP, Span, WallLine

SCALE = 90000
FPS = 25
START = 1_790_000_000_000_000
BOOT = 5_000_000_000
TICKS0 = (1 << 32) - 10 * SCALE
"""Media times pass the place where 32 bits end, in the first seconds of each test."""


@dataclass
class Camera:
    """Frames whose capture moments are known: how wrong the line is can be measured."""

    ppm: int = 0
    """How much slower the camera's clock goes."""
    seed: int = 0
    jitter_us: int = 0
    delay_us: int = 2000
    line: WallLine = field(default_factory=lambda: WallLine(SCALE))
    stalls: tuple[tuple[int, int], ...] = ()
    """(from, until) in µs since the start: what is sent meanwhile arrives at `until`."""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._arrived = 0

    def capture(self, ticks: int) -> int:
        """True µs since the start of the moment that a media time shows."""
        media = (ticks - TICKS0) * 1_000_000 // SCALE
        return media + media * self.ppm // 1_000_000

    def send(self, ticks: int) -> str | None:
        at = self.capture(ticks) + self.delay_us
        if self.jitter_us:
            at += int(self._random.expovariate(1 / self.jitter_us))
        for begin, end in self.stalls:
            if begin <= at < end:
                at = end
        self._arrived = at = max(at, self._arrived)
        return self.line.frame(ticks, BOOT + at, START + at)

    def segment(self, number: int, seconds: int, fps: int = FPS) -> Span:
        base = TICKS0 + number * seconds * SCALE
        for n in range(seconds * fps):
            ticks = base + n * SCALE // fps
            assert self.send(ticks) is None
        return self.line.cut(base, base + seconds * SCALE)

    def error(self, span: Span, number: int, seconds: int) -> int:
        """The largest of the errors at both ends of a closed segment, µs."""
        base = TICKS0 + number * seconds * SCALE
        return max(
            abs(span.start - START - self.capture(base)),
            abs(span.end - START - self.capture(base + seconds * SCALE)),
        )


def bent(span: Span) -> int:
    """How much a span differs from its media time, µs."""
    return abs(span.duration_us - span.ticks * 1_000_000 // SCALE)


@settings(max_examples=8, deadline=None)
@given(
    ppm=st.integers(-300, 300),
    jitter=st.integers(0, 80_000),
    seed=st.integers(0, 1000),
    stalls=st.lists(st.tuples(st.integers(5, 280), st.integers(1, 30)), max_size=3),
)
# A stall that lets a second's frames through and goes on: silent for ten seconds, but not away.
@example(ppm=0, jitter=0, seed=0, stalls=[(6, 12), (5, 3)])
def test_jitter_drift_and_backlog_keep_the_line_true_and_whole(
    ppm: int, jitter: int, seed: int, stalls: list[tuple[int, int]]
) -> None:
    camera = Camera(
        ppm=ppm,
        jitter_us=jitter,
        seed=seed,
        stalls=tuple((a * 1_000_000, (a + b) * 1_000_000) for a, b in stalls),
    )
    before: Span | None = None
    for number in range(6):
        span = camera.segment(number, 60)
        assert before is None or span.start == before.end
        assert bent(span) <= span.ticks * 1_000_000 // SCALE * 500 // 1_000_000
        assert camera.error(span, number, 60) < 2_000 + 4 * 60 * abs(ppm) + jitter // 4 + 2_000
        before = span


@pytest.mark.parametrize("ppm", [300, -300])
def test_a_clock_300_ppm_off_for_a_day_is_followed_all_day(ppm: int) -> None:
    camera = Camera(ppm=ppm, jitter_us=5_000)
    worst, end = 0, None
    for number in range(24 * 60):
        span = camera.segment(number, 60, fps=1)
        assert end is None or span.start == end
        assert bent(span) <= 60 * 500
        worst, end = max(worst, camera.error(span, number, 60)), span.end
    assert worst < 60_000
    assert camera.capture(TICKS0 + 24 * 3600 * SCALE) - 24 * 3600 * 1_000_000 == ppm * 86_400
    assert abs(span.drift_ppm - ppm) < 2


def test_the_line_that_a_backlog_at_the_start_bent_comes_back_by_500_ppm_at_most() -> None:
    camera = Camera(stalls=((0, 30_000_000),))
    late = Camera(delay_us=1_500_000)
    first = late.segment(0, 10)
    assert late.error(first, 0, 10) == 1_500_000
    late.delay_us = 0
    spans = [late.segment(n, 10) for n in range(1, 30)]
    assert {bent(s) for s in spans} == {10 * 500}
    assert spans[-1].end - START == 300_000_000 + 1_500_000 - 29 * 10 * 500
    # A backlog that ends within the first segment leaves no trace at all.
    assert camera.error(camera.segment(0, 60), 0, 60) == camera.delay_us


def test_provisional_times_are_those_of_the_segment_before_until_it_is_cut() -> None:
    camera = Camera(ppm=200)
    first = camera.segment(0, 60)
    base = TICKS0 + 60 * SCALE
    assert camera.line.wall(base) == first.end
    second = camera.segment(1, 60)
    third = TICKS0 + 120 * SCALE
    ahead = camera.line.wall(third + 60 * SCALE)
    assert ahead == second.end + 60_000_000 + (second.duration_us - 60_000_000)


def test_a_segment_in_which_nothing_arrived_goes_on_as_before() -> None:
    camera = Camera(ppm=100)
    camera.segment(0, 60)
    second = camera.segment(1, 60)
    base = TICKS0 + 120 * SCALE
    silent = camera.line.cut(base, base + 60 * SCALE)
    assert silent.start == second.end
    assert abs(silent.duration_us - second.duration_us) <= 1
    assert silent.drift_ppm == second.drift_ppm


def test_one_late_frame_is_no_jump() -> None:
    camera = Camera()
    camera.segment(0, 60)
    for n in range(100):
        camera.stalls = ((61_000_000, 69_000_000),)
        assert camera.send(TICKS0 + 60 * SCALE + n * SCALE // FPS) is None


def test_frames_that_a_camera_dropped_in_a_stall_are_no_jump() -> None:
    camera = Camera(stalls=((62_000_000, 80_000_000),))
    camera.segment(0, 60)
    assert camera.send(TICKS0 + 62 * SCALE) is None
    assert camera.send(TICKS0 + 75 * SCALE) is None, "13 s at once, but 18 s had been waiting"


@pytest.mark.parametrize("step", [3, 3600])
def test_a_step_of_the_time_stamps_is_a_jump_at_once(step: int) -> None:
    camera = Camera()
    camera.segment(0, 10)
    at = 10_000_000 + camera.delay_us
    ticks = TICKS0 + (10 + step) * SCALE
    before = camera.line.wall(ticks)
    assert camera.line.frame(ticks, BOOT + at, START + at) == STEP
    assert camera.line.wall(ticks) == before, "the line is as it was"


def test_a_step_of_under_two_seconds_is_lived_with() -> None:
    camera = Camera()
    camera.segment(0, 10)
    at = 10_000_000
    assert camera.line.frame(TICKS0 + 11 * SCALE + SCALE // 2, BOOT + at, START + at) is None


def test_two_small_steps_are_no_jump_before_they_have_lasted() -> None:
    camera = Camera()
    camera.segment(0, 10)
    for seconds, ahead in ((10, 1.5), (10.04, 3.0)):
        ticks = TICKS0 + int((seconds + ahead) * SCALE)
        at = int(seconds * 1_000_000)
        assert camera.line.frame(ticks, BOOT + at, START + at) is None


@pytest.mark.parametrize("away", [2_500_000, 60_000_000])
def test_an_offset_that_lasts_ten_seconds_is_a_jump(away: int) -> None:
    camera = Camera()
    camera.segment(0, 20)
    for n in range(600):
        ticks = TICKS0 + 20 * SCALE + n * SCALE // FPS
        at = camera.capture(ticks) + away
        said = camera.line.frame(ticks, BOOT + at, START + at)
        if said is not None:
            break
    assert (said, n) == (LASTING, 10 * FPS)


def test_a_long_backlog_that_drains_is_no_jump() -> None:
    camera = Camera()
    camera.segment(0, 20)
    for n in range(60 * FPS):
        ticks = TICKS0 + 20 * SCALE + n * SCALE // FPS
        # 20 s of silence, then twice as fast as it was made.
        at = 40_000_000 + n * 1_000_000 // FPS // 2
        at = max(at, camera.capture(ticks))
        assert camera.line.frame(ticks, BOOT + at, START + at) is None


@pytest.mark.parametrize("step", [-3_000_000, 3_000_000, 86_400_000_000])
def test_a_step_of_the_system_clock_is_told_apart(step: int) -> None:
    camera = Camera()
    camera.segment(0, 10)
    at = 10_000_000
    ticks = TICKS0 + 10 * SCALE
    assert camera.line.frame(ticks, BOOT + at, START + at + step) == CLOCK


def test_audio_times_do_not_lose_a_microsecond_at_a_border() -> None:
    line = WallLine(44100)
    end, walls = 0, []
    for n in range(100):
        begin, end = end, end + 44100 + n
        for ticks in range(begin, end, 1024):
            us = ticks * 1_000_000 // 44100
            assert line.frame(ticks, us, START + us) is None
        walls.append(line.cut(begin, end))
    assert walls[-1].end == START + end * 1_000_000 // 44100
    assert walls[7].scale == pytest.approx(1_000_000 / 44100, rel=1e-6)


def test_a_segment_behind_a_hole_lies_on_the_line_and_not_at_the_end_of_the_last() -> None:
    camera = Camera()
    first = camera.segment(0, 60)
    base = TICKS0 + 100 * SCALE
    for n in range(60 * FPS):
        assert camera.send(base + n * SCALE // FPS) is None
    second = camera.line.cut(base, base + 60 * SCALE)
    assert second.start - first.start == 100_000_000
