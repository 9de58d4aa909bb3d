"""What a person does with the page, measured: look live, play the past over its seams."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from playwright.async_api import Error, Page, Request, Response

from nvr_core.simulators.faults import Faults
from tests.e2e.browser import Watched, moving, watch
from tests.e2e.site import PATIENCE, Site

PLAYER = ".player video"
PART = re.compile(r"/api/v1/segment/([^/]+)/(\d+)-\d+$")


@dataclass
class Fetched:
    """Which parts a page listed and asked for."""

    growing: set[tuple[str, int]] = field(default_factory=set)
    """(segment, offset) of parts that were listed while their segment was being written."""
    parts: list[tuple[str, int]] = field(default_factory=list)

    @staticmethod
    def by(page: Page) -> Fetched:
        """Begin to note."""
        fetched = Fetched()
        page.on("request", fetched.asked)
        page.on("response", fetched.answered)
        return fetched

    def asked(self, request: Request) -> None:
        found = PART.search(request.url)
        if found:
            self.parts.append((found[1], int(found[2])))

    async def answered(self, response: Response) -> None:
        if "/parts?" not in response.url or not response.ok:
            return
        try:
            items = (await response.json())["items"]
        except Error:
            return  # the page went elsewhere before the answer was read
        for item in items:
            if item["growing"]:
                self.growing |= {(item["segment"], part[0]) for part in item["parts"]}


@dataclass(frozen=True)
class Replayed:
    """How the past was played."""

    watched: Watched
    segments: int
    growing: int
    """Parts that were played while their segment was being written."""
    gap: float
    """Seconds that the camera was away."""
    told: str
    """What the page said when it crossed the gap."""


async def look_live(page: Page, address: str, seconds: float) -> Watched:
    """Open a camera's page and watch it live."""
    await page.goto(address)
    await moving(page, PLAYER, PATIENCE)
    return await watch(page, PLAYER, seconds)


async def whole_segments(site: Site, camera: str, count: int) -> None:
    """Wait until so many segments of the main stream can be played."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await site.get(f"/api/v1/cameras/{camera}/parts", **{"from": 0})
            if len(found["items"]) >= count:
                return
            await asyncio.sleep(0.3)


async def make_a_gap(site: Site, name: str, camera: str, seconds: float) -> tuple[float, float]:
    """Take a camera away for a while. Gives the wall times of the hole in its recording."""
    simulated = site.cameras.camera(name)
    away: int = (await site.get("/api/v1/cameras"))["now"]
    simulated.faults = Faults(dead="reset")
    simulated.drop(reset=True)
    await asyncio.sleep(seconds)
    simulated.faults = Faults()
    await site.wait(lambda found: any(one["id"] == camera and one["since"] > away for one in found))
    await site.until()
    where = f"/api/v1/cameras/{camera}/timeline"
    found = await site.get(where, **{"from": away, "to": away + 600_000_000})
    longest = max(found["gaps"], key=lambda gap: (gap["end"] or away) - gap["start"])
    return longest["start"] / 1e6, longest["end"] / 1e6


async def play_over_seams(
    page: Page, site: Site, name: str, *, before: float, gap: float, after: float
) -> Replayed:
    """Play from `before` seconds ahead of a gap until `after` seconds behind it.

    Segments should be shorter than `before`. While it plays, the recording goes on.
    """
    camera = (await site.until())[name]
    await whole_segments(site, camera, 2)
    start, end = await make_a_gap(site, name, camera, gap)
    fetched = Fetched.by(page)
    await page.goto(f"{site.address}/camera/{camera}?at={round((start - before) * 1e6)}")
    await moving(page, PLAYER, PATIENCE)
    telling = asyncio.create_task(_told(page))
    watched = await watch(page, PLAYER, before + after)
    return Replayed(
        watched=watched,
        segments=len({segment for segment, _ in fetched.parts}),
        growing=len(fetched.growing & set(fetched.parts)),
        gap=end - start,
        told=await telling,
    )


async def _told(page: Page) -> str:
    sentence = await page.wait_for_selector(".told:not([hidden])", timeout=60_000)
    return (await sentence.text_content() or "") if sentence is not None else ""


async def why_no_picture(page: Page, address: str) -> str:
    """Open the page of a camera that the browser cannot play, and read what it says."""
    await page.goto(address)
    hole = await page.wait_for_selector(".player .hole:not([hidden])", timeout=PATIENCE * 1000)
    assert hole is not None
    return " ".join((await hole.inner_text()).split())
