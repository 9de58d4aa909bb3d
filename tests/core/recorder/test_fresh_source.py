"""Sources that are good for one connection, or until they are refused, or for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nvr_core.clock import SECOND, SystemClock
from nvr_core.recorder.failures import DeviceFull, LoginRefused, NoConnection, Silent, Unreachable
from nvr_core.recorder.spent import Spent
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.site import Site
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.wire.facts import SegmentOpened, SourceNeeded, StreamState
from nvr_core.wire.wants import Source, StreamWant

FRESH = replace(IMPATIENT, fresh_source=1.0)


def at(rig: Rig, site: Site, name: str, **source: Any) -> StreamWant:
    """The one stream, found at the address of this simulated camera for now."""
    want = rig.stream(site.url(name))
    return replace(want, source=replace(want.source, **source))


def spec(name: str) -> CameraSpec:
    return CameraSpec(name=name, label="")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, options=FRESH)


def urls(site: Site) -> Iterator[str]:
    for camera in site.cameras.values():
        yield from (camera.spec.name for one in camera.requests if one.method == "PLAY")


async def test_another_url_cuts_nothing_and_is_used_at_the_next_connect(
    rig: Rig, loop_cache: Path
) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(simulate([spec("one")], cache=loop_cache))
        async with rig.recorder(), simulate([spec("two")], cache=loop_cache) as second:
            rig.want(at(rig, first, "one", refresh="each_connect"))
            await rig.until(lambda: rig.told(StreamState, state="recording"))
            rig.want(at(rig, second, "two", refresh="each_connect"))
            before = len(rig.told(StreamState))
            rig.want(at(rig, second, "two", refresh="each_connect"))
            assert list(urls(second)) == []
            assert len(rig.told(StreamState)) == before
            await stack.aclose()
            await rig.until(lambda: len(rig.told(StreamState, state="recording")) == 2)
            assert list(urls(second)) == ["two"]
            assert rig.told(SourceNeeded) == [], "another one was at hand"


async def test_what_is_good_for_one_connection_is_asked_for_anew(
    rig: Rig, loop_cache: Path
) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(simulate([spec("one")], cache=loop_cache))
        async with rig.recorder(), simulate([spec("two")], cache=loop_cache) as second:
            rig.want(at(rig, first, "one", refresh="each_connect"))
            await rig.until(lambda: rig.told(SegmentOpened))
            await stack.aclose()
            await rig.until(lambda: rig.told(SourceNeeded))
            (needed, *_) = rig.told(SourceNeeded)
            assert (needed.camera, needed.stream) == (rig.camera, "main")
            assert needed.why == "it is good for one connection"
            rig.want(at(rig, second, "two", refresh="each_connect"))
            await rig.until(lambda: len(rig.told(StreamState, state="recording")) == 2)


async def test_with_no_server_the_old_one_is_tried_all_the_same(rig: Rig, loop_cache: Path) -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(simulate([spec("one")], cache=loop_cache))
        async with rig.recorder():
            rig.want(at(rig, first, "one", refresh="each_connect"))
            await rig.until(lambda: rig.told(SegmentOpened))
            await stack.aclose()
            await rig.until(lambda: rig.told(SourceNeeded))
            async with simulate([spec("one")], cache=loop_cache, port=first.port):
                await rig.until(lambda: len(rig.told(StreamState, state="recording")) == 2, 30)


async def test_what_is_refused_is_asked_for_anew(rig: Rig, loop_cache: Path) -> None:
    async with rig.recorder(), simulate([spec("one")], cache=loop_cache) as site:
        gone = at(rig, site, "one", refresh="on_refusal")
        rig.want(replace(gone, source=replace(gone.source, url=f"{gone.source.url}-of-yesterday")))
        await rig.until(lambda: rig.told(SourceNeeded))
        assert rig.told(SourceNeeded)[0].why == "the device refused it"
        rig.want(gone)
        await rig.until(lambda: rig.told(StreamState, state="recording"))


async def test_what_has_expired_is_not_tried_before_another_was_asked_for(
    rig: Rig, loop_cache: Path
) -> None:
    async with rig.recorder(), simulate([spec("one")], cache=loop_cache) as site:
        now = rig.clock.wall()
        rig.want(at(rig, site, "one", expires_at=now - SECOND))
        await rig.until(lambda: rig.told(SourceNeeded))
        assert rig.told(SourceNeeded)[0].why == "it has expired"
        assert list(urls(site)) == []
        rig.want(at(rig, site, "one", expires_at=now + 3600 * SECOND))
        await rig.until(lambda: rig.told(StreamState, state="recording"))


def test_no_sentence_repeats_the_secret_pieces_of_a_url() -> None:
    source = Source(url="http://127.0.0.1/t0ken/live", secret_parts=("t0ken", ""))
    assert source.hide("http://127.0.0.1/t0ken/live answers 404") == (
        "http://127.0.0.1/…/live answers 404"
    )


@pytest.mark.parametrize(
    ("failure", "spent"),
    [
        (LoginRefused("no"), True),
        (Unreachable("404"), True),
        (NoConnection("no power"), False),
        (Silent("nothing"), False),
        (DeviceFull("453"), False),
    ],
)
def test_only_an_answer_says_that_a_source_is_spent(failure: Any, spent: bool) -> None:
    one = Source(url="rtsp://127.0.0.1/1", refresh="on_refusal")
    it = Spent(SystemClock())
    assert it.why(one) == ""
    it.used(one)
    it.failed(failure)
    assert bool(it.why(one)) is spent
    assert it.why(replace(one, url="rtsp://127.0.0.1/2")) == ""
    assert it.why(replace(one, refresh="never")) == ""
