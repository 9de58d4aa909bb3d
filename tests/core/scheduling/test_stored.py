"""A policy survives the database; what is no policy is refused in a sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from nvr_core.scheduling import Policy, PolicyError, parse, restored, stored
from tests.core.scheduling.weeks import policies


@given(policies())
def test_a_policy_survives_json(policy: Policy) -> None:
    assert restored(json.loads(json.dumps(stored(policy)))) == policy


def test_the_form_is_that_of_version_1() -> None:
    assert stored(parse("mon 06:00-18:00, sun 23:00-01:00")) == {
        "version": 1,
        "keep": "weekly",
        "windows": [[360, 1080], [10020, 10140]],
    }
    assert stored(parse("always")) == {"version": 1, "keep": "always"}
    assert stored(parse("never")) == {"version": 1, "keep": "never"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"version": 1},
        {"version": 0, "keep": "always"},
        {"version": 1, "keep": "sometimes"},
        {"version": 1, "keep": "weekly"},
        {"version": 1, "keep": "weekly", "windows": [[1, 2, 3]]},
        {"version": 1, "keep": "weekly", "windows": [[1, "2"]]},
        {"version": 1, "keep": "weekly", "windows": [[False, True]]},
        {"version": 1, "keep": "weekly", "windows": {"1": 2}},
    ],
)
def test_what_is_no_policy_is_refused(value: object) -> None:
    with pytest.raises(PolicyError, match=r"^field recording: .* is no stored policy; right would"):
        restored(value)


def test_a_newer_policy_asks_for_a_newer_program() -> None:
    with pytest.raises(PolicyError, match="version 2 of a policy is newer than this program"):
        restored({"version": 2, "keep": "event-only"})


def test_windows_out_of_the_week_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"field night: \[5, 2\] is no window"):
        restored({"version": 1, "keep": "weekly", "windows": [[5, 2]]}, field="night")
