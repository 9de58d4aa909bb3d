"""Rows 1 to 4 of the table of faults, as they are on the wire."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from struct import unpack_from

import pytest

from nvr_core.simulators import Faults, Site
from nvr_core.testing.raw_rtsp import Packet, RawClient

Wrong = Callable[..., Awaitable[Site]]
Dial = Callable[[Site], Awaitable[RawClient]]
TICKS = 7500
"""Of one frame at 12 frames a second."""


async def steps(site: Site, client: RawClient, frames: int) -> list[int]:
    """From frame to frame, how far the RTP timestamp moves (signed)."""
    await client.play(site.url("cam"))
    stamps = [frame[0].timestamp for frame in await client.frames(frames)]
    return [(b - a + 2**31) % 2**32 - 2**31 for a, b in itertools.pairwise(stamps)]


async def test_no_fault_means_even_steps(wrong: Wrong, dial: Dial) -> None:
    site = await wrong()
    assert set(await steps(site, await dial(site), 16)) == {TICKS}


@pytest.mark.parametrize("jump", [-2.5, 5.0])
async def test_row_1_timestamps_jump_and_stay_there(wrong: Wrong, dial: Dial, jump: float) -> None:
    site = await wrong(jump_s=jump, jump_every_s=0.5)
    found = await steps(site, await dial(site), 16)
    assert found == ([TICKS] * 5 + [TICKS + round(jump * 90_000)] + [TICKS] * 5) + found[11:]
    assert found[11] == TICKS + round(jump * 90_000)


async def test_row_1_single_timestamps_go_backwards(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(backwards_every=4)
    found = await steps(site, await dial(site), 12)
    assert found == [TICKS, TICKS, -2 * TICKS, 4 * TICKS] * 2 + [TICKS, TICKS, -2 * TICKS]


def reports(packets: list[Packet]) -> list[tuple[float, int]]:
    """(wall seconds since 1900, RTP timestamp) of each sender report on channel 1."""
    found = []
    for packet in packets:
        if packet.channel == 1:
            assert packet.raw[1] == 200
            seconds, part, stamp = unpack_from(">III", packet.raw, 8)
            found.append((seconds + part / 2**32, stamp))
    return found


async def test_row_2_sender_reports_jump_while_timestamps_do_not(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(report_jump_s=-3600, report_every_s=0.3)
    client = await dial(site)
    assert set(await steps(site, client, 24)) == {TICKS}
    walls = [wall for wall, _ in reports(client.packets)]
    assert len(walls) >= 4
    assert walls[1] - walls[0] == pytest.approx(-3600, abs=1)
    assert walls[2] - walls[1] == pytest.approx(0.33, abs=0.3)


@pytest.mark.parametrize("ppm", [0, 2000])
async def test_row_3_the_clock_drifts(wrong: Wrong, dial: Dial, ppm: int) -> None:
    site = await wrong(drift_ppm=ppm, report_every_s=0.4)
    client = await dial(site)
    found = await steps(site, client, 25)
    assert sum(found) == pytest.approx(24 * TICKS * (1 + ppm / 1e6), abs=1)
    (first_wall, first_stamp), *_, (last_wall, last_stamp) = reports(client.packets)
    # The camera believes in its own clock: reports agree with its timestamps.
    assert (last_stamp - first_stamp) % 2**32 / 90_000 == pytest.approx(
        last_wall - first_wall, abs=1e-3
    )


async def test_row_4_timestamps_and_sequence_numbers_wrap(wrong: Wrong, dial: Dial) -> None:
    site = await wrong(wrap_after_s=1)
    client = await dial(site)
    assert set(await steps(site, client, 18)) == {TICKS}
    stamps = [packet.timestamp for packet in client.video()]
    assert stamps[0] == 2**32 - 90_000
    assert stamps[-1] < 90_000
    numbers = [packet.sequence for packet in client.video()]
    assert numbers == [(numbers[0] + n) % 2**16 for n in range(len(numbers))]
    assert numbers[0] > numbers[-1]


async def test_faults_may_be_replaced_while_a_viewer_watches(wrong: Wrong, dial: Dial) -> None:
    site = await wrong()
    client = await dial(site)
    assert set(await steps(site, client, 6)) == {TICKS}
    site.camera("cam").faults = Faults(jump_s=100, jump_every_s=0.001)
    before = client.video()[-1].timestamp
    await client.frames(8)
    assert (client.video()[-1].timestamp - before) % 2**32 > 100 * 90_000
