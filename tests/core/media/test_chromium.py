"""Chromium, as people who get an export use it: it plays, seeks, and keeps time over gaps."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.core.media.test_plain import exported, run

SEEK = """async ([url, times]) => {
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  await new Promise((done, failed) => {
    video.onloadeddata = done;
    video.onerror = () => failed(new Error(video.error.message));
    video.src = url;
  });
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const paper = canvas.getContext('2d', {willReadFrequently: true});
  const shown = [];
  for (const time of times) {
    const presented = new Promise(done => video.requestVideoFrameCallback(done));
    video.currentTime = time;
    await presented;
    paper.drawImage(video, 0, 0);
    const row = paper.getImageData(0, 32, 160, 1).data;
    let number = 0;
    for (let bit = 0; bit < 10; bit++) if (row[4 * (bit * 16 + 8)] > 128) number |= 1 << bit;
    shown.push(number);
  }
  return [video.duration, shown];
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser.new_page()
        browser.close()


def seen(page: Page, made: bytes, times: list[float]) -> tuple[float, list[int]]:
    url = "data:video/mp4;base64," + base64.b64encode(made).decode()
    duration, shown = page.evaluate(SEEK, [url, times])
    return duration, shown


@pytest.mark.parametrize("bframes", [0, 3])
def test_it_shows_the_asked_frame_at_the_asked_time(page: Page, bframes: int) -> None:
    made, _ = exported(run(bframes), 1_200_000, 2_900_000)
    duration, shown = seen(page, made, [1.0, 0.02, 0.7, 1.66])
    assert duration == pytest.approx(1.7, abs=0.1)
    assert shown == [55, 30, 47, 71]


@pytest.mark.parametrize("bframes", [0, 3])
def test_behind_a_gap_the_times_are_still_right(page: Page, bframes: int) -> None:
    sources = (*run(bframes), *run(bframes, 50, 7_000_000, 1))
    made, _ = exported(sources, -1_000_000, 9_000_000)
    duration, shown = seen(page, made, [1.02, 4.5, 8.02, 9.5, 7.0, 2.02])
    assert duration == pytest.approx(10, abs=0.1)
    assert shown == [0, 87, 0, 37, 99, 25]
