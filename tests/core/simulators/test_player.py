"""The timer of a loop: which frame is due when, on a clock that the test moves."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.simulators.loops import Coded, Loop, LoopSpec, make_loop
from nvr_core.simulators.player import CameraClock, Player

MIDNIGHT = 1_700_006_400 * SECOND
B_FRAMES = (0, 3, 1, 2, 6, 4, 5, 7)


class Steered:
    """A clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.at = MIDNIGHT
        self.step = 0

    def wall(self) -> int:
        return self.at + self.step

    def monotonic(self) -> int:
        return self.at - MIDNIGHT


def loop_of(order: tuple[int, ...], keys: tuple[int, ...] = (0,)) -> Loop:
    """Two seconds at 4 frames a second."""
    coded = [Coded(number, number in keys, (b"",)) for number in order]
    return make_loop(LoopSpec(fps=4, seconds=2), [], coded)


def test_frames_without_reordering_leave_when_they_are_shown() -> None:
    loop = loop_of(tuple(range(8)))
    assert [unit.due for unit in loop.units] == [n * SECOND // 4 for n in range(8)]
    assert [unit.ticks for unit in loop.units] == [n * 22_500 for n in range(8)]


def test_reordered_frames_leave_when_the_latest_of_them_exists() -> None:
    loop = loop_of(B_FRAMES)
    assert [unit.due for unit in loop.units] == [(n + 2) * SECOND // 4 for n in range(8)]
    assert [unit.ticks // 22_500 for unit in loop.units] == list(B_FRAMES)


@given(
    after=st.integers(MIDNIGHT, MIDNIGHT + 10 * SECOND),
    delay=st.integers(0, SECOND),
    order=st.sampled_from([tuple(range(8)), B_FRAMES]),
)
def test_next_is_the_first_frame_at_or_after_a_time(
    after: int, delay: int, order: tuple[int, ...]
) -> None:
    player = Player(loop_of(order), CameraClock(Steered()), delay)
    lap, place = player.next(after, key=False)
    assert player.due(lap, place) >= after
    before = (lap, place - 1) if place else (lap - 1, 7)
    assert player.due(*before) < after


@given(after=st.integers(MIDNIGHT, MIDNIGHT + 10 * SECOND))
def test_the_next_key_frame_is_one_and_none_is_skipped(after: int) -> None:
    player = Player(loop_of(tuple(range(8)), keys=(0, 4)), CameraClock(Steered()))
    lap, place = player.next(after, key=True)
    assert place in (0, 4)
    assert 0 <= player.due(lap, place) - after < SECOND


async def heard(player: Player, clock: Steered, moments: list[int]) -> list[tuple[int, int]]:
    """Laps (since the first) and places that are played while the clock goes to these moments."""
    played: list[tuple[int, int]] = []
    rung = asyncio.Event()

    def listen(_player: Player, lap: int, place: int, _now: int) -> None:
        played.append((lap - MIDNIGHT // (2 * SECOND), place))
        rung.set()

    undo = player.add(listen)
    for moment in moments:
        clock.at = moment
        rung.clear()
        async with asyncio.timeout(5):
            await rung.wait()
    undo()
    return played


async def test_every_frame_is_played_once_and_in_order() -> None:
    clock = Steered()
    player = Player(loop_of(tuple(range(8))), CameraClock(clock))
    moments = [MIDNIGHT + n * SECOND // 4 for n in range(1, 11)]
    played = await heard(player, clock, moments)
    assert played == [(lap, place) for lap in (0, 1) for place in range(8)][: len(played)]
    assert len(played) == 11


async def test_a_stopped_process_goes_on_at_the_present() -> None:
    clock = Steered()
    player = Player(loop_of(tuple(range(8))), CameraClock(clock))
    played = await heard(player, clock, [MIDNIGHT, MIDNIGHT + 60 * SECOND])
    assert played == [(0, 0), (30, 0)]


async def test_a_step_of_the_wall_clock_does_not_touch_the_camera() -> None:
    clock = Steered()
    camera = CameraClock(clock)
    clock.step = 3600 * SECOND
    assert camera.now() == MIDNIGHT
