from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.recording.footage import Origin
from nvr_core.recording.notices import MOST, PASSING, Notices
from nvr_core.state.told_notices import Stored
from nvr_core.wire.facts import Notice, RecorderStarted, StreamState
from tests.core.recording.conftest import NOON

STARTED = RecorderStarted(
    recorder_start="s", boot="b", version="0", wall=NOON, monotonic=0, synchronised=True
)


def notice(code: str, camera: str = "", stream: str = "", sentence: str = "") -> Notice:
    return Notice(code=code, sentence=sentence or code, camera=camera, stream=stream)


def codes(notices: Notices, now: int = NOON) -> list[str]:
    return [told.notice.code for told in notices.standing(now)]


@pytest.fixture
def notices() -> Notices:
    return Notices()


def test_the_newest_of_each_kind_stands(notices: Notices) -> None:
    for number, sentence in enumerate(("first", "second"), 1):
        notices.apply(notice("foreign-file", sentence=sentence), Origin("rtsp", number, NOON))
        notices.apply(notice("unsupported", "gang", "main-audio"), Origin("rtsp", number, NOON))
        notices.apply(notice("unsupported", "pos", "main"), Origin("rtsp", number, NOON))
    told = [(one.notice.code, one.notice.camera) for one in notices.standing(NOON)]
    assert told == [("unsupported", "pos"), ("unsupported", "gang"), ("foreign-file", "")]
    assert notices.standing(NOON)[-1].notice.sentence == "second"


@pytest.mark.parametrize("code", ["disk-full", "disk-lost", "disk-slow"])
def test_a_disk_is_in_one_trouble_until_it_is_well(notices: Notices, code: str) -> None:
    notices.apply(notice("disk-slow"), Origin("rtsp", 1, NOON))
    notices.apply(notice(code), Origin("rtsp", 2, NOON))
    assert codes(notices) == [code]
    assert codes(notices, NOON + 10 * PASSING) == [code], "it stands as long as it lasts"
    notices.apply(notice("disk-well"), Origin("av", 1, NOON))
    assert codes(notices) == [code], "another recorder's word on its own writing"
    notices.apply(notice("disk-well"), Origin("rtsp", 3, NOON))
    assert codes(notices) == []


def test_what_two_recorders_say_stands_once_and_until_both_are_well(notices: Notices) -> None:
    for name in ("rtsp", "av"):
        notices.apply(notice("disk-lost"), Origin(name, 1, NOON))
    assert codes(notices) == ["disk-lost"]
    notices.apply(notice("disk-well"), Origin("av", 2, NOON))
    assert codes(notices) == ["disk-lost"]
    notices.apply(notice("disk-well"), Origin("rtsp", 2, NOON))
    assert codes(notices) == []


@pytest.mark.parametrize(
    ("state", "left"),
    [("recording", 1), ("ring", 1), ("ended", 1), ("connecting", 2), ("waiting", 2)],
)
def test_a_stream_that_arrives_is_supported(notices: Notices, state: str, left: int) -> None:
    for stream in ("main", "main-audio"):
        notices.apply(notice("unsupported", "gang", stream), Origin("rtsp", 1, NOON))
    notices.apply(StreamState(camera="gang", stream="main", state=state), Origin("rtsp", 2, NOON))
    assert len(codes(notices)) == left


def test_a_new_start_tells_anew_what_is_still_so(notices: Notices) -> None:
    for name in ("rtsp", "av"):
        notices.apply(notice("memory-full"), Origin(name, 1, NOON))
        notices.apply(notice("disk-lost"), Origin(name, 2, NOON))
    notices.apply(STARTED, Origin("rtsp", 1_000_000, NOON))
    assert {told.origin.recorder for told in notices.standing(NOON)} == {"av"}


@pytest.mark.parametrize(
    "code", ["memory-full", "rings-shortened", "foreign-file", "of-a-later-one"]
)
def test_what_nothing_overtakes_stands_for_a_day(notices: Notices, code: str) -> None:
    notices.apply(notice(code), Origin("rtsp", 1, NOON))
    assert codes(notices, NOON + PASSING - 1) == [code]
    assert codes(notices, NOON + PASSING) == []


def test_what_was_told_before_this_server_still_holds(notices: Notices) -> None:
    before = [Stored("rtsp", NOON, notice("disk-lost")), Stored("rtsp", NOON, notice("disk-well"))]
    notices.begin([*before, Stored("av", NOON, notice("disk-full"))])
    assert codes(notices, NOON) == ["disk-full"]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 50)), max_size=300))
def test_they_are_bounded_and_the_newest_stay(told: list[tuple[str, int]]) -> None:
    notices = Notices()
    for code, camera in told:
        notices.apply(notice(code, str(camera)), Origin("rtsp", 1, NOON))
    standing = [(one.notice.code, int(one.notice.camera)) for one in notices.standing(NOON)]
    assert len(standing) <= MOST
    assert standing == list(dict.fromkeys(reversed(told)))[:MOST]
