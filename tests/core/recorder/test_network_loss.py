"""A recorder told by ronda.toml, and simulated cameras whose common link dies and returns."""

import itertools
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from nvr_core import settings
from nvr_core.clock import SECOND
from nvr_core.recorder.uplinks import BURST, RATE
from nvr_core.recording.wants import wants
from nvr_core.simulators import CameraSpec, simulate
from nvr_core.simulators.site import Site
from nvr_core.testing.recording import IMPATIENT, Rig
from nvr_core.testing.watched import hours, told
from nvr_core.wire.facts import Cause, GapClosed, GapOpened, SegmentOpened, StreamState

SHARED = 20
"""Cameras of the link that dies: more than its token bucket lets through in any one second."""
PATIENT = replace(IMPATIENT, retry_first=0.2, retry_limit=0.6)


def specs(names: Sequence[str]) -> list[CameraSpec]:
    # A login each: to the recorder these are devices, though one machine plays them all.
    return [CameraSpec(name=name, label="", user=name, password="rahasia") for name in names]


def asked(rig: Rig, *sites: Site) -> dict[str, str]:
    """Want all cameras of these sites as ronda.toml would; name → camera id."""
    tables = [
        f'[[camera]]\nname = "{name}"\nmain = "{site.url(name, login=True)}"\n'
        for site in sites
        for name in site.cameras
    ]
    chosen = settings.parse("".join(tables), rig.root / "ronda.toml")
    ids = {one.name: f"camera {one.name}" for one in chosen.camera}
    cameras = [told(one, ids[one.name]) for one in chosen.camera]
    kept = {one.camera: hours(one.rules, 0) for one in cameras}
    rig.want(*wants(cameras, kept, volume=str(rig.volume))["rtsp"])
    return ids


def closed(rig: Rig, camera: str) -> list[Cause]:
    """How the camera's gaps ended up being explained."""
    return [fact.cause for fact in rig.told(GapClosed, camera=camera)]


async def recorded(rig: Rig, cameras: Sequence[str], times: int) -> None:
    await rig.until(
        lambda: all(len(rig.told(SegmentOpened, camera=one)) >= times for one in cameras), 40
    )


async def test_cameras_that_vanish_together_lost_their_network_and_return_by_turns(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path, options=PATIENT)
    names = [f"rw-{number:02}" for number in range(SHARED)]
    async with AsyncExitStack() as stack:
        link = AsyncExitStack()
        site = await link.enter_async_context(simulate(specs(names), cache=loop_cache))
        stays = await stack.enter_async_context(
            simulate(specs(["stays"]), cache=loop_cache, host="127.0.0.2")
        )
        await stack.enter_async_context(rig.recorder())
        ids = asked(rig, site, stays)
        cameras = [ids[name] for name in names]
        await recorded(rig, list(ids.values()), 1)
        await link.aclose()
        await rig.until(
            lambda: all(
                rig.told(StreamState, camera=one, cause=Cause.NETWORK_LOSS) for one in cameras
            )
        )
        async with simulate(specs(names), cache=loop_cache, port=site.port) as again:
            await recorded(rig, cameras, 2)
            returns = sorted(
                next(one.at for one in camera.requests if one.method == "PLAY")
                for camera in again.cameras.values()
            )
    assert all(Cause.NETWORK_LOSS in closed(rig, camera) for camera in cameras)
    assert Cause.NETWORK_LOSS not in closed(rig, ids["stays"])
    at_once = max(sum(first <= other < first + SECOND for other in returns) for first in returns)
    assert at_once <= BURST + RATE < SHARED
    assert returns[-1] - returns[0] >= (SHARED - BURST) * SECOND // RATE


async def test_a_camera_that_vanishes_alone_is_unreachable(
    tmp_path: Path, loop_cache: Path
) -> None:
    rig = Rig(tmp_path)
    async with AsyncExitStack() as stack:
        alone = AsyncExitStack()
        gone = await alone.enter_async_context(simulate(specs(["gone"]), cache=loop_cache))
        stay = await stack.enter_async_context(
            simulate(specs(["a", "b"]), cache=loop_cache, host="127.0.0.2")
        )
        await stack.enter_async_context(rig.recorder())
        ids = asked(rig, gone, stay)
        await recorded(rig, list(ids.values()), 1)
        await alone.aclose()
        camera = ids["gone"]
        await rig.until(lambda: rig.told(GapOpened, camera=camera, cause=Cause.CAMERA_UNREACHABLE))
        async with simulate(specs(["gone"]), cache=loop_cache, port=gone.port):
            await recorded(rig, [camera], 2)
    causes = set(itertools.chain(*(closed(rig, one) for one in ids.values())))
    assert Cause.CAMERA_UNREACHABLE in closed(rig, camera)
    assert Cause.NETWORK_LOSS not in causes
