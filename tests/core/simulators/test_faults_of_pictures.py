"""Rows 5 to 10, 15, 16 and 22 of the table of faults, as they are on the wire."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from itertools import islice

import av
import pytest

from nvr_core.simulators import Faults, Site, draw
from nvr_core.testing.raw_rtsp import Packet, RawClient

Serve = Callable[..., Awaitable[Site]]
Wrong = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]


def types(packets: list[Packet]) -> list[int]:
    """H.264 NAL unit types of packets; those inside STAP-A and FU-A instead of 24 and 28."""
    found: list[int] = []
    for packet in packets:
        payload = packet.payload
        if not payload:
            continue
        kind = payload[0] & 0x1F
        if kind == 24:
            at = 1
            while at < len(payload):
                found.append(payload[at + 2] & 0x1F)
                at += 2 + int.from_bytes(payload[at : at + 2], "big")
        elif kind == 28:
            if payload[1] & 0x80:
                found.append(payload[1] & 0x1F)
        else:
            found.append(kind)
    return found


async def described(site: Site, client: RawClient) -> str:
    return (await client.ask("DESCRIBE", site.url("cam"))).body


def decoded(url: str, count: int) -> list[tuple[int, draw.Reading | None]]:
    """Width and reading of the first pictures that PyAV shows."""
    quickly = {"rtsp_transport": "tcp", "analyzeduration": "100000", "fpsprobesize": "0"}
    with av.open(url, options=quickly, timeout=10) as source:
        frames = islice(source.decode(video=0), count)
        return [(frame.width, draw.read_frame(frame)) for frame in frames]


async def test_no_fault_means_sets_in_the_sdp_and_before_key_frames(
    serve: Serve, dial: Dial
) -> None:
    site = await serve()
    client = await dial(site)
    sets = re.findall(r"sprop-parameter-sets=([^;\r]+)", await described(site, client))
    assert [base64.b64decode(one) for one in sets[0].split(",")] == list(
        site.camera("cam").loop().sets
    )
    await client.play(site.url("cam"))
    frames = await client.frames(13)
    assert [types(frame) for frame in frames] == [[7, 8, 5], *([[1]] * 11), [7, 8, 5]]


async def test_row_5_an_sei_is_marked_as_a_frame_of_the_same_time(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(marked_sei=True)
    client = await dial(site)
    await client.play(site.url("cam"))
    frames = await client.frames(8)
    for sei, picture in zip(frames[::2], frames[1::2], strict=True):
        assert types(sei) == [6]
        assert 6 not in types(picture)
        assert sei[0].timestamp == picture[0].timestamp


async def test_row_6_b_frames_are_sent_after_what_they_lean_on(serve: Serve, dial: Dial) -> None:
    site = await serve(bframes=2)
    client = await dial(site)
    await client.play(site.url("cam"))
    stamps = [frame[0].timestamp for frame in await client.frames(7)]
    order = [(stamp - stamps[0]) % 2**32 // 7500 for stamp in stamps]
    assert order == [0, 3, 1, 2, 6, 4, 5]


async def test_row_8_parameter_sets_are_in_the_stream_only(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(sets_not_in_sdp=True)
    client = await dial(site)
    sdp = await described(site, client)
    assert "sprop" not in sdp
    assert "packetization-mode=1" in sdp
    await client.play(site.url("cam"))
    assert types((await client.frames(1))[0]) == [7, 8, 5]


async def test_row_8_of_h265_leaves_no_fmtp(serve: Serve, dial: Dial) -> None:
    site = await serve(codec="h265", faults=Faults(sets_not_in_sdp=True))
    assert "fmtp" not in await described(site, await dial(site))


async def test_row_8_parameter_sets_come_late(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(sets_late_s=1.5)
    client = await dial(site)
    assert "sprop" not in await described(site, client)
    await client.play(site.url("cam"))
    frames = await client.frames(25)
    assert [types(frames[n]) for n in (0, 12, 24)] == [[5], [5], [7, 8, 5]]


async def test_row_9_parameter_sets_are_in_the_sdp_only(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(sets_only_in_sdp=True)
    client = await dial(site)
    assert "sprop-parameter-sets=" in await described(site, client)
    await client.play(site.url("cam"))
    kinds = {kind for frame in await client.frames(14) for kind in types(frame)}
    assert kinds == {1, 5}


async def test_row_10_the_picture_changes_its_size_in_the_stream(wrong: Wrong) -> None:
    site = await wrong(change_every_s=1)

    found = await asyncio.to_thread(decoded, site.url("cam"), 40)
    assert {width for width, _ in found} == {640, 320}
    numbers = [reading.number for _, reading in found if reading]
    assert numbers == [(numbers[0] + n) % 120 for n in range(40)]


async def test_row_10_needs_another_size_to_change_to(serve: Serve) -> None:
    site = await serve(sub=False)
    with pytest.raises(ValueError, match="needs a sub stream"):
        site.camera("cam").faults = Faults(change_every_s=1)


@pytest.mark.parametrize("text", ["0", "0S", "60"])
async def test_row_15_the_sdp_declares_a_wrong_frame_rate(
    wrong: Wrong, dial: Dial, text: str
) -> None:
    site = await wrong(framerate=text)
    assert f"a=framerate:{text}\r\n" in await described(site, await dial(site))


async def test_row_15_the_sps_declares_a_wrong_frame_rate(serve: Serve, dial: Dial) -> None:
    site = await serve(declared_fps=50)
    client = await dial(site)
    rate = await asyncio.to_thread(_rate_in_sps, site)
    assert rate == 50
    await client.play(site.url("cam"))
    frames = await client.frames(3)
    assert (frames[2][0].timestamp - frames[0][0].timestamp) % 2**32 == 2 * 7500


def _rate_in_sps(site: Site) -> int:
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    loop = site.camera("cam").loop()
    nals = [*loop.sets, *loop.units[0].nals]
    decoder.decode(av.Packet(b"".join(b"\0\0\0\1" + nal for nal in nals)))
    rate = decoder.framerate
    assert rate is not None
    return rate.numerator // rate.denominator


async def test_row_16_key_frames_are_twelve_seconds_apart(serve: Serve) -> None:
    site = await serve(seconds=60, gop_s=12)
    keys = [unit.number for unit in site.camera("cam").loop().units if unit.key]
    assert keys == [0, 144, 288, 432, 576]


async def test_row_22_start_codes_stand_inside_one_payload(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(annex_b=True)
    client = await dial(site)
    await client.play(site.url("cam"))
    (frame,) = await client.frames(1)
    whole = bytes([frame[0].payload[0] & 0xE0 | frame[0].payload[1] & 0x1F])
    whole += b"".join(packet.payload[2:] for packet in frame)
    assert [piece[0] & 0x1F for piece in whole.split(b"\0\0\0\1")] == [7, 8, 5]


async def test_row_22_fragments_without_content(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(empty_fragments=True)
    client = await dial(site)
    await client.play(site.url("cam"))
    (frame,) = await client.frames(1)
    sizes = [len(packet.payload) for packet in frame]
    assert 0 in sizes
    assert 2 in sizes  # FU indicator and header, nothing else
    assert frame[-1].payload[1] & 0x40


async def test_row_22_bytes_follow_the_sps(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(sps_tail=True)
    client = await dial(site)
    sps = site.camera("cam").loop().sets[0]
    text = re.findall(r"sprop-parameter-sets=([^,]+),", await described(site, client))[0]
    assert base64.b64decode(text)[: len(sps)] == sps
    assert len(base64.b64decode(text)) == len(sps) + 3
    await client.play(site.url("cam"))
    payload = (await client.frames(1))[0][0].payload
    assert int.from_bytes(payload[1:3], "big") == len(sps) + 3


@pytest.mark.parametrize("fault", ["annex_b", "empty_fragments", "sps_tail", "marked_sei"])
async def test_row_22_and_5_leave_all_pictures_whole(wrong: Wrong, fault: str) -> None:
    """The damage is in the wrapping: what ffmpeg can still read has the right numbers in it."""
    site = await wrong(**{fault: True})
    readings = await asyncio.to_thread(decoded, site.url("cam"), 20)
    numbers = [reading.number for _, reading in readings if reading]
    assert numbers == [(numbers[0] + n) % 120 for n in range(20)]


async def test_an_encrypted_camera_sends_noise_with_right_headers(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(scrambled=True)
    client = await dial(site)
    await client.play(site.url("cam"))
    frames = await client.frames(3)
    assert [types(frame) for frame in frames] == [[7, 8, 5], [1], [1]]
    camera = site.camera("cam")
    sent = {unit.number: unit for unit in camera.loop().units}
    first, second = camera.frames_sent[0].number, camera.frames_sent[1].number
    assert sent[first].key
    assert frames[1][0].payload != sent[second].nals[0][: len(frames[1][0].payload)]


async def test_h265_travels_in_aggregation_and_fragmentation_units(
    serve: Serve, dial: Dial
) -> None:
    site = await serve(codec="h265")
    client = await dial(site)
    await client.play(site.url("cam"))
    first, second = await client.frames(2)
    kinds = [packet.payload[0] >> 1 & 0x3F for packet in first]
    assert kinds[0] == 48
    assert set(kinds[1:]) == {49}
    assert first[1].payload[2] & 0x80
    assert first[-1].payload[2] & 0x40
    assert second[0].payload[0] >> 1 & 0x3F in (1, 49)
