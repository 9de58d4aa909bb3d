"""The page in Debian's Chromium, with simulated cameras and all programs running."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nvr_core.simulators import CameraSpec
from tests.e2e import scenes
from tests.e2e.browser import Complaints, browsing, moving
from tests.e2e.site import Site, running

ALLEY = CameraSpec(
    name="gang-mawar", fps=12, gop_s=1.0, bframes=2, user="admin", password="rahasia"
)
PIER = CameraSpec(name="dermaga", codec="h265", fps=12, gop_s=1.0, sub=False)


@pytest.fixture
async def site(tmp_path: Path, loop_cache: Path) -> AsyncIterator[Site]:
    async with running(tmp_path, loop_cache, [ALLEY, PIER], segment=6) as site:
        yield site


async def test_live_and_the_past_and_why_there_is_no_picture(site: Site) -> None:
    """One scenario, because starting a Ronda and a browser costs more than using them."""
    async with browsing() as browser:
        page = await browser.new_page(locale="id-ID", viewport={"width": 1280, "height": 800})
        complaints = Complaints.of(page)
        cameras = await site.until()

        live = await scenes.look_live(page, f"{site.address}/camera/{cameras['gang-mawar']}", 10)
        assert live.advanced >= 9.5
        assert live.unread == 0
        assert live.delay <= 1.5  # the row of the show measures; other tests run beside this one

        past = await scenes.play_over_seams(page, site, "gang-mawar", before=8, gap=3, after=8)
        assert past.watched.still <= 1.0
        assert past.watched.advanced >= 15
        assert past.segments >= 3
        assert past.growing >= 2
        (leap,) = past.watched.leaps
        assert leap == pytest.approx(past.gap, abs=1.5)
        assert past.told.startswith("Rekaman terputus ")

        why = await scenes.why_no_picture(page, f"{site.address}/camera/{cameras['dermaga']}")
        assert why.startswith("Peramban ini tidak dapat memutar H.265")
        assert "Atur kamera ke H.264" in why
        assert complaints.found == []


async def test_the_page_outlives_the_programs_behind_it(site: Site) -> None:
    """kill -9 of the recorder, then of the server: the picture comes back by itself."""
    async with browsing() as browser:
        page = await browser.new_page(locale="id-ID", viewport={"width": 1280, "height": 800})
        camera = (await site.until())["gang-mawar"]
        await scenes.look_live(page, f"{site.address}/camera/{camera}", 1)

        site.end("recorder", signal.SIGKILL)
        await page.wait_for_selector(".player .hole:not([hidden])", timeout=30_000)
        site.start_recorder()
        await page.wait_for_selector(".player .hole", state="hidden", timeout=30_000)
        await moving(page, scenes.PLAYER)

        site.end("server", signal.SIGKILL)
        lost = page.get_by_text("Sambungan ke server terputus")
        await lost.wait_for(timeout=30_000)
        site.start_server()
        await lost.wait_for(state="hidden", timeout=30_000)
        await moving(page, scenes.PLAYER)

        now = (await site.get(f"/api/v1/cameras/{camera}/timeline", **{"from": 0, "to": 1}))["now"]
        told = await site.get(
            f"/api/v1/cameras/{camera}/timeline", **{"from": now - 60_000_000, "to": now}
        )
        causes = [gap["words"] for gap in told["gaps"] if gap["end"] is not None]
        assert "Perekam berhenti" in causes
        assert len(causes) <= 2, "a server that dies leaves no gap"
