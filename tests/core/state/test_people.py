"""What people set: stored, found again, and refused with a sentence when it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from nvr_core.state import (
    cameras,
    events,
    holds,
    schedules,
    settings,
    volumes,
)
from nvr_core.state.columns import packed_id, unpacked_id
from nvr_core.state.errors import Refused
from nvr_core.wire.ids import new_id
from tests.core.state.conftest import NOON, Noon

KEY = bytes(range(32))


def refused(match: str, call: Callable[..., object], *given: Any, **named: Any) -> None:
    with pytest.raises(Refused, match=match):
        call(*given, **named)


def test_a_hold_is_in_force_until_it_runs_out_or_is_released(
    connection: Connection, clock: Noon
) -> None:
    camera = cameras.add_camera(connection, clock, name="c", channel=None).camera
    said = {"camera": camera, "began": 10, "ended": 20, "reason": "surat 12", "author": "Plt."}
    first = holds.add_hold(connection, clock, **said, until=NOON + 5)  # type: ignore[arg-type] # fields of both
    second = holds.add_hold(connection, clock, **said)  # type: ignore[arg-type] # fields of both
    assert holds.in_force(connection, now=NOON) == [first, second]
    assert holds.in_force(connection, now=NOON + 5) == [second]
    holds.release(connection, second.hold, at=NOON)
    assert holds.in_force(connection, now=NOON + 5) == []
    refused("is not after began", holds.add_hold, connection, clock, **{**said, "ended": 10})
    refused("has passed", holds.add_hold, connection, clock, **said, until=3)


def test_volumes(connection: Connection, clock: Noon) -> None:
    made = volumes.add_volume(connection, clock, root="/srv/ronda/", limit_bytes=5)
    assert (made.root, made.role, made.limit_bytes, made.state) == (
        "/srv/ronda",
        "primary",
        5,
        "here",
    )
    refused("is a volume already", volumes.add_volume, connection, clock, root="/srv/ronda")
    refused("neither an absolute path", volumes.add_volume, connection, clock, root="srv")
    refused("less than nothing", volumes.add_volume, connection, clock, root="/x", limit_bytes=-1)
    volumes.change_volume(
        connection, made.volume, state="leaving", role="copy", limit_bytes=None, reserve_bytes=9
    )
    (changed,) = volumes.list_volumes(connection)
    assert (changed.state, changed.role, changed.reserve_bytes) == ("leaving", "copy", 9)
    volumes.remove_volume(connection, made.volume)
    assert volumes.list_volumes(connection) == []


def test_events_come_newest_first_in_pages(connection: Connection, clock: Noon) -> None:
    made = [
        events.Seen(
            event=new_id(clock),
            topic="motion",
            subject="cam" if place % 2 else "other",
            began=NOON + place // 3,
            ended=None,
            measured_at=NOON,
            source="a test",
            severity="notice",
            detail={"n": place},
        )
        for place in range(12)
    ]
    events.add_events(connection, made)
    found: list[events.Seen] = []
    before = None
    while page := events.list_events(
        connection, began=NOON, ended=NOON + 9, before=before, limit=5
    ):
        found += page
        before = page[-1]
    assert [one.detail["n"] for one in found] == list(range(11, -1, -1))
    own = events.list_events(connection, began=NOON, ended=NOON + 9, subject="cam", topic="motion")
    assert [one.detail["n"] for one in own] == [11, 9, 7, 5, 3, 1]
    stored = [one.number for one in reversed(found)]
    later = events.stored_after(connection, number=stored[3], since=NOON, limit=4)
    assert [one.number for one in later] == stored[4:8]
    assert not events.stored_after(connection, number=0, since=NOON + 99)
    events.end_event(connection, made[0].event, at=NOON + 99)
    assert events.list_events(connection, began=NOON, ended=NOON + 1)[-1].ended == NOON + 99
    large = {
        **{name: getattr(made[0], name) for name in made[0].__slots__},
        "detail": {"x": "y" * 5000},
    }
    refused("longer than 4096", events.add_events, connection, [events.Seen(**large)])


def test_settings_and_schedules(connection: Connection, clock: Noon) -> None:
    assert settings.setting(connection, "past", "by-request") == "by-request"
    settings.set_setting(connection, clock, key="past", value="by-right", by="admin")
    settings.set_setting(connection, clock, key="past", value=["x"], by="admin")
    assert settings.all_settings(connection) == {"past": ["x"]}
    settings.remove_setting(connection, "past")
    assert settings.setting(connection, "past") is None
    camera = cameras.add_camera(connection, clock, name="c", channel=None).camera
    schedules.set_schedule(connection, clock, camera, rules={"a": 1}, by="local:0")
    schedules.set_schedule(connection, clock, camera, rules={"a": 2}, by="ronda.toml")
    (own,) = schedules.list_schedules(connection).values()
    assert (own.camera, own.rules, own.changed_by) == (camera, {"a": 2}, "ronda.toml")
    schedules.remove_schedule(connection, camera)
    schedules.remove_schedule(connection, camera)
    assert schedules.list_schedules(connection) == {}
    refused("not known", schedules.remove_schedule, connection, "nobody")


@given(st.uuids().map(str) | st.text(st.characters(codec=None), max_size=40))
def test_any_id_comes_back(given_id: str) -> None:
    assert unpacked_id(packed_id(given_id)) == given_id


def test_a_uuid_takes_16_bytes() -> None:
    assert len(packed_id(new_id(Noon()))) == 16
    assert len(packed_id(new_id(Noon()).upper())) != 16
