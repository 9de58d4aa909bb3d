from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from nvr_core.clock import SECOND
from nvr_core.recording.past import NothingRecorded
from nvr_core.recording.pictures import NoPicture
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, SegmentOpened
from nvr_web import footage_api
from tests.web.conftest import NOON, Office, eventually


async def json_of(office: Office, path: str, **query: object) -> Any:
    answer = await office.client.get(path, params={key: str(value) for key, value in query.items()})
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def parts(office: Office, **query: object) -> Any:
    query = {"from" if key == "start" else key: value for key, value in query.items()}
    return await json_of(office, f"/api/v1/cameras/{office.camera}/parts", **query)


async def recorded(office: Office) -> None:
    """A closed segment of two parts, and one that grows."""
    office.recorder.tell_all(office.story.whole(groups=2))
    office.recorder.tell(office.story.begin(), office.story.state("recording"))
    office.recorder.tell(*(office.story.fragment(key=key) for key in (True, False, True)))
    await office.heard()
    growing = office.recording.footage.stream(office.camera, "main").growing
    assert growing is not None
    await office.until(lambda: len(growing.segment.parts) == 1)


async def test_cameras_say_what_they_do(office: Office) -> None:
    await recorded(office)
    found = (await json_of(office, "/api/v1/cameras"))["cameras"]
    assert [(one["name"], one["state"]) for one in found] == [
        ("Gang Mawar", "recording"),
        ("<b>Pos & Ronda</b>", "unknown"),
    ]
    assert found[0]["streams"] == [
        {"stream": "main", "codec": "avc1.42c01e", "width": 640, "height": 360}
    ]


async def test_parts_have_addresses_that_give_their_bytes_for_ever(office: Office) -> None:
    await recorded(office)
    items = (await parts(office, start=NOON))["items"]
    assert [(len(item["parts"]), item["growing"]) for item in items] == [(2, False), (1, True)]
    assert [item["start"] for item in items] == [NOON, NOON + 2 * SECOND]
    for item in items:
        segment = office.recording.footage.segment(item["segment"])
        assert segment is not None
        content = Path(segment.path).read_bytes()
        head = await office.client.get(f"/api/v1/segment/{item['segment']}/init")
        assert await head.read() == content[: segment.init_size]
        assert b"moov" in content[: segment.init_size]
        for offset, size, _, _ in item["parts"]:
            answer = await office.client.get(f"/api/v1/segment/{item['segment']}/{offset}-{size}")
            assert await answer.read() == content[offset : offset + size]
            assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
            assert answer.headers["Content-Type"] == "video/mp4"


async def test_only_whole_parts_are_served_and_never_a_range(office: Office) -> None:
    await recorded(office)
    growing = (await parts(office, start=NOON))["items"][1]
    offset, size, _, _ = growing["parts"][0]
    where = f"/api/v1/segment/{growing['segment']}"
    for wrong in (f"{offset}-{size - 1}", f"{offset + 1}-{size}", f"{offset + size}-10", "0-1"):
        assert (await office.client.get(f"{where}/{wrong}")).status == 404
    answer = await office.client.get(f"{where}/{offset}-{size}", headers={"Range": "bytes=0-9"})
    assert answer.status == 200
    assert len(await answer.read()) == size
    assert "Accept-Ranges" not in answer.headers


async def test_a_player_goes_on_where_the_recording_goes_on(office: Office) -> None:
    await recorded(office)
    (_, growing) = (await parts(office, start=NOON))["items"]
    after = f"{growing['segment']}/{growing['parts'][-1][0]}"
    assert (await parts(office, after=after))["items"] == []
    segment = office.recording.footage.segment(growing["segment"])
    assert segment is not None
    office.recorder.tell(office.story.fragment())
    await eventually(lambda: len(segment.parts) == 2)
    (item,) = (await parts(office, after=after))["items"]
    assert item["start"] == NOON + 3 * SECOND


