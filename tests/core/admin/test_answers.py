"""Each question is answered from what recorders told."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nvr_core.admin import answers, questions, register, rooms
from nvr_core.admin.office import Office
from nvr_core.admin.questions import LATEST
from nvr_core.admin.register import answered
from nvr_core.admin.seen import NothingComes
from nvr_core.clock import SECOND
from nvr_core.state import ledger, whereabouts
from nvr_core.state.catalogue import State
from nvr_core.storage.ages import Trust
from nvr_core.storage.service import Storage
from tests.core.admin import filled
from tests.core.admin.filled import GATE, HOUR, POST, SENTENCE, Still, said
from tests.core.state.telling import BEGAN, Teller


async def test_cameras_are_told_with_what_is_kept_and_what_is_missing_now(office: Office) -> None:
    gate, post = await said(office, questions.Cameras())
    assert isinstance(gate, answers.Camera)
    assert (gate.camera, gate.name, gate.removed_at) == (GATE, "Gerbang Utara", None)
    (main,) = gate.streams
    assert main.stream == "main"
    assert main.bytes > 0
    assert main.oldest == BEGAN
    assert (main.recorded, main.wanted) == (50 * SECOND, 90 * SECOND)
    assert main.open is not None
    assert (main.open.cause, main.open.sentence) == ("disk-slow", SENTENCE)
    assert main.open.began == BEGAN + 100 * SECOND
    assert post == answers.Camera(camera=POST, name="Pos Ronda", removed_at=None, streams=())


async def test_one_camera_is_told_by_its_name_in_any_case(office: Office) -> None:
    (gate,) = await said(office, questions.Cameras(camera="gerbang  UTARA"))
    assert isinstance(gate, answers.Camera)
    assert gate.camera == GATE


async def test_gaps_and_pauses_are_told_in_order_and_one_goes_on(office: Office) -> None:
    found = await said(office, questions.Gaps(camera=GATE))
    assert [
        (one.cause, one.pause, one.began - BEGAN, one.ended and one.ended - BEGAN)
        for one in found
        if isinstance(one, answers.Gap)
    ] == [
        ("camera-unreachable", False, 50 * SECOND, 80 * SECOND),
        ("by-schedule", True, 80 * SECOND, 100 * SECOND),
        ("disk-slow", False, 100 * SECOND, None),
    ]


async def test_gaps_of_another_span_are_left_out(office: Office) -> None:
    span = {"began": BEGAN, "ended": BEGAN + 60 * SECOND}
    found = await said(office, questions.Gaps(camera=GATE, **span))
    assert len(found) == 1
    assert await said(office, questions.Gaps(camera=POST)) == []


async def test_coverage_is_told_with_what_is_missing_by_cause(office: Office) -> None:
    gate, post = await said(office, questions.Coverage())
    assert isinstance(gate, answers.Covered)
    assert (gate.recorded, gate.wanted) == (50 * SECOND, 90 * SECOND)
    assert gate.missing == {"camera-unreachable": 30 * SECOND, "disk-slow": 10 * SECOND}
    assert isinstance(post, answers.Covered)
    assert (post.stream, post.wanted, post.missing) == ("main", 0, {})
    (again,) = await said(office, questions.Coverage(cameras=("pos ronda", POST)))
    assert again == post


async def test_segments_of_a_span_are_told_with_where_they_lie(office: Office) -> None:
    span = {"began": BEGAN + 5 * SECOND, "ended": BEGAN + 20 * SECOND}
    found = await said(office, questions.Segments(camera="gerbang utara", **span))
    told = [one for one in found if isinstance(one, answers.Segment)]
    assert [one.start - BEGAN for one in told] == [0, 10 * SECOND]
    first = told[0]
    assert (first.camera, first.name, first.stream) == (GATE, "Gerbang Utara", "main")
    assert (first.duration, first.codec, first.sha256) == (10 * SECOND, "avc1.64001f", "ab" * 32)
    (copy,) = first.copies
    assert (copy.root, copy.bytes, copy.verified) == ("/vol", 1000, None)
    assert copy.key.startswith(f"{GATE}/main/2026/11/23/")
    for stream, count in (("main", 2), ("sub", 0)):
        some = questions.Segments(camera=GATE, stream=stream, **span)
        assert len(await said(office, some)) == count
    assert await said(office, questions.Segments(camera=POST, **span)) == []


async def test_segments_beyond_one_page_are_each_told_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whereabouts, "PAGE", 2)
    every = questions.Segments(camera=GATE, began=0, ended=LATEST - 1)
    found = [one for one in await said(office, every) if isinstance(one, answers.Segment)]
    assert [one.start - BEGAN for one in found] == [n * 10 * SECOND for n in range(5)]


async def test_what_is_being_written_comes_last_and_without_a_length(
    office: Office, state: State, clock: Still
) -> None:
    teller = Teller(camera=POST, now=clock.now, _ids=itertools.count(1000))
    teller.started()
    teller.record([10 * SECOND] * 2)
    facts = partial(ledger.apply, recorder="av", facts=teller.numbered()[:-1])
    await state.write(facts, now=True)
    span = {"began": clock.now, "ended": clock.now + 60 * SECOND}
    closed, growing = await said(office, questions.Segments(camera=POST, **span))
    assert isinstance(closed, answers.Segment)
    assert isinstance(growing, answers.Segment)
    assert (closed.duration, growing.duration) == (10 * SECOND, None)
    assert (growing.start, growing.sha256) == (clock.now + 10 * SECOND, None)
    assert [copy.bytes for copy in growing.copies] == [None]
    before = {"began": clock.now, "ended": clock.now + SECOND}
    assert len(await said(office, questions.Segments(camera=POST, **before))) == 1


async def test_hello_is_answered_by_the_head_alone(office: Office) -> None:
    assert await said(office, questions.Hello()) == []
    assert register.head(office).zone == "Asia/Jakarta"


async def test_volumes_without_an_installation_say_why_nothing_is_known(office: Office) -> None:
    own, told = await said(office, questions.Volumes())
    assert isinstance(own, answers.Volume)
    assert isinstance(told, answers.Volume)
    assert (own.limit, own.files, own.free, own.days_left) == (1 << 30, 0, None, None)
    assert (told.files, told.oldest) == (5, BEGAN)
    assert "installation.json is missing" in told.trouble


async def test_events_are_told_newest_first_beyond_one_page(
    office: Office, state: State, clock: Still
) -> None:
    await filled.add(state, *(filled.seen(n, clock.now + n) for n in range(1100)))
    found = await said(office, questions.Events())
    told = [one.detail["place"] for one in found if isinstance(one, answers.Event)]
    assert told == list(reversed(range(1100)))
    assert isinstance(found[0], answers.Event)
    assert found[0].name == "Gerbang Utara"
    assert len(await said(office, questions.Events(since=clock.now + 1090))) == 10


async def test_followed_events_come_as_they_are_stored_also_old_ones(
    office: Office, state: State, clock: Still
) -> None:
    await filled.add(state, filled.seen(1, clock.now), filled.seen(2, clock.now - 48 * HOUR))
    async with aclosing(answered(office, questions.Events(follow=True))) as found:
        async with asyncio.timeout(20):
            first = await anext(found)
            later = asyncio.ensure_future(anext(found))
            await asyncio.sleep(0)
            await filled.add(state, filled.seen(3, clock.now - HOUR, subject="other"))
            second = await later
    assert isinstance(first, answers.Event)
    assert isinstance(second, answers.Event)
    assert (first.detail, second.detail) == ({"place": 1}, {"place": 3})
    assert (second.subject, second.name) == ("other", "")


async def test_nothing_is_followed_where_no_server_runs(
    state: State, clock: Still, tmp_path: Path
) -> None:
    alone = filled.office(state, clock, tmp_path / "data", follows=False)
    with pytest.raises(NothingComes, match="no server runs"):
        await said(alone, questions.Events(follow=True))


@pytest.mark.parametrize(
    "span", [{"began": 5}, {"ended": 5}, {"began": 5, "ended": 5}, {"began": -1, "ended": 5}]
)
def test_a_span_that_is_none_is_no_question(span: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="began"):
        questions.Coverage(**span)
    with pytest.raises(ValueError, match="began"):
        questions.Segments(camera="x", **span)


def test_the_last_hours_of_an_early_clock_begin_at_zero() -> None:
    assert questions.Coverage(last=HOUR).span(SECOND) == (0, SECOND)
    assert LATEST < 1 << 63


async def test_a_disk_that_does_not_answer_is_a_sentence(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(_: Callable[[], object], /) -> Any:
        await asyncio.Event().wait()

    storage = Storage(
        office.state,
        office.clock,
        stuck,
        installation="ours",
        trust=lambda: Trust(synchronised=True),
    )
    monkeypatch.setattr(rooms, "PATIENCE", 0.05)
    with pytest.raises(rooms.NoAnswer, match="a disk has not answered"):
        await said(dataclasses.replace(office, storage=storage), questions.Volumes())
