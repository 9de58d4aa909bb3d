"""A picture to draw on: planar 4:2:0 bytes and a few shapes, fast enough without a library.

All coordinates are units of a picture 640 wide, whatever its size in pixels: the same drawing
serves 320x180 and 1920x1080. Shapes become one span a row, and a span is one slice assignment
(opaque) or one bytes.translate (translucent), so a frame costs milliseconds in plain Python. The
two pixels at the ends of an opaque span are mixed by how much of them it covers: upright edges
are smooth, which is what a moving figure needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import sqrt

UNITS = 640
"""Width of every picture in drawing units."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Ink:
    """One colour as BT.709 limited-range samples, with its opacity from 0 to 1."""

    luma: int
    cb: int
    cr: int
    alpha: float = 1.0


@lru_cache(maxsize=512)
def ink(colour: str, alpha: float = 1.0) -> Ink:
    """The ink of a colour written as on the web: '#rrggbb'."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return Ink(
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
        alpha,
    )


def between(start: Ink, end: Ink, part: float) -> Ink:
    """The ink that far (0 to 1) on the way from one to the other."""

    def mix(a: float, b: float) -> float:
        return a + (b - a) * part

    return Ink(
        round(mix(start.luma, end.luma)),
        round(mix(start.cb, end.cb)),
        round(mix(start.cr, end.cr)),
        mix(start.alpha, end.alpha),
    )


Span = tuple[int, float, float]
"""Row, left edge, right edge, in pixels."""


@lru_cache(maxsize=4096)
def _blend(sample: int, alpha: float) -> bytes:
    """The translation table that lays a sample over any other."""
    return bytes(round(below + (sample - below) * alpha) for below in range(256))


class Canvas:
    """Three planes of bytes (Y full size, Cb and Cr half size) and the shapes put on them."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.scale = width / UNITS
        self.luma = bytearray(b"\x10" * (width * height))
        self.cb = bytearray(b"\x80" * (width * height // 4))
        self.cr = bytearray(b"\x80" * (width * height // 4))

    def restore(self, other: Canvas) -> None:
        """Become a copy of another canvas of the same size."""
        self.luma[:] = other.luma
        self.cb[:] = other.cb
        self.cr[:] = other.cr

    def restore_part(self, other: Canvas, x: float, y: float, width: float, high: float) -> None:
        """Bring back a rectangle of another canvas of the same size, edges to whole chroma."""
        left, right = int(x * self.scale) & ~1, -(-round((x + width) * self.scale) // 2) * 2
        right = min(right, self.width)
        for row in range(
            int(y * self.scale) & ~1, min(round((y + high) * self.scale), self.height)
        ):
            start, end = row * self.width + left, row * self.width + right
            self.luma[start:end] = other.luma[start:end]
            if row & 1 == 0:
                start = row // 2 * (self.width // 2) + left // 2
                end = start + (right - left) // 2
                self.cb[start:end] = other.cb[start:end]
                self.cr[start:end] = other.cr[start:end]

    def rect(self, x: float, y: float, width: float, height: float, colour: Ink) -> None:
        """An upright rectangle."""
        left, right = round(x * self.scale), round((x + width) * self.scale)
        rows = range(round(y * self.scale), round((y + height) * self.scale))
        self._fill([(row, left, right) for row in rows], colour)

    def gradient(
        self, x: float, y: float, width: float, height: float, top: Ink, bottom: Ink
    ) -> None:
        """A rectangle that changes from one colour to another downwards."""
        left, right = round(x * self.scale), round((x + width) * self.scale)
        first, last = round(y * self.scale), round((y + height) * self.scale)
        for row in range(first, last):
            part = (row - first) / (last - first)
            self._fill([(row, left, right)], between(top, bottom, part))

    def ellipse(self, x: float, y: float, across: float, down: float, colour: Ink) -> None:
        """An upright ellipse around (x, y) with the given half axes."""
        middle, half, high = x * self.scale, across * self.scale, down * self.scale
        if high <= 0:
            return
        centre = y * self.scale
        spans = []
        for row in range(round(centre - high), round(centre + high) + 1):
            away = (row + 0.5 - centre) / high
            if -1 < away < 1:
                reach = half * sqrt(1 - away * away)
                spans.append((row, middle - reach, middle + reach))
        self._fill(spans, colour)

    def glow(self, x: float, y: float, radius: float, colour: str, strength: float) -> None:
        """Light that fades outwards from (x, y)."""
        rings = max(4, min(28, int(radius * self.scale / 2)))
        for ring in range(rings, 0, -1):
            reach = radius * ring / rings
            self.ellipse(x, y, reach, reach, ink(colour, strength / rings))

    def polygon(self, points: Sequence[Point], colour: Ink) -> None:
        """A filled convex polygon."""
        scale = self.scale
        lefts: dict[int, float] = {}
        rights: dict[int, float] = {}
        x0, y0 = points[-1][0] * scale, points[-1][1] * scale
        for x, y in points:
            x1, y1 = x * scale, y * scale
            if y0 != y1:
                slope = (x1 - x0) / (y1 - y0)
                first, last = (round(y0), round(y1)) if y0 < y1 else (round(y1), round(y0))
                for row in range(max(first, 0), min(last, self.height)):
                    at = x0 + (row + 0.5 - y0) * slope
                    if at < lefts.setdefault(row, at):
                        lefts[row] = at
                    if at > rights.setdefault(row, at):
                        rights[row] = at
            x0, y0 = x1, y1
        self._fill([(row, left, rights[row]) for row, left in lefts.items()], colour)

    def line(self, points: Iterable[Point], thick: float, colour: Ink) -> None:
        """Straight pieces from point to point, of the given thickness."""
        path = list(points)
        for (x0, y0), (x1, y1) in pairwise(path):
            length = sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2) or 1.0
            dx, dy = (y1 - y0) / length * thick / 2, (x0 - x1) / length * thick / 2
            self.polygon(
                ((x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy)),
                colour,
            )

    def _fill(self, spans: Sequence[Span], colour: Ink) -> None:
        """Lay spans of one colour; chroma follows on every second row."""
        luma, width, height, half = self.luma, self.width, self.height, self.width // 2
        opaque = colour.alpha >= 1
        sample = colour.luma
        run = bytes((sample,)) * width
        table = b"" if opaque else _blend(sample, colour.alpha)
        for row, from_x, to_x in spans:
            if from_x < 0:
                from_x = 0
            if to_x > width:
                to_x = width
            left, right = round(from_x), round(to_x)
            if left >= right or row < 0 or row >= height:
                continue
            start = row * width
            if opaque:
                first, last = int(from_x), int(to_x)
                if first < left:  # left of the span, partly covered
                    below = luma[start + first]
                    luma[start + first] = below + int((sample - below) * (left - from_x))
                if last >= right and last < width:
                    below = luma[start + last]
                    luma[start + last] = below + int((sample - below) * (to_x - last))
                luma[start + left : start + right] = run[: right - left]
            else:
                luma[start + left : start + right] = luma[start + left : start + right].translate(
                    table
                )
            if row & 1 == 0:
                start = row // 2 * half
                self._tint(start + left // 2, start + (right + 1) // 2, colour)

    def _tint(self, left: int, right: int, colour: Ink) -> None:
        """Chroma samples [left, right) of both planes."""
        for plane, sample in ((self.cb, colour.cb), (self.cr, colour.cr)):
            if colour.alpha >= 1:
                plane[left:right] = bytes((sample,)) * (right - left)
            else:
                table = _blend(sample, colour.alpha)
                plane[left:right] = plane[left:right].translate(table)