async def test_holes_come_with_their_cause(office: Office) -> None:
    office.recorder.tell_all(office.story.whole(groups=2))
    office.recorder.tell_all(office.story.gap(60))
    office.recorder.tell_all(office.story.whole(groups=2))
    await office.heard()
    found = await parts(office, start=NOON, lang="en")
    assert len(found["items"]) == 2
    assert found["gaps"] == [
        {
            "start": NOON + 2 * SECOND,
            "end": NOON + 62 * SECOND,
            "words": "The camera does not answer",
            "span": "12:00–12:01",
        }
    ]
    drawn = await json_of(
        office,
        f"/api/v1/cameras/{office.camera}/timeline",
        **{"from": NOON - 3600 * SECOND, "to": NOON + 120 * SECOND, "lang": "id"},
    )
    assert drawn["recorded"] == [
        [NOON, NOON + 2 * SECOND],
        [NOON + 62 * SECOND, NOON + 64 * SECOND],
    ]
    (gap,) = drawn["gaps"]
    assert (gap["family"], gap["words"], gap["span"], gap["length"]) == (
        "camera",
        "Kamera tidak menjawab",
        "12.00–12.01",
        "1 mnt",
    )
    assert ["Rekaman terlama", "12.00"] in drawn["facts"]
    assert drawn["doubtful"] == []


async def test_footage_of_a_clock_that_was_set_later_leads_to_its_right_time(
    office: Office,
) -> None:
    """Two seconds an hour slow, then the clock was mended."""
    office.recorder.tell_all(office.story.whole(groups=2))
    ended = NOON + 2 * SECOND
    hole = {"camera": office.camera, "stream": "main", "gap": "set", "cause": Cause.CLOCK}
    hole["recorder_start"] = "start-1"
    office.recorder.tell(
        GapOpened(**hole, wall=ended, monotonic=50 * SECOND),  # type: ignore[arg-type] # fields of both
        GapClosed(**hole, wall=ended + 3601 * SECOND, monotonic=51 * SECOND),  # type: ignore[arg-type] # fields of both
    )
    await office.heard()
    path = f"/api/v1/cameras/{office.camera}/timeline"
    said = "Direkam saat jam salah, mulai {0} 12.00.00. Bila jam kini benar, itu {0} 13.00.00."
    words = said.format("Selasa, 24 November 2026")
    wanted = [{"start": NOON, "end": ended, "by": 3600 * SECOND, "words": words}]
    for began in (NOON, NOON + 3600 * SECOND):
        asked = {"from": began, "to": began + 60 * SECOND, "lang": "id"}
        drawn = await json_of(office, path, **asked)
        assert drawn["doubtful"] == wanted
    other = NOON + 7200 * SECOND
    drawn = await json_of(office, path, **{"from": other, "to": other + 60 * SECOND})
    assert drawn["doubtful"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/cameras/nobody/parts?from=0", 404),
        ("/api/v1/cameras/{}/parts", 400),
        ("/api/v1/cameras/{}/parts?from=-1", 400),
        ("/api/v1/cameras/{}/parts?from=1e9", 400),
        ("/api/v1/cameras/{}/parts?from=99999999999999999", 400),
        ("/api/v1/cameras/{}/parts?from=0&stream=audio", 400),
        ("/api/v1/cameras/{}/parts?after=gone/0", 404),
        ("/api/v1/cameras/{}/parts?after=gone", 404),
        ("/api/v1/cameras/{}/timeline?from=5&to=5", 400),
        ("/api/v1/cameras/{}/timeline?from=0&to=9999999999999999", 400),
        ("/api/v1/segment/gone/init", 404),
        ("/api/v1/segment/gone/0-1", 404),
        ("/api/v1/segment/gone/x-y", 404),
        ("/api/v1/nothing", 404),
    ],
)
async def test_what_cannot_be_answered_is_refused(office: Office, path: str, status: int) -> None:
    answer = await office.client.get(path.format(office.camera))
    assert answer.status == status
    assert "Traceback" not in await answer.text()


async def test_a_file_that_was_deleted_is_forgotten(office: Office) -> None:
    await recorded(office)
    item = (await parts(office, start=NOON))["items"][0]
    segment = office.recording.footage.segment(item["segment"])
    assert segment is not None
    Path(segment.path).unlink()
    offset, size, _, _ = item["parts"][0]
    answer = await office.client.get(f"/api/v1/segment/{item['segment']}/{offset}-{size}")
    assert answer.status == 410
    assert len((await parts(office, start=NOON))["items"]) == 1


