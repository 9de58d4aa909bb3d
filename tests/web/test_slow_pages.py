"""Pages that take less than a camera sends, and files that are not there any more."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from nvr_core.clock import SECOND
from nvr_core.recording.backlog import WAITING_BYTES
from nvr_core.wire.facts import FragmentWritten, SegmentOpened
from nvr_web import live_socket
from nvr_web.live_socket import FRAGMENT, INIT
from tests.web.conftest import NOON, Office, eventually
from tests.web.test_live_socket import came, grows, opened, subscribe


def heavy(office: Office, opened: SegmentOpened, number: int) -> FragmentWritten:
    """A quarter of a second of 400 KiB, a key frame every second; all lie in one file."""
    return FragmentWritten(
        segment=opened.segment,
        camera=office.camera,
        stream="main",
        offset=number * (400 << 10),
        size=400 << 10,
        start=number * 22_500,
        duration=22_500,
        key=number % 4 == 0,
        wall=NOON + number * SECOND // 4,
    )


async def test_a_slow_page_skips_to_the_newest_key_frame_within_its_bound(office: Office) -> None:
    file = office.folder / "heavy.mp4"
    with file.open("wb") as sparse:
        sparse.truncate(80 << 20)
    opened_ = SegmentOpened(**{**vars(office.story.begin()), "path": str(file)})
    office.recorder.tell(opened_)
    await office.heard()
    socket = await opened(office)
    await subscribe(socket, office)
    live = office.recording.live
    await eventually(lambda: live.watched)
    (watch,) = live._watches[(office.camera, "main")]
    most = 0
    for number in range(160):
        live.written(heavy(office, opened_, number))
        most = max(most, watch.backlog.waiting_bytes)
        await asyncio.sleep(0.005)
    assert most <= WAITING_BYTES
    assert watch.backlog.skipped > 50
    numbers: list[int] = []
    async with asyncio.timeout(20):
        while not numbers or numbers[-1] < 159:
            one = await came(socket)
            if one.kind == FRAGMENT:
                numbers.append(one.start // 22_500)
    assert numbers == sorted(set(numbers))
    jumps = [after for before, after in pairwise(numbers) if after > before + 1]
    assert jumps
    assert all(number % 4 == 0 for number in jumps), "after a skip comes a key frame"


async def test_a_page_that_takes_nothing_is_hung_up_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_socket, "PATIENCE", 0.3)
    file = office.folder / "heavy.mp4"
    with file.open("wb") as sparse:
        sparse.truncate(80 << 20)
    opened_ = SegmentOpened(**{**vars(office.story.begin()), "path": str(file)})
    office.recorder.tell(opened_)
    await office.heard()
    socket = await opened(office)
    await subscribe(socket, office)
    live = office.recording.live
    await eventually(lambda: live.watched)
    async with asyncio.timeout(20):
        number = 0
        while live.watched:
            live.written(heavy(office, opened_, number % 160))
            number += 1
            await asyncio.sleep(0.02)


async def test_a_file_that_is_gone_is_skipped(office: Office) -> None:
    opened_ = SegmentOpened(**{**vars(office.story.begin()), "path": "/nowhere/gone.mp4"})
    office.recorder.tell(opened_)
    await office.heard()
    socket = await opened(office)
    await subscribe(socket, office)
    office.recorder.tell(*(heavy(office, opened_, number) for number in range(3)))
    await office.heard()
    await grows(office, True)
    assert (await came(socket)).kind == INIT
    assert (await came(socket)).kind == FRAGMENT
