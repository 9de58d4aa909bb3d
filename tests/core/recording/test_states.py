from __future__ import annotations

import pytest

from nvr_core.recording.footage import Footage, Origin
from nvr_core.recording.states import state_of, word_of
from nvr_core.testing.story import Story
from nvr_core.wire.facts import Cause
from tests.core.recording.conftest import NOON, Tell


def test_a_stream_that_records_is_recording_since_then(footage: Footage, story: Story) -> None:
    footage.apply(story.state("recording"), Origin("rtsp", 1, NOON))
    state = state_of(footage.stream("gang", "main"), None)
    assert (state.word, state.since, state.well) == ("recording", NOON, True)


def test_an_open_gap_says_more_than_the_retry_that_is_under_way(
    footage: Footage, story: Story, tell: Tell
) -> None:
    opened, closed = story.gap(10, Cause.LOGIN_REFUSED)
    tell([opened, story.state("connecting")])
    state = state_of(footage.stream("gang", "main"), None)
    assert (state.word, state.cause, state.since) == ("warning", Cause.LOGIN_REFUSED, NOON)
    tell([closed, story.state("recording")])
    assert state_of(footage.stream("gang", "main"), None).word == "recording"


def test_without_a_gap_the_state_itself_speaks(footage: Footage, story: Story, tell: Tell) -> None:
    stream = footage.stream("gang", "main")
    assert state_of(stream, None).word == "unknown"
    for state, cause, word in (
        ("connecting", None, "connecting"),
        ("ring", None, "live-only"),
        ("waiting", Cause.CAMERA_UNREACHABLE, "off"),
        ("waiting", Cause.CAMERA_SILENT, "no-picture"),
        ("parked", Cause.LOGIN_REFUSED, "warning"),
    ):
        tell([story.state(state, cause, "because")])
        found = state_of(footage.stream("gang", "main"), None)
        assert (found.word, found.cause) == (word, cause)
        assert found.well == (word == "live-only")


def test_nobody_knows_what_a_silent_recorder_does(
    footage: Footage, story: Story, tell: Tell
) -> None:
    tell([story.state("recording")])
    state = state_of(footage.stream("gang", "main"), NOON)
    assert (state.word, state.since) == ("unknown", NOON)


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_a_word(cause: Cause) -> None:
    assert word_of(cause) in ("off", "no-picture", "warning", "paused")