async def test_footage_on_a_disk_that_is_not_there_is_not_forgotten(office: Office) -> None:
    await recorded(office)
    item = (await parts(office, start=NOON))["items"][0]
    address = f"/api/v1/segment/{item['segment']}/init"
    office.folder.rename(office.folder.with_name("unmounted"))
    answer = await office.client.get(address, headers={"Accept-Language": "en"})
    assert answer.status == 503
    assert "disk with this footage is not there" in (await answer.json())["error"]
    assert answer.headers["Retry-After"] == "1"
    office.folder.with_name("unmounted").rename(office.folder)
    assert (await office.client.get(address)).status == 200


async def test_a_disk_that_hangs_makes_readers_come_again(office: Office) -> None:
    await recorded(office)
    item = (await parts(office, start=NOON))["items"][0]
    released = threading.Event()
    reads = office.recording.reads
    hanging = []
    try:
        with pytest.raises(Exception, match="wait for the disk"):  # noqa: PT012 -- until it is full
            while True:
                # Without a limit: one that ends by itself lets the next reader wait in its place.
                hanging.append(asyncio.create_task(reads.run(released.wait)))
                await asyncio.sleep(0)
                if hanging[-1].done():
                    hanging.pop().result()
        answer = await office.client.get(f"/api/v1/segment/{item['segment']}/init")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"
        assert (await json_of(office, "/healthz"))["server"] == "runs"
    finally:
        released.set()
    await asyncio.gather(*hanging)


async def test_a_reader_that_takes_nothing_is_hung_up_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footage_api, "PATIENCE", 0.2)
    big = office.folder / "big.mp4"
    big.write_bytes(bytes(32 << 20))
    opened = office.story.begin()
    office.recorder.tell(SegmentOpened(**{**vars(opened), "path": str(big), "init_size": 32 << 20}))
    await office.heard()
    url = office.client.make_url(f"/api/v1/segment/{opened.segment}/init")
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=1024)
    writer.write(f"GET {url.path} HTTP/1.1\r\nHost: {url.host}\r\n\r\n".encode())
    sending = office.client.app[footage_api.SENDING]
    await eventually(lambda: sending._value < footage_api.AT_ONCE)
    await eventually(lambda: sending._value == footage_api.AT_ONCE)
    assert not reader.at_eof(), "some of it had come"
    writer.close()


async def test_pictures_come_from_the_analyst_or_a_sentence_does(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def of(camera: str) -> bytes:
        if camera != office.camera:
            raise NoPicture("nothing of this camera is being received now")
        return b"\xff\xd8jpeg"

    monkeypatch.setattr(office.recording.newest, "of", of)
    answer = await office.client.get(f"/api/v1/picture/{office.camera}")
    assert (answer.content_type, await answer.read()) == ("image/jpeg", b"\xff\xd8jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    other = office.recording.cameras[1].id
    answer = await office.client.get(f"/api/v1/picture/{other}")
    assert answer.status == 503
    assert "nothing of this camera" in (await answer.json())["error"]


async def test_a_picture_of_the_past_is_asked_for_by_its_moment(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    async def of(camera: str, wall: int) -> bytes:
        asked.append((camera, wall))
        if wall < NOON:
            raise NothingRecorded("nothing of this camera was recorded at that moment")
        if wall > NOON:
            raise NoPicture("the frames cannot be decoded")
        return b"\xff\xd8jpeg"

    monkeypatch.setattr(office.recording.past, "of", of)
    where = f"/api/v1/picture/{office.camera}"
    answer = await office.client.get(where, params={"at": NOON})
    assert (answer.content_type, await answer.read()) == ("image/jpeg", b"\xff\xd8jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    for moment, status in ((NOON - 1, 404), (NOON + 1, 503)):
        answer = await office.client.get(where, params={"at": moment})
        assert answer.status == status
        assert (await answer.json())["error"]
    assert asked == [(office.camera, NOON + step) for step in (0, -1, 1)]
    for wrong in ("", "-1", "soon", "1e9"):
        assert (await office.client.get(where, params={"at": wrong})).status == 400
    answer = await office.client.get("/api/v1/picture/nobody", params={"at": NOON})
    assert answer.status == 404


async def test_a_moment_without_footage_has_no_picture(office: Office) -> None:
    answer = await office.client.get(f"/api/v1/picture/{office.camera}", params={"at": NOON})
    assert answer.status == 404
    assert "was recorded" in (await answer.json())["error"]
