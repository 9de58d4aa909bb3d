"""Row 2: Debian's Chromium shows cameras live, and plays the past over its seams.

Live: the video's own time goes on, and the picture is at most a second old against the clock drawn
into it, with and without B-frames. Playback: from closed segments over a gap into the one that is
being written, without a stall. H.265: a sentence instead of a picture.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nvr_core.simulators import CameraSpec
from tests.e2e import scenes
from tests.e2e.browser import Complaints, Watched, browsing
from tests.e2e.site import running
from tests.shows.figures import Row, need_program

LOOPS = Path(__file__).parents[2] / ".cache" / "loops"
SPECS = [
    CameraSpec(name="plain", width=1280, height=720, fps=25, gop_s=2.0, scene="gang"),
    CameraSpec(name="b-frames", fps=15, gop_s=1.0, bframes=2, scene="pos", audio="aac"),
    CameraSpec(name="h265", codec="h265", fps=12, gop_s=1.0, scene="dermaga", sub=False),
]


def show_live(row: Row, name: str, watched: Watched) -> None:
    row.figure(f"live {name}: time went on", watched.advanced, unit="s", at_least=10)
    row.figure(f"live {name}: behind the drawn clock, median", watched.delay, unit="s", at_most=1)
    row.figure(f"live {name}: behind, 95 of 100 frames", watched.slowest, unit="s")
    row.figure(f"live {name}: longest stall", watched.still, unit="s")
    row.figure(f"live {name}: frames whose clock could not be read", watched.unread, at_most=0)


async def work(row: Row, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="ronda-show-") as folder:
        async with running(Path(folder), LOOPS, SPECS, segment=10) as site, browsing() as browser:
            row.figure("browser", browser.version)
            page = await browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 800})
            complaints = Complaints.of(page)
            cameras = await site.until()
            for name in ("plain", "b-frames"):
                address = f"{site.address}/camera/{cameras[name]}"
                show_live(row, name, await scenes.look_live(page, address, seconds))
            past = await scenes.play_over_seams(
                page, site, "plain", before=seconds, gap=5, after=seconds
            )
            row.figure("playback: time went on", past.watched.advanced, unit="s")
            row.figure("playback: segments crossed", past.segments - 1, at_least=2)
            row.figure("playback: parts of segments that grew", past.growing, at_least=5)
            row.figure("playback: gaps crossed", len(past.watched.leaps), at_least=1, at_most=1)
            row.figure("playback: the gap's length", past.gap, unit="s")
            row.figure("playback: longest stall", past.watched.still, unit="s", at_most=0.5)
            row.figure("playback: said at the gap", past.told)
            why = await scenes.why_no_picture(page, f"{site.address}/camera/{cameras['h265']}")
            row.figure("H.265", why)
            if "H.265" not in why:
                row.miss("the page does not say that H.265 is the reason")
            for complaint in complaints.found:
                row.miss(f"the browser complains: {complaint}")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="for how long each is watched")
    given = parser.parse_args(argv)
    row = Row("recorder.2")
    row.figure("machine", f"{os.cpu_count()} cores")

    def see() -> None:
        need_program("chromium", package="chromium")
        asyncio.run(work(row, given.seconds))

    return row.run(see)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
