"""The wall with more cameras than a page may watch live, in Debian's Chromium."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocket

from nvr_core.simulators import CameraSpec
from tests.e2e.browser import Complaints, browsing, moving
from tests.e2e.site import Site, running

NAMES = ("gang-mawar", "pos-ronda", "dermaga")
CAMERAS = [CameraSpec(name=name, fps=12, gop_s=1.0, sub=False) for name in NAMES]
ONE = "(tile) => document.querySelector(tile)"
FULL = "gambar tiap 5 detik: 2 lain langsung"


@pytest.fixture
async def site(tmp_path: Path, loop_cache: Path) -> AsyncIterator[Site]:
    async with running(tmp_path, loop_cache, CAMERAS, segment=6) as site:
        site.end("server")
        site.start_server(channels=2)
        yield site


def tile(camera: str) -> str:
    return f".tile[data-camera='{camera}']"


async def still(page: Page, camera: str) -> None:
    """Wait until a tile shows a picture that says why it is none that moves."""
    await page.wait_for_function(
        """([tile, words]) => {
          const image = document.querySelector(`${tile} img`);
          const clock = document.querySelector(`${tile} .clock`);
          return image?.naturalWidth && !image.hidden && clock.textContent === words
            && !clock.hidden && document.querySelector(`${tile} .hole`).hidden;
        }""",
        arg=[tile(camera), FULL],
        timeout=40_000,
    )


async def test_who_finds_no_channel_shows_stills_until_one_is_free(site: Site) -> None:
    asked: list[str] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda sent: asked.append(str(sent)))

    async with browsing() as browser:
        page = await browser.new_page(locale="id-ID", viewport={"width": 1280, "height": 800})
        page.on("websocket", opened)
        complaints = Complaints.of(page)
        cameras = await site.until()
        first, second, third = (cameras[name] for name in NAMES)
        await page.goto(site.address)
        for camera in (first, second):
            await moving(page, f"{tile(camera)} video")
        await still(page, third)
        if shown := os.environ.get("RONDA_PICTURES"):
            await page.screenshot(path=f"{shown}/wall-full.png", full_page=True)

        before = len(asked)
        for name in (*NAMES[:2], *NAMES[:2]):  # states are told again and again
            site.cameras.camera(name).drop(reset=True)
            await page.wait_for_timeout(700)
        await site.until()
        assert len([one for one in asked[before:] if third in one]) <= 1

        await page.evaluate(f"{ONE}.style.display = 'none'", tile(first))
        await moving(page, f"{tile(third)} video")
        await page.evaluate(f"{ONE}.style.display = ''", tile(first))
        await still(page, first)
        assert complaints.found == []
