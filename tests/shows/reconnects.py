"""A thousand reconnects to cameras that fail in all kinds of ways: what do they leave behind?"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nvr_core.simulators import CameraSpec, Faults, simulate
from nvr_core.simulators.camera import Camera
from nvr_core.simulators.site import Site
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import Login, Source, StreamWant
from tests.shows.figures import Row
from tests.shows.life import Life
from tests.shows.office import LOOPS, Office
from tests.shows.sealing import seal_want

WARM_UP = 100
TENTHS = 10
CAP = 0.2
"""Seconds between attempts, at most."""

PATIENCE = 600.0

LOGIN = Login(user="admin", password="rahasia")
MIXED: tuple[tuple[Faults, Mapping[str, Any]], ...] = (
    (Faults(close_after_s=0.3), {}),
    (Faults(close_after_s=0.3, reset=True), {}),
    (Faults(close_after_s=1.5), {}),
    (Faults(dead="reset"), {}),
    (Faults(freeze_after_s=0.3), {}),
    (Faults(close_after_s=0.5, udp_only=True), {}),
    (Faults(close_after_s=0.5, datagram=10000, loss=0.05), {"transport": "udp"}),
    (Faults(freeze_after_s=0.5, reorder_every=5), {"transport": "udp"}),
    (Faults(close_after_s=0.5, stale_after=2), {"login": LOGIN}),
    (Faults(close_after_s=0.5), {"tls": True, "verify_tls": False}),
    (Faults(close_after_s=0.5, reset=True), {"tls": True, "verify_tls": False}),
    (Faults(close_after_s=1.5, jump_s=5, jump_every_s=0.4), {}),
    (Faults(close_after_s=1.5, change_every_s=0.4), {}),
    (Faults(close_after_s=0.5, loss=0.05), {}),
    (Faults(close_after_s=0.5, ghosts=True, session_limit=1), {}),
    (Faults(close_after_s=0.5, annex_b=True, stray_packets=True), {}),
    (Faults(close_after_s=1, sets_late_s=0.3), {}),
    (Faults(close_after_s=0.5, channels="shifted", sdp=("odd-m", "broken-c")), {}),
    (Faults(encoding="JPEG"), {}),
    (Faults(redirect="rtsp://192.0.2.1/else"), {}),
)


def cameras() -> list[CameraSpec]:
    """One camera for each mixture."""
    return [
        CameraSpec(
            name=f"storm-{place}",
            width=320,
            height=180,
            seconds=12,
            label="switch",
            scene="pos",
            user=LOGIN.user if "login" in fields else "",
            password=LOGIN.password if "login" in fields else "",
        )
        for place, (_, fields) in enumerate(MIXED)
    ]


def wants(office: Office, site: Site) -> list[StreamWant]:
    found = []
    for place, (_, fields) in enumerate(MIXED):
        given = dict(fields)
        url = site.url(f"storm-{place}", tls=given.pop("tls", False))
        found.append(
            StreamWant(
                camera=new_id(office.clock),
                stream="main",
                source=Source(url=url, **given),
                login_group=f"storm-{place}",
                volume=str(office.volume),
            )
        )
    return found


def connections(storm: list[Camera]) -> int:
    """How often the recorder has begun a conversation: each begins with OPTIONS."""
    return sum(
        asked.method == "OPTIONS" and not asked.session
        for camera in storm
        for asked in camera.requests
    )


def resident(pid: int) -> float:
    """Resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def held(pid: int) -> dict[str, int]:
    """What a process holds: open files, sockets among them, and threads."""
    links = []
    for name in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            links.append(str(name.readlink()))
    return {
        "descriptors": len(links),
        "sockets": sum(link.startswith("socket:") for link in links),
        "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
    }


async def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {PATIENCE:g} s: {what}")
        await asyncio.sleep(0.1)


async def calm(storm: list[Camera]) -> None:
    """All cameras are well and watched anew: what a fault had made UDP is TCP again."""
    for camera in storm:
        camera.faults = Faults()
        camera.drop()
    await asyncio.sleep(1)
    await until(
        lambda: all(any(one.playing for one in camera.sessions) for camera in storm),
        "every camera is watched",
    )
    await asyncio.sleep(6)


async def memory(storm: list[Camera], pid: int, count: int) -> float:
    """Median of resident memory over that many reconnects, MiB."""
    begun, seen = connections(storm), []
    deadline = time.monotonic() + PATIENCE
    while connections(storm) < begun + count and time.monotonic() < deadline:
        seen.append(resident(pid))
        await asyncio.sleep(0.1)
    return statistics.median(seen)


async def reconnect(row: Row, folder: Path, count: int) -> None:
    """Figures of one recorder process over so many reconnects."""
    office = Office.at(folder / "disk", folder / "memory")
    office.prepare([])
    life = Life(office, folder / "log", "--retry-limit", str(CAP), "--silence", "1")
    async with simulate(cameras(), cache=LOOPS, tls=True) as site:
        storm = list(site.cameras.values())
        seal_want(office, wants(office, site))
        await life.begin()
        try:
            await calm(storm)
            before = held(life.pid)
            for camera, (faults, _) in zip(storm, MIXED, strict=True):
                camera.faults = faults
                camera.drop()
            start = connections(storm)
            await until(lambda: connections(storm) >= start + WARM_UP, "the warm-up")
            begun, first = time.monotonic(), connections(storm)
            course = [await memory(storm, life.pid, -(-count // TENTHS)) for _ in range(TENTHS)]
            small, large = course[0], course[-1]
            row.figure("resident memory, tenth by tenth", " ".join(f"{m:.1f}" for m in course))
            row.figure(
                "reconnects, warm-up of 100 apart", connections(storm) - first, at_least=count
            )
            row.figure("reconnects took", time.monotonic() - begun, unit="s")
            row.figure("resident memory before", small, unit="MiB")
            row.figure("resident memory after", large, unit="MiB")
            row.figure("resident memory grew", 100 * (large / small - 1), unit="%", at_most=5)
            await calm(storm)
            for name, now in held(life.pid).items():
                row.figure(f"{name}, all well, before", before[name])
                row.figure(f"{name}, all well, after", now, at_most=before[name])
        finally:
            await life.stop()
    told = (folder / "log").read_text()
    mistakes = told.count("Traceback") + told.count("never retrieved") + told.count("was never")
    row.figure("faults of Ronda in its log", mistakes, at_most=0)
    if mistakes:
        row.miss(
            told[max(0, told.index("Traceback") - 300) :][:2000]
            if "Traceback" in told
            else told[-500:]
        )
