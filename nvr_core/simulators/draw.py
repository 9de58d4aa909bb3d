"""What a simulated picture says about itself, and how a program reads it back.

A reader gains proof: which frame of the loop it holds, and which hundredth of a second of the
loop that frame shows. Both survive compression and scaling.

The layout, in units of width/640 (a picture 640 wide has units of one pixel):

    two rows of 28 square cells of 12 units; left edge 12; tops at 324 and 336
    upper row: frame number in the loop        lower row: hundredths of a second in the loop
    cells from the left: white, black, 16 bits (most significant first, white is 1),
    8 bits CRC-8, black, white
    CRC-8: polynomial 0x07, no reflection, over the two bytes of the number, most significant
    first; register starts at 0xA5 (upper row) or 0x5A (lower row)

To read cell i of row r take the luma at x = (12 + 12 i + 6) units, y = (324 + 12 r + 6) units.
A cell is white above the middle between the guards' white and black; guards nearer than 60
levels mean that there is nothing to read. The loop is locked to the wall clock, so hundredths of
a 60 s loop are the second of the minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nvr_core.simulators import font
from nvr_core.simulators.canvas import UNITS, Canvas, ink

if TYPE_CHECKING:
    from av import VideoFrame

CELL = 12
LEFT = 12
TOPS = (324, 336)
STARTS = (0xA5, 0x5A)
BITS = 16
CELLS = BITS + 8 + 4
CONTRAST = 60

Luma = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Reading:
    """What one picture says: frame number in the loop, hundredths of a second in the loop."""

    number: int
    clock: int


def crc8(number: int, start: int) -> int:
    """The check byte of a 16 bit number."""
    register = start
    for byte in (number >> 8, number & 0xFF):
        register ^= byte
        for _ in range(8):
            register = (register << 1) ^ (0x107 if register & 0x80 else 0)
    return register


BAR = (0.0, 316.0, 640.0, 44.0)
CLOCK = (478.0, 12.0, 150.0, 54.0)


def name_plate(label: str) -> tuple[float, float, float, float]:
    """Where the camera's name stands: x, y, width, height in units."""
    return 12, 12, font.width(label, 3) + 16, 33


def draw_still(canvas: Canvas, label: str) -> None:
    """The parts of the overlay that never change: the dark bar, the camera's name."""
    canvas.rect(*BAR, ink("#0b1016", 0.78))
    canvas.rect(0, BAR[1], UNITS, 1, ink("#ffffff", 0.25))
    canvas.rect(LEFT, TOPS[0], CELLS * CELL, 2 * CELL, ink("#000000"))
    canvas.rect(*CLOCK, ink("#0b1016", 0.6))
    font.write(canvas, "SIMULATED", 520, 336, 2, ink("#9fb3c8"))
    if label:
        canvas.rect(*name_plate(label), ink("#0b1016", 0.55))
        font.write(canvas, label, 20, 18, 3, ink("#ffffff"), shadow=0.6)


def draw_moving(canvas: Canvas, still: Canvas, label: str, number: int, clock: int) -> None:
    """The parts that change with every frame: the code, the second in large digits, the number.

    still: the backdrop with draw_still on it; whatever moved over the overlay is taken back.
    """
    for box in (BAR, CLOCK, name_plate(label)):
        canvas.restore_part(still, *box)
    for value, top, start in zip((number, clock), TOPS, STARTS, strict=True):
        word = value << 8 | crc8(value, start)
        cells = f"10{word:0{BITS + 8}b}01"
        for place, cell in enumerate(cells):
            if cell == "1":
                canvas.rect(LEFT + place * CELL, top, CELL, CELL, ink("#ffffff"))
    seconds, hundredths = divmod(clock, 100)
    font.write(canvas, f"{seconds:02d}.{hundredths // 10}", 484, 18, 6, ink("#ffffff"))
    font.write(canvas, f"FRAME {number}", 364, 336, 2, ink("#ffffff"))


def read_number(luma: Luma, width: int, height: int, stride: int | None = None) -> int | None:
    """The frame number drawn in a picture's luma plane, None where none can be read."""
    return _read_row(luma, width, height, stride or width, 0)


def read_clock(luma: Luma, width: int, height: int, stride: int | None = None) -> int | None:
    """The hundredths of a second drawn in a picture's luma plane, None where none can be read."""
    return _read_row(luma, width, height, stride or width, 1)


def read_frame(frame: VideoFrame) -> Reading | None:
    """Read a decoded frame whose first plane is 8-bit luma (yuv420p, nv12, gray)."""
    plane = frame.planes[0]
    luma = memoryview(plane)
    number = read_number(luma, frame.width, frame.height, plane.line_size)
    clock = read_clock(luma, frame.width, frame.height, plane.line_size)
    return None if number is None or clock is None else Reading(number, clock)


def _read_row(luma: Luma, width: int, height: int, stride: int, row: int) -> int | None:
    unit = width / UNITS
    line = int((TOPS[row] + CELL / 2) * unit)
    if line >= height:
        return None
    levels = [
        luma[line * stride + int((LEFT + place * CELL + CELL / 2) * unit)] for place in range(CELLS)
    ]
    white = (levels[0] + levels[-1]) / 2
    black = (levels[1] + levels[-2]) / 2
    if white - black < CONTRAST:
        return None
    threshold = (white + black) / 2
    word = 0
    for level in levels[2:-2]:
        word = word << 1 | (level > threshold)
    number = word >> 8
    return number if crc8(number, STARTS[row]) == word & 0xFF else None
