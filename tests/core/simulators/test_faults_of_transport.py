"""Rows 25 and 27 of the table of faults, and viewers that do not read."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from nvr_core.simulators import CameraSpec, Faults, Site
from nvr_core.simulators.outlet import UNREAD_LIMIT
from nvr_core.testing.raw_rtsp import Packet, RawClient, connect

Serve = Callable[..., Awaitable[Site]]
Wrong = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]


@contextmanager
def ports() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two UDP sockets for RTP and RTCP."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as media,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as report,
    ):
        for one in (media, report):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
            one.setblocking(False)
            one.bind(("127.0.0.1", 0))
        yield media, report


async def udp(site: Site, client: RawClient, count: int) -> list[Packet]:
    """The first packets that come over UDP."""
    loop = asyncio.get_running_loop()
    with ports() as (media, report):
        mine = f"{media.getsockname()[1]}-{report.getsockname()[1]}"
        way = f"RTP/AVP;unicast;client_port={mine}"
        answer = await client.ask("SETUP", site.url("cam") + "/trackID=0", Transport=way)
        assert answer.status == 200
        said = answer.get("Transport")
        assert f"client_port={mine}" in said
        server = int(said.split("server_port=")[1].split("-")[0])
        assert server % 2 == 0
        await client.ask("PLAY", site.url("cam"), Session=answer.session)
        assert site.camera("cam").sessions[0].transport == "udp"
        found = []
        async with asyncio.timeout(10):
            for _ in range(count):
                raw, sender = await loop.sock_recvfrom(media, 65536)
                assert sender == ("127.0.0.1", server)
                found.append(Packet(0, raw))
            kind = (await loop.sock_recv(report, 65536))[1]
        assert kind == 200
        return found


async def test_udp_packets_come_in_order_and_in_size(serve: Serve, dial: Dial) -> None:
    site = await serve()
    packets = await udp(site, await dial(site), 60)
    numbers = [packet.sequence for packet in packets]
    assert numbers == [(numbers[0] + n) % 2**16 for n in range(60)]
    assert 1200 < max(len(packet.raw) for packet in packets) <= 1400


async def test_row_25_a_camera_of_udp_only_refuses_tcp(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(udp_only=True)
    client = await dial(site)
    assert (await client.setup(site.url("cam"))).status == 461
    assert len(await udp(site, client, 3)) == 3


async def test_row_25_datagrams_are_ten_kilobytes(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(datagram=10_000)
    packets = await udp(site, await dial(site), 20)
    assert 9_000 < max(len(packet.raw) for packet in packets) <= 10_000


async def test_an_rtsps_camera_sends_nothing_in_the_clear(serve: Serve) -> None:
    site = await serve(CameraSpec(name="cam", seconds=10), tls=True)
    trust = ssl.create_default_context(cafile=site.certificate)
    async with connect(site.host, site.tls_port, trust) as client:
        url = site.url("cam", tls=True)
        way = "RTP/AVP;unicast;client_port=6000-6001"
        answer = await client.ask("SETUP", url + "/trackID=0", Transport=way)
        assert answer.status == 461
        await client.play(url)
        assert await client.frames(2)


async def test_row_27_packets_are_lost_over_tcp(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(loss=0.2)
    client = await dial(site)
    await client.play(site.url("cam"))
    await client.until(lambda: len(client.video()) >= 80)
    numbers = [packet.sequence for packet in client.video()]
    span = (numbers[-1] - numbers[0]) % 2**16 + 1
    assert numbers == sorted(set(numbers), key=lambda number: (number - numbers[0]) % 2**16)
    assert 0.08 < 1 - len(numbers) / span < 0.35


async def test_row_27_packets_are_lost_over_udp(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(loss=0.3)
    numbers = [packet.sequence for packet in await udp(site, await dial(site), 60)]
    assert (numbers[-1] - numbers[0]) % 2**16 > 65


async def test_row_27_packets_overtake_each_other(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(reorder_every=10)
    numbers = [packet.sequence for packet in await udp(site, await dial(site), 60)]
    steps = [(b - a + 2**15) % 2**16 - 2**15 for a, b in itertools.pairwise(numbers)]
    assert steps.count(-1) >= 4
    assert steps.count(2) >= 4
    assert len(set(numbers)) == len(numbers)


async def test_loss_of_everything_leaves_the_session_alone(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(loss=1)
    client = await dial(site)
    session = (await client.play(site.url("cam"))).session
    assert (await client.ask("GET_PARAMETER", site.url("cam"), Session=session)).status == 200
    assert client.video() == []


async def test_a_viewer_that_does_not_read_costs_bounded_memory(serve: Serve, dial: Dial) -> None:
    """Frames are left out while too much waits; afterwards sending begins with a key frame."""
    site = await serve(
        CameraSpec(name="cam", seconds=2, fps=30, bitrate=40_000_000, grain=90, sub=False)
    )
    camera = site.camera("cam")
    client = await dial(site)
    await client.play(site.url("cam"))
    sending = next(iter(site.conversations)).transport
    sent = -1
    async with asyncio.timeout(10):
        while sending.get_write_buffer_size() <= UNREAD_LIMIT or sent < len(camera.frames_sent):
            sent = len(camera.frames_sent)
            await asyncio.sleep(0.1)  # that a frame is left out is no event
    frame = max(sum(map(len, unit.nals)) for unit in camera.loop().units)
    assert sending.get_write_buffer_size() < UNREAD_LIMIT + 2 * frame
    await client.until(lambda: len(camera.frames_sent) > sent + 2)
    numbers = [one.number for one in camera.frames_sent]
    units = {unit.number: unit for unit in camera.loop().units}
    assert units[numbers[sent]].key
    assert numbers[sent] != (numbers[sent - 1] + 1) % 60


@pytest.mark.parametrize("faults", [Faults(), Faults(datagram=10_000)])
async def test_the_same_picture_arrives_in_packets_of_any_size(
    serve: Serve, dial: Dial, faults: Faults
) -> None:
    site = await serve(faults=faults)
    client = await dial(site)
    await client.play(site.url("cam"))
    (frame,) = await client.frames(1)
    pieces = [packet.payload for packet in frame[1:]]
    whole = bytes([pieces[0][0] & 0xE0 | pieces[0][1] & 0x1F]) + b"".join(p[2:] for p in pieces)
    units = {unit.number: unit for unit in site.camera("cam").loop().units}
    assert whole == units[site.camera("cam").frames_sent[0].number].nals[0]
