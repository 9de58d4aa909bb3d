"""A site: this machine only, one camera a name, loops shared, everything ended at the end."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nvr_core.simulators import CameraSpec, Faults, Site, simulate
from nvr_core.simulators.site import check_host
from nvr_core.testing.raw_rtsp import RawClient, connect

Serve = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]
CAM = CameraSpec(name="cam", seconds=10)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "::1", "example.org", "", "128.0.0.1"])
async def test_addresses_of_networks_are_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must be an address from 127\.0\.0\.0"):
        async with simulate([CAM], cache=tmp_path, host=host):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost"])
def test_addresses_of_this_machine_are_taken(host: str) -> None:
    assert check_host(host) == host.replace("localhost", "127.0.0.1")


async def test_two_cameras_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same name"):
        async with simulate([CAM, CAM], cache=tmp_path):
            pass


async def test_a_taken_port_is_an_error(serve: Serve, loop_cache: Path) -> None:
    site = await serve(CAM)
    with pytest.raises(OSError, match="address already in use"):
        async with simulate([CAM], cache=loop_cache, port=site.port):
            pass


async def test_addresses_never_hold_a_login_unless_asked_for(serve: Serve) -> None:
    site = await serve(CameraSpec(name="cam", seconds=10, user="a b", password="x/y@z:"))
    assert site.url("cam") == f"rtsp://127.0.0.1:{site.port}/cam"
    assert site.url("cam", login=True).startswith("rtsp://a%20b:x%2Fy%40z%3A@127.0.0.1:")
    with pytest.raises(ValueError, match="no rtsps"):
        site.url("cam", tls=True)


async def test_a_camera_without_a_sub_stream_has_none(serve: Serve, dial: Dial) -> None:
    site = await serve(sub=False)
    with pytest.raises(ValueError, match="no sub stream"):
        site.url("cam", sub=True)
    assert (await (await dial(site)).ask("DESCRIBE", site.url("cam") + "/sub")).status == 404


async def test_cameras_of_equal_pictures_share_one_loop(serve: Serve) -> None:
    specs = [CameraSpec(name=f"cam-{n}", label="same", scene="pos", seconds=1) for n in range(5)]
    site = await serve(*specs)
    assert len({id(site.camera(spec.name).loop()) for spec in specs}) == 1


async def test_everything_ends_with_the_site(loop_cache: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    async with simulate([CAM], cache=loop_cache, tls=True) as site:
        assert site.certificate is not None
        assert site.certificate.stat().st_mode & 0o777 == 0o600
        async with connect(site.host, site.port) as client:
            await client.play(site.url("cam"))
            await client.frames(1)
            camera, certificate, port = site.camera("cam"), site.certificate, site.port
            watching = client
            site.camera("cam").faults = Faults()
            leaving = asyncio.create_task(watching.closed())
            await asyncio.sleep(0)
            del site
            sent = len(camera.frames_sent)
    assert camera.sessions == ()
    assert not certificate.exists()
    assert len(camera.frames_sent) - sent < 3
    leaving.cancel()
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) <= before + 1


async def test_the_certificate_is_refused_by_who_does_not_trust_it(serve: Serve) -> None:
    site = await serve(CAM, tls=True)
    with pytest.raises(ssl.SSLCertVerificationError):
        async with connect(site.host, site.tls_port, ssl.create_default_context()):
            pass


async def test_bytes_that_are_no_rtsp_are_answered_and_the_connection_closed(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(CAM)
    client = await dial(site)
    client.writer.write(b"\x16\x03\x01 not rtsp at all")
    answer = await client.next()
    assert getattr(answer, "status", 0) == 400
    assert await client.closed() is False


async def test_a_loop_that_cannot_be_encoded_says_why(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(OSError, match="exists"):
        async with simulate([CAM], cache=blocked):
            pass


async def test_addresses_of_a_devices_own_making_lead_to_its_cameras(
    serve: Serve, dial: Dial
) -> None:
    site, asked = await serve(CAM), list[tuple[str, str]]()

    def route(path: str, method: str) -> str | None:
        asked.append((path, method))
        return "cam/sub" if path == "ticket/7" else None

    site.route = route
    at = f"rtsp://{site.host}:{site.port}"
    client = await dial(site)
    assert (await client.ask("DESCRIBE", f"{at}/cam")).status == 404
    assert (await client.ask("DESCRIBE", f"{at}/ticket/7")).status == 200
    assert (await client.play(f"{at}/ticket/7")).status == 200
    assert len(await client.frames(2)) == 2
    assert asked[:3] == [("cam", "DESCRIBE"), ("ticket/7", "DESCRIBE"), ("ticket/7", "SETUP")]
