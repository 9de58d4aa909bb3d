"""Chromium, headless, as Debian ships it; and what a page's video does, measured inside it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]

READER = """
window.measure ??= (() => {
  // The clock that simulated cameras draw (nvr_core/simulators/draw.py): a row of 28 square cells,
  // two guards, 16 bits, an 8-bit check, two guards. Gives hundredths of a second, or null.
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 360;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const crc = (bytes) => bytes.reduce((sum, byte) => {
    sum ^= byte;
    for (let i = 0; i < 8; i++) sum = sum & 0x80 ? (sum << 1 ^ 0x07) & 0xff : sum << 1 & 0xff;
    return sum;
  }, 0x5a);
  const clock = (video) => {
    pen.drawImage(video, 0, 0, 640, 360);
    const row = pen.getImageData(0, 342, 640, 1).data;
    const cells = Array.from({ length: 28 }, (_, i) => row[(18 + 12 * i) * 4]);
    const white = (cells[0] + cells[27]) / 2;
    const black = (cells[1] + cells[26]) / 2;
    if (white - black < 60) return null;
    const bits = cells.map((cell) => Number(cell > (white + black) / 2));
    const number = (from, count) =>
      bits.slice(from, from + count).reduce((sum, bit) => sum * 2 + bit, 0);
    const value = number(2, 16);
    return crc([value >> 8, value & 0xff]) === number(18, 8) ? value / 100 : null;
  };
  // Watch a video for some seconds: its time, what it draws, and how long it ever stood still.
  const watch = (selector, seconds) => new Promise((done) => {
    const video = document.querySelector(selector);
    const begun = performance.now();
    const seen = { clocks: [], delays: [], frames: 0, unread: 0, still: 0, began: 0, ended: 0 };
    let last = video.currentTime;
    let moved = begun;
    seen.began = last;
    const beat = setInterval(() => {
      const now = performance.now();
      // A late timer is no stall: what the video's own time went on by does not count.
      const went = Math.max(0, video.currentTime - last) / video.playbackRate;
      seen.still = Math.max(seen.still, (now - moved) / 1000 - went);
      if (video.currentTime !== last) { last = video.currentTime; moved = now; }
      if (now - begun < seconds * 1000) return;
      clearInterval(beat);
      video.cancelVideoFrameCallback(callback);
      seen.ended = video.currentTime;
      done(seen);
    }, 20);
    let callback;
    const frame = () => {
      const drawn = clock(video);
      seen.frames++;
      if (drawn === null) seen.unread++;
      else {
        seen.clocks.push(drawn);
        seen.delays.push((Date.now() / 1000 - drawn + 120) % 60);
      }
      callback = video.requestVideoFrameCallback(frame);
    };
    callback = video.requestVideoFrameCallback(frame);
  });
  return { watch };
})();
"""


@dataclass(frozen=True)
class Watched:
    """What a video did while it was watched."""

    advanced: float
    """Seconds of its own time that went by."""
    still: float
    """Longest time in seconds that it stood still."""
    frames: int
    unread: int
    """Frames whose drawn clock could not be read."""
    delay: float
    """Median of (now − drawn clock) in seconds."""
    slowest: float
    """The delay that 95 of 100 frames do not exceed."""
    clocks: list[float]
    """Drawn seconds of the minute, in the order in which they were shown."""

    @property
    def leaps(self) -> list[float]:
        """Drawn seconds between neighbouring frames where more than a second is missing."""
        steps = [
            (after - before) % 60
            for before, after in zip(self.clocks, self.clocks[1:], strict=False)
        ]
        return [step for step in steps if 1 < step < 59]


def chromium() -> str:
    """The path of Debian's Chromium. Raises FileNotFoundError, which says how to get it."""
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("chromium is missing: apt-get install chromium")
    return path


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A browser of one's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Complaints:
    """What went wrong inside a page: script errors, refused content, failed requests."""

    found: list[str]

    @staticmethod
    def of(page: Page) -> Complaints:
        complaints = Complaints([])
        page.on("pageerror", lambda error: complaints.found.append(f"script: {error}"))
        page.on(
            "console",
            lambda said: (
                complaints.found.append(f"console: {said.text}") if said.type == "error" else None
            ),
        )
        return complaints


async def moving(page: Page, selector: str, timeout: float = 40.0) -> None:
    """Wait until a video shows frames, one after the other."""
    await page.wait_for_function(
        """(selector) => {
          const video = document.querySelector(selector);
          if (!video || video.hidden || video.readyState < 3 || video.paused) return false;
          const before = window.lastTime ?? video.currentTime;
          window.lastTime = video.currentTime;
          return video.currentTime > before;
        }""",
        arg=selector,
        timeout=timeout * 1000,
    )


async def watch(page: Page, selector: str, seconds: float) -> Watched:
    """Watch a video for so long."""
    seen: dict[str, Any] = await page.evaluate(
        f"([selector, seconds]) => {{ {READER} return measure.watch(selector, seconds); }}",
        [selector, seconds],
    )
    delays = sorted(seen["delays"])
    return Watched(
        advanced=seen["ended"] - seen["began"],
        still=seen["still"],
        frames=seen["frames"],
        unread=seen["unread"],
        delay=median(delays) if delays else float("nan"),
        slowest=delays[int(len(delays) * 0.95)] if delays else float("nan"),
        clocks=seen["clocks"],
    )
