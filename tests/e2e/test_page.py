"""The page in Debian's Chromium, with simulated cameras and all programs running."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nvr_core.simulators import CameraSpec
from tests.e2e import scenes
from tests.e2e.browser import Complaints, browsing
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
