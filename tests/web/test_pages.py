from __future__ import annotations

import pytest

from nvr_core.clock import SECOND
from nvr_core.wire.facts import Cause, Notice
from tests.web.conftest import NOON, Office

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


async def page(office: Office, path: str, **headers: str) -> str:
    answer = await office.client.get(path, headers=headers)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    return await answer.text()


async def test_the_wall_opens_with_what_is_true_now(office: Office) -> None:
    office.recorder.tell(office.story.state("recording"), at=NOON)
    await office.heard()
    text = await page(office, "/")
    assert '<html lang="id"' in text
    assert "1 dari 2 kamera merekam" in text
    assert "Selasa, 24 November 2026, 12.15 WIB" in text
    english = await page(office, "/", **ENGLISH)
    assert "1 of 2 cameras recording" in english
    assert "Tuesday, 24 November 2026, 12:15 WIB" in english


async def test_the_reader_picks_a_language_once(office: Office) -> None:
    assert '<html lang="en"' in await page(office, "/?lang=en")
    assert '<html lang="en"' in await page(office, "/")
    assert '<html lang="id"' in await page(office, "/?lang=id", **ENGLISH)
    assert '<html lang="id"' in await page(office, "/", **ENGLISH)
    assert '<html lang="id"' in await page(office, "/?lang=xx")


async def test_a_camera_in_trouble_says_since_when_why_and_what_to_do(office: Office) -> None:
    opened, closed = office.story.gap(60, Cause.CAMERA_UNREACHABLE)
    office.recorder.tell(opened)
    await office.heard()
    text = await page(office, "/")
    assert "Gang Mawar: Kamera tidak menjawab sejak 12.00" in text
    assert "Periksa listrik dan kabel kamera" in text
    assert "Mati" in text
    own = await page(office, f"/camera/{office.camera}", **ENGLISH)
    assert "Gang Mawar, since 12:00: The camera does not answer" in own
    office.recorder.tell(closed, office.story.state("recording"))
    await office.heard()
    assert "Periksa listrik" not in await page(office, "/")


async def test_a_silent_recorder_is_told_once_for_all_its_cameras(office: Office) -> None:
    async with office.client.get("/") as answer:
        assert "tidak menjawab" not in await answer.text()
    office.recorder._over = True
    office.recorder.hang_up()
    await office.until(lambda: office.recording.silent() == ["rtsp"])
    text = await page(office, "/")
    assert text.count("Perekam “rtsp” tidak menjawab") == 1
    assert "Belum ada kabar" in text


async def test_a_disk_in_trouble_is_told_once_for_all_its_cameras(office: Office) -> None:
    """With the recorder's own sentence, until the disk is well again."""
    gap, _ = office.story.gap(60, Cause.DISK_LOST)
    sentence = "/srv/footage holds no volume.json: the disk is not mounted"
    office.recorder.tell(gap, Notice(code="disk-lost", sentence=sentence), at=NOON)
    await office.heard()
    for path in ("/", f"/camera/{office.camera}"):
        text = await page(office, path, **ENGLISH)
        assert text.count("Since 12:00: The disk is gone") == 1
        assert "Check the disk&#39;s cable and how it is mounted." in text
        assert sentence in text
        assert "Gang Mawar, since 12:00: The disk is gone" not in text
    assert "Disk hilang sejak 12.00" in await page(office, "/")
    office.recorder.tell(Notice(code="disk-well", sentence="it can be written again"), at=NOON)
    await office.heard()
    text = await page(office, "/", **ENGLISH)
    assert sentence not in text
    assert "Gang Mawar, since 12:00: The disk is gone" in text, "its gap is still open"


async def test_a_notice_about_one_camera_stands_on_its_page_only(office: Office) -> None:
    audio = {"camera": office.camera, "stream": "main-audio"}
    office.recorder.tell(
        Notice(code="unsupported", sentence="the codec <opus> is not known", **audio),
        Notice(code="unsupported", sentence="of a camera that is no more", camera="nobody"),
        Notice(code="of-a-later-recorder", sentence="the moon is in the way"),
        at=NOON,
    )
    await office.heard()
    text = await page(office, f"/camera/{office.camera}", **ENGLISH)
    assert "Gang Mawar, since 12:00: the stream “main-audio” cannot be stored" in text
    assert "the codec &lt;opus&gt; is not known" in text
    assert "The recorder has a notice" in text
    assert "the moon is in the way" in text
    assert "is no more" not in text
    other = await page(office, f"/camera/{office.recording.cameras[1].id}", **ENGLISH)
    assert "main-audio" not in other
    assert "the moon is in the way" in other


async def test_names_are_text_and_never_markup(office: Office) -> None:
    for path in ("/", f"/camera/{office.recording.cameras[1].id}"):
        text = await page(office, path)
        assert "<b>Pos" not in text
        assert "&lt;b&gt;Pos &amp; Ronda&lt;/b&gt;" in text


async def test_a_day_shows_its_gaps_in_words(office: Office) -> None:
    office.recorder.tell_all(office.story.whole(groups=10))
    office.recorder.tell_all(office.story.gap(100, Cause.POWER))
    office.recorder.tell_all(office.story.whole(groups=10))
    await office.heard()
    text = await page(office, f"/camera/{office.camera}")
    assert "12.00–12.01" in text
    assert "Listrik padam" in text
    assert "1 mnt 40 d" in text
    before = await page(office, f"/camera/{office.camera}?day=2026-11-23")
    assert "Listrik padam" not in before
    assert "Tidak ada rekaman yang terputus pada hari itu." in before
    assert 'href="?day=2026-11-22"' in before
    assert 'href="?day=2026-11-24"' in before


async def test_a_moment_opens_its_own_day(office: Office) -> None:
    text = await page(office, f"/camera/{office.camera}?at={NOON - 86400 * SECOND}")
    assert "Senin, 23 November 2026" in text
    assert f'data-at="{NOON - 86400 * SECOND}"' in text


@pytest.mark.parametrize(
    "query", ["day=tomorrow", "day=2026-13-40", "day=9999-12-31", "day=0001-01-01", "at=-1", "at=x"]
)
async def test_a_day_that_cannot_be_is_another_one(office: Office, query: str) -> None:
    await page(office, f"/camera/{office.camera}?{query}")


@pytest.mark.parametrize("path", ["/camera/nobody", "/nothing", "/camera/"])
async def test_an_address_that_leads_nowhere_says_so(office: Office, path: str) -> None:
    answer = await office.client.get(path)
    assert answer.status == 404
    assert "Halaman ini tidak ada" in await answer.text()


async def test_facts_stand_beside_the_picture(office: Office) -> None:
    office.recorder.tell_all(office.story.whole(groups=10))
    office.recorder.tell(office.story.begin(), office.story.state("recording"))
    await office.heard()
    text = await page(office, f"/camera/{office.camera}", **ENGLISH)
    assert "main H.264 640×360" in text
    assert "Oldest footage" in text


@pytest.mark.parametrize("toml", ["[storage]\nlimit = '1 GiB'"])
async def test_without_cameras_the_page_says_how_to_get_one(office: Office) -> None:
    text = await page(office, "/")
    assert "Belum ada kamera" in text
    assert "[[camera]]" in text


async def test_the_monitor_hears_of_silent_recorders(office: Office) -> None:
    answer = await office.client.get("/healthz")
    assert await answer.json() == {"server": "runs", "silent_recorders": []}
