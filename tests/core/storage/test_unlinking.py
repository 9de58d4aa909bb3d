"""What cannot be seen is not deleted, and what was not synced is not forgotten."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from nvr_core.state import files
from nvr_core.state.files import Held
from nvr_core.storage import unlinking
from nvr_core.storage.places import Place
from tests.core.storage.house import OURS, House


async def held(office: House) -> list[Held]:
    return await office.state.read(partial(files.every, volume=1))


async def test_a_disk_that_goes_in_the_middle_has_lost_nothing_more(office: House) -> None:
    await office.record(count=3)
    some = await held(office)
    place = Place(1, office.root(), OURS)

    def step(name: str) -> None:
        if name == f"unlinked: {some[0].key}":
            office.root().rename(office.root("away"))

    gone = unlinking.unlink(place, some, step)
    assert gone == [], "the first is unlinked, and nobody knows whether durably"
    assert len(office.disk("away")) == 2
    assert unlinking.unlink(place, some) == []
    assert unlinking.absent(place, some) == []
    office.root("away").rename(office.root())
    assert unlinking.absent(place, some) == some[:1]
    assert sorted(unlinking.unlink(place, some), key=lambda one: one.key) == some


@pytest.mark.parametrize("broken", ["unlink", "sync"])
async def test_what_cannot_be_deleted_durably_stays_known_and_is_tried_again(
    office: House, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    await office.record(count=2)
    await office.limit("volume", 1)

    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    target: tuple[object, str] = (Path, "unlink") if broken == "unlink" else (os, "fsync")
    monkeypatch.setattr(*target, refuse)
    storage = office.storage()
    assert await storage.round() == 0
    assert set((await office.rows()).values()) == {files.GARBAGE}
    monkeypatch.undo()
    storage = office.storage()
    await storage.start()
    await storage.round()
    assert await office.rows() == {}
    assert office.disk() == set()


def steps(seen: list[str]) -> Callable[[str], None]:
    return lambda name: seen.append(name.partition(":")[0])


async def test_each_effect_is_between_two_steps_in_the_order_of_the_rules(office: House) -> None:
    await office.record(count=1)
    await office.limit("volume", 1)
    seen: list[str] = []
    await office.storage(steps(seen)).round()
    assert seen == ["garbage", "garbage", "unlink", "unlinked", "sync", "synced", "rows", "rows"]
