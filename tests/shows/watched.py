"""Looks at a running Ronda as a person would: in Chromium, live and a while ago.

`python -m tests.shows.watched ADDRESS` prints one JSON object with what it saw, so that it can also
be run inside a network namespace.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 60_000
"""ms that a picture may take to appear on a machine that is busy with three encoders."""

ADVANCED = """
([selector, seconds]) => {
  const all = [...document.querySelectorAll(selector)];
  window.first ??= new Map();
  for (const one of all) {
    if (!window.first.has(one)) window.first.set(one, one.currentTime);
  }
  return all.length > 0 && all.every((one) =>
    one.videoWidth > 0 && one.currentTime - window.first.get(one) >= seconds);
}
"""


@dataclass
class Seen:
    """What the page showed."""

    cameras: int = 0
    """Tiles on the wall, each with a live picture that moves."""
    live_after: float = 0.0
    """Seconds until all of them had moved for two seconds."""
    past_after: float = 0.0
    """Seconds until the past had played for five, across what was asked for and the buffer."""


def look(page: Page, address: str) -> Seen:
    """Wait for every tile to move, then open the first camera and play its past."""
    seen = Seen()
    begun = time.monotonic()
    page.goto(address)
    page.wait_for_function(ADVANCED, arg=["a.tile video", 2], timeout=PATIENCE)
    seen.cameras = page.locator("a.tile").count()
    seen.live_after = round(time.monotonic() - begun, 1)

    page.locator("a.tile").first.click()
    # The past is ten seconds ago: there must have been such a time.
    page.wait_for_function(ADVANCED, arg=[".player video", 15], timeout=PATIENCE)
    begun = time.monotonic()
    page.locator("[data-act=back]").click()
    page.wait_for_selector("[data-act=live][aria-pressed=false]", timeout=PATIENCE)
    page.evaluate("window.first = undefined")
    page.wait_for_function(ADVANCED, arg=[".player video", 5], timeout=PATIENCE)
    seen.past_after = round(time.monotonic() - begun, 1)
    return seen


def main(argv: Sequence[str]) -> int:
    (address,) = argv
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        print(json.dumps(asdict(look(page, address))))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
