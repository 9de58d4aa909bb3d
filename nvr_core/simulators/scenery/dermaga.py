"""A pier of the islands by day: sea, boats that rise and fall, clouds, palms, gulls."""

from __future__ import annotations

from math import cos, pi, sin

from nvr_core.simulators.canvas import Canvas, ink
from nvr_core.simulators.scenery import figures
from nvr_core.simulators.scenery.place import Moment

HORIZON = 150


class Dermaga:
    """The pier."""

    def backdrop(self, canvas: Canvas) -> None:
        canvas.gradient(0, 0, 640, HORIZON, ink("#4aa3df"), ink("#cdeaf5"))
        canvas.glow(420, 46, 70, "#fff7d6", 0.9)
        canvas.ellipse(420, 46, 19, 19, ink("#fffbe8"))
        canvas.gradient(0, HORIZON, 640, 210, ink("#2f9fb5"), ink("#0f6a8b"))
        canvas.rect(0, HORIZON, 640, 1.5, ink("#8fd3dd"))
        canvas.ellipse(132, HORIZON + 4, 112, 9, ink("#e8d7a2"))
        canvas.rect(0, HORIZON + 4, 260, 12, ink("#38a5b8"))
        canvas.ellipse(136, HORIZON - 4, 84, 14, ink("#3c7a4a"))
        canvas.ellipse(112, HORIZON - 10, 46, 14, ink("#4b9158"))
        canvas.rect(30, HORIZON + 3, 212, 4, ink("#efe0b0"))
        for x, high in ((70, 44), (96, 56), (150, 50), (178, 38), (200, 46)):
            self._palm(canvas, x, HORIZON + 2, high)
        canvas.polygon(((286, HORIZON), (318, 138), (370, 138), (398, HORIZON)), ink("#7fb2b0"))
        self._pier(canvas)

    @staticmethod
    def _palm(canvas: Canvas, x: float, y: float, high: float) -> None:
        top = x + 6, y - high
        canvas.line(((x, y), (x + 1, y - high / 2), top), 2.6, ink("#7a5a3a"))
        for leaf in range(7):
            turn = pi * (0.05 + leaf * 0.15)
            dx, dy = 17 * cos(turn), -9 * sin(turn)
            bend = top[0] + dx * 0.6, top[1] + dy - 3
            canvas.line((top, bend, (top[0] + dx, top[1] + dy + 7)), 2.4, ink("#2d6b3c"))

    @staticmethod
    def _pier(canvas: Canvas) -> None:
        canvas.polygon(((388, 172), (418, 172), (700, 380), (360, 380)), ink("#b08a5e"))
        canvas.polygon(((388, 172), (392, 172), (400, 380), (360, 380)), ink("#8a6844"))
        for plank in range(1, 17):
            part = (plank / 17) ** 2
            y = 172 + 208 * part
            left, right = 388 - 28 * part, 418 + 282 * part
            canvas.line(((left, y), (right, y)), 0.8 + 1.6 * part, ink("#7c5d3c"))
        for post in (0.02, 0.1, 0.26, 0.52, 0.86):
            for x in (388 - 28 * post, 418 + 282 * post):
                y, big = 172 + 208 * post, 0.35 + 1.3 * post
                canvas.rect(x - 4 * big, y - 26 * big, 8 * big, 34 * big, ink("#5e4529"))
                canvas.rect(x - 4 * big, y - 26 * big, 8 * big, 4 * big, ink("#d9c9a5"))
        canvas.rect(404, 128, 3, 46, ink("#4b4b4b"))
        canvas.rect(407, 130, 26, 8, ink("#d8322c"))
        canvas.rect(407, 138, 26, 8, ink("#f7f4ee"))

    def move(self, canvas: Canvas, moment: Moment) -> None:
        for number, (x, y, big) in enumerate(((80, 40, 1.1), (300, 70, 0.8), (470, 26, 0.7))):
            self._cloud(canvas, (x + 780 * moment.round(60)) % 780 - 70, y, big, number)
        for row in range(11):
            self._ripples(canvas, row, moment)
        self._boat(canvas, 248, 232 + 3 * moment.wave(4), 1.25, moment.wave(4, 0.2), "#d8432c")
        self._boat(canvas, 96, 276 + 4 * moment.wave(5, 0.4), 1.7, moment.wave(5, 0.6), "#1f7a8c")
        far = moment.round(30)
        self._boat(
            canvas, 700 - 780 * far, 170 + moment.wave(3), 0.6, moment.wave(3, 0.1), "#f2c14e"
        )
        for number in range(4):
            flight = moment.round(12 + number % 2 * 3, number * 0.27)
            height = 60 + number * 17 + 12 * moment.wave(6, number * 0.3)
            beat = moment.round(0.8, number * 0.2)
            figures.gull(
                canvas, -20 + 680 * flight, height, 0.9 - number * 0.1, beat, ink("#f8fbff")
            )
        walk = moment.round(20, 0.3)
        part = walk * walk
        figures.walker(
            canvas,
            404 + 120 * part,
            176 + 160 * part,
            0.4 + 1.3 * part,
            1,
            moment.round(1.1),
            "#f4a63a",
        )

    @staticmethod
    def _cloud(canvas: Canvas, x: float, y: float, big: float, shape: int) -> None:
        for dx, dy, across in ((0, 0, 30), (24, -8, 26), (48, 0, 28), (24, 6, 40)):
            lift = 4 * ((shape + dx) % 3)
            canvas.ellipse(
                x + dx * big,
                y + (dy - lift) * big,
                across * big,
                across * 0.42 * big,
                ink("#ffffff", 0.62),
            )

    @staticmethod
    def _ripples(canvas: Canvas, row: int, moment: Moment) -> None:
        y = HORIZON + 8 + row * row * 1.3
        wide = 10 + row * 5
        drift = moment.wave(6 + row % 3, row * 0.17) * (4 + row)
        for ripple in range(7):
            x = (ripple * 97 + row * 41) % 400 - 30 + drift
            if x < 372 - row * 2:
                canvas.rect(x, y, wide, 1 + row * 0.16, ink("#9fdfe6", 0.5))

    @staticmethod
    def _boat(canvas: Canvas, x: float, y: float, big: float, roll: float, hull: str) -> None:
        tilt = 3 * roll * big
        canvas.ellipse(x, y + 12 * big, 52 * big, 4 * big, ink("#063a4f", 0.35))
        canvas.polygon(
            (
                (x - 58 * big, y - 12 * big + tilt),
                (x + 58 * big, y - 14 * big - tilt),
                (x + 40 * big, y + 12 * big),
                (x - 38 * big, y + 12 * big),
            ),
            ink(hull),
        )
        canvas.polygon(
            (
                (x - 58 * big, y - 12 * big + tilt),
                (x + 58 * big, y - 14 * big - tilt),
                (x + 54 * big, y - 7 * big - tilt),
                (x - 54 * big, y - 5 * big + tilt),
            ),
            ink("#f7f4ee"),
        )
        canvas.rect(x - 22 * big, y - 34 * big, 40 * big, 22 * big, ink("#f1e7cf"))
        canvas.rect(x - 26 * big, y - 38 * big, 48 * big, 5 * big, ink("#2b5f75"))
        for pane in (-17, -4, 9):
            canvas.rect(x + pane * big, y - 29 * big, 8 * big, 9 * big, ink("#24465a"))
        canvas.line(
            ((x + 30 * big, y - 14 * big), (x + (30 + tilt) * big, y - 54 * big)),
            2 * big,
            ink("#5e4529"),
        )
