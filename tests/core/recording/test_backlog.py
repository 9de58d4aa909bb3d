from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.clock import SECOND
from nvr_core.recording.backlog import Backlog
from nvr_core.wire.facts import FragmentWritten


def fragment(at: float, key: bool = False, size: int = 100) -> FragmentWritten:
    return FragmentWritten(
        segment="s",
        camera="c",
        stream="main",
        offset=round(at * 1000),
        size=size,
        start=round(at * 90_000),
        duration=22_500,
        key=key,
        wall=round(at * SECOND),
    )


def taken(backlog: Backlog) -> list[float]:
    found = []
    while (one := backlog.take()) is not None:
        found.append(one.wall / SECOND)
    return found


def test_begins_at_a_key_frame() -> None:
    backlog = Backlog()
    for one in (fragment(0), fragment(0.25), fragment(0.5, key=True), fragment(0.75)):
        backlog.put(one)
    assert taken(backlog) == [0.5, 0.75]


def test_who_is_two_seconds_behind_goes_on_at_the_newest_key_frame() -> None:
    backlog = Backlog()
    for step in range(12):
        backlog.put(fragment(step / 4, key=step % 4 == 0))
    assert taken(backlog)[0] == 0
    for step in range(13):
        backlog.put(fragment(step / 4, key=step % 4 == 0))
    assert taken(backlog) == [3.0]
    assert backlog.skipped == 12


def test_who_keeps_up_loses_nothing() -> None:
    backlog = Backlog()
    seen = []
    for step in range(100):
        backlog.put(fragment(step / 4, key=step % 40 == 0))
        seen += taken(backlog)
    assert seen == [step / 4 for step in range(100)]
    assert backlog.skipped == 0


def test_bytes_are_bounded_and_what_is_kept_starts_with_the_newest_key_frame() -> None:
    backlog = Backlog(limit=1000)
    for step in range(8):
        backlog.put(fragment(step / 100, key=step in (0, 5), size=150))
    assert backlog.waiting_bytes <= 1000
    assert taken(backlog) == [0.05, 0.06, 0.07]


def test_a_group_larger_than_the_bound_is_given_up_until_the_next_key_frame() -> None:
    backlog = Backlog(limit=1000)
    for step in range(20):
        backlog.put(fragment(step / 100, key=step == 0, size=150))
    assert taken(backlog) == []
    backlog.put(fragment(1, key=True))
    assert taken(backlog) == [1]


def test_restart_waits_for_a_key_frame() -> None:
    backlog = Backlog()
    backlog.put(fragment(0, key=True))
    backlog.restart()
    backlog.put(fragment(0.25))
    assert len(backlog) == 0
    backlog.put(fragment(0.5, key=True))
    assert taken(backlog) == [0.5]


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 400), st.integers(0, 3)), min_size=1, max_size=80
    )
)
def test_a_viewer_never_gets_a_frame_that_cannot_be_decoded(
    steps: list[tuple[bool, int, int]],
) -> None:
    """After a skip the next fragment is a key one; the bound holds at every moment."""
    backlog = Backlog(limit=1000)
    sent: list[int] = []
    for number, (key, size, takes) in enumerate(steps):
        backlog.put(fragment(number / 4, key=key, size=size))
        assert backlog.waiting_bytes <= 1000
        for _ in range(takes):
            one = backlog.take()
            if one is not None:
                place = round(one.wall * 4 / SECOND)
                assert one.key or (sent and sent[-1] == place - 1)
                sent.append(place)
    assert sent == sorted(set(sent))


@pytest.mark.parametrize("limit", [1, 99])
def test_a_fragment_larger_than_the_bound_is_left_out(limit: int) -> None:
    backlog = Backlog(limit=limit)
    backlog.put(fragment(0, key=True, size=100))
    assert taken(backlog) == []
