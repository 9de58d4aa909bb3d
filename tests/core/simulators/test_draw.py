"""The drawn code: read as its documentation says, at any size, and never read wrongly."""

from __future__ import annotations

from functools import cache
from random import Random

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.simulators import draw
from nvr_core.simulators.canvas import Canvas

NUMBERS = st.integers(0, 0xFFFF)


@cache
def still(width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    draw.draw_still(canvas, "gang")
    return canvas


def picture(width: int, height: int, number: int, clock: int) -> Canvas:
    canvas = Canvas(width, height)
    canvas.restore(still(width, height))
    draw.draw_moving(canvas, still(width, height), "gang", number, clock)
    return canvas


@pytest.mark.parametrize(("width", "height"), [(640, 360), (320, 180), (640, 480)])
@given(number=NUMBERS, clock=st.integers(0, 5999))
def test_what_is_drawn_is_read_at_every_size(
    width: int, height: int, number: int, clock: int
) -> None:
    canvas = picture(width, height, number, clock)
    assert draw.read_number(canvas.luma, width, height) == number
    assert draw.read_clock(canvas.luma, width, height) == clock


def test_a_reader_written_from_the_documentation_agrees() -> None:
    """The same steps as a page in a browser takes them, with the check computed bit by bit."""
    canvas = picture(640, 360, 0x1234, 4711)
    for row, expected, register in ((0, 0x1234, 0xA5), (1, 4711, 0x5A)):
        bits = [canvas.luma[(324 + 12 * row + 6) * 640 + 12 + 12 * i + 6] > 128 for i in range(28)]
        assert [bits[0], bits[1], bits[26], bits[27]] == [True, False, False, True]
        for bit in bits[2:18]:
            top = register >> 7 ^ bit
            register = register << 1 & 0xFF ^ (7 if top else 0)
        assert int("".join("01"[bit] for bit in bits[2:18]), 2) == expected
        assert int("".join("01"[bit] for bit in bits[18:26]), 2) == register


@pytest.mark.parametrize("size", [(160, 90), (320, 180), (500, 281), (1280, 720)])
def test_the_code_survives_scaling(size: tuple[int, int]) -> None:
    canvas = picture(640, 360, 431, 3591)
    frame = av.VideoFrame(640, 360, "gray")
    frame.planes[0].update(bytes(canvas.luma))
    scaled = frame.reformat(*size, interpolation="BILINEAR")
    assert draw.read_frame(scaled) == draw.Reading(431, 3591)


def test_nothing_is_read_where_nothing_is_drawn() -> None:
    assert draw.read_number(bytes(640 * 360), 640, 360) is None
    noise = Random(1).randbytes(640 * 360)
    assert draw.read_number(noise, 640, 360) is None
    assert draw.read_clock(noise, 640, 360) is None


def test_a_picture_too_flat_for_the_code_is_not_read() -> None:
    assert draw.read_number(bytes([200]) * 640 * 200, 640, 200) is None


@given(cell=st.integers(2, 25), number=NUMBERS)
def test_one_wrong_cell_is_always_noticed(cell: int, number: int) -> None:
    luma = picture(640, 360, number, 0).luma
    at = (324 + 6) * 640 + 12 + 12 * cell + 6
    luma[at] = 255 - luma[at]
    assert draw.read_number(luma, 640, 360) is None


def test_the_two_rows_are_not_taken_for_each_other() -> None:
    canvas = picture(640, 360, 77, 5)
    upper, lower = 324 * 640, 336 * 640
    swapped = bytearray(canvas.luma)
    swapped[upper:lower], swapped[lower : lower + 12 * 640] = (
        canvas.luma[lower : lower + 12 * 640],
        canvas.luma[upper:lower],
    )
    assert draw.read_number(swapped, 640, 360) is None
    assert draw.read_clock(swapped, 640, 360) is None
