"""How long to wait, by the numbers of docs/design/plugins.md."""

from __future__ import annotations

from nvr_core.contract import NotReady, Text
from nvr_core.host.steering import Patience, judge

AWAY = judge(NotReady(Text("away")))
MISTAKE = judge(ValueError())


def patience() -> Patience:
    return Patience(lambda: 0.5)


def test_delays_double_up_to_five_minutes() -> None:
    own = patience()
    delays = [own.failed(AWAY, now=0, lived=None) for _ in range(9)]
    assert delays == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_jitter_is_a_tenth_to_each_side() -> None:
    assert Patience(lambda: 0.0).failed(AWAY, now=0, lived=None) == 4.5
    assert round(Patience(lambda: 1.0).failed(AWAY, now=0, lived=None) or 0, 6) == 5.5


def test_a_live_one_is_reopened_once_and_again_when_it_lived_for_a_minute() -> None:
    own = patience()
    lives = [1.0, 1.0, 1.0, 61.0, 2.0, 2.0]
    assert [own.failed(AWAY, now=0, lived=one) for one in lives] == [0, 5, 10, 0, 5, 10]


def test_the_other_side_may_ask_for_more_but_not_for_days() -> None:
    own = patience()
    asked = judge(NotReady(Text("busy"), retry_after=90))
    assert own.failed(asked, now=0, lived=None) == 90
    assert own.failed(judge(NotReady(Text("x"), retry_after=9e9)), now=0, lived=None) == 300


def test_five_mistakes_within_ten_minutes_are_enough() -> None:
    own = patience()
    assert None not in [own.failed(MISTAKE, now=at, lived=None) for at in (0, 10, 20, 30)]
    assert own.failed(MISTAKE, now=599, lived=None) is None
    slow = patience()
    assert None not in [slow.failed(MISTAKE, now=at * 151, lived=None) for at in range(20)]
    mixed = patience()
    assert None not in [mixed.failed(AWAY, now=0, lived=None) for _ in range(20)]
