"""A patrol's post at night: the hut and its lamp, the hanging drum, a round that comes by."""

from __future__ import annotations

from nvr_core.simulators import font
from nvr_core.simulators.canvas import Canvas, between, ink
from nvr_core.simulators.scenery import figures
from nvr_core.simulators.scenery.place import Moment

LAMP = (228.0, 150.0)
STARS = 70


class Pos:
    """The post."""

    def backdrop(self, canvas: Canvas) -> None:
        canvas.gradient(0, 0, 640, 220, ink("#070d1f"), ink("#1f3358"))
        for star in range(STARS):
            x, y = star * 97 % 640, star * star * 13 % 150
            size = 0.6 + star % 3 * 0.35
            canvas.ellipse(x, y, size, size, ink("#dfe8ff", 0.45 + star % 4 * 0.15))
        canvas.glow(96, 112, 64, "#dfe6f5", 0.5)
        canvas.ellipse(96, 112, 19, 19, ink("#f3efdd"))
        canvas.ellipse(103, 107, 16, 16, ink("#e2dcc4", 0.5))
        for x, high, wide in (
            (0, 38, 84),
            (90, 56, 60),
            (380, 44, 90),
            (476, 62, 66),
            (548, 40, 96),
        ):
            self._house(canvas, x, high, wide)
        canvas.gradient(0, 216, 640, 144, ink("#232a33"), ink("#39424c"))
        canvas.gradient(0, 264, 640, 40, ink("#3d444d"), ink("#4a525c"))
        for dash in range(9):
            canvas.rect(14 + dash * 76, 283, 38, 2.5, ink("#a9a48c", 0.55))
        self._tree(canvas)
        self._hut(canvas)
        canvas.glow(*LAMP, 120, "#ffdc8c", 0.75)
        canvas.polygon(
            ((LAMP[0] - 6, LAMP[1]), (LAMP[0] + 6, LAMP[1]), (390, 300), (60, 300)),
            ink("#ffdc8c", 0.14),
        )
        canvas.ellipse(*LAMP, 6, 7, ink("#fff6d8"))
        canvas.line(((LAMP[0], 128), (LAMP[0], 144)), 1.5, ink("#15100c"))

    @staticmethod
    def _house(canvas: Canvas, x: float, high: float, wide: float) -> None:
        canvas.rect(x, 220 - high, wide, high, ink("#131a2a"))
        canvas.polygon(
            ((x - 6, 220 - high), (x + wide / 2, 196 - high), (x + wide + 6, 220 - high)),
            ink("#0d1320"),
        )
        for window in range(int(wide) // 22):
            lit = ink("#f4c766") if (window + int(x)) % 3 else ink("#263149")
            canvas.rect(x + 8 + window * 22, 232 - high, 9, 12, lit)

    @staticmethod
    def _tree(canvas: Canvas) -> None:
        canvas.polygon(((566, 262), (574, 120), (586, 120), (598, 262)), ink("#191410"))
        for x, y, across in (
            (580, 96, 66),
            (536, 116, 44),
            (626, 112, 46),
            (560, 66, 42),
            (606, 66, 40),
            (520, 142, 28),
        ):
            canvas.ellipse(x, y, across, across * 0.7, ink("#10241c"))
        for x, y, across in ((560, 84, 26), (604, 92, 30), (534, 112, 20), (580, 58, 20)):
            canvas.ellipse(x, y, across, across * 0.5, ink("#1d3b2b"))

    @staticmethod
    def _hut(canvas: Canvas) -> None:
        wood, dark = ink("#7a4f2d"), ink("#3a2415")
        canvas.rect(142, 132, 172, 108, ink("#c08a4e"))
        canvas.gradient(142, 132, 172, 108, ink("#e0a95e", 0.75), ink("#7d5228", 0.75))
        for plank in range(12):
            canvas.rect(142 + plank * 14.4, 132, 1, 108, ink("#5c3a1f", 0.5))
        canvas.rect(134, 232, 188, 18, wood)
        canvas.rect(134, 232, 188, 3, ink("#a8713f"))
        canvas.rect(146, 250, 10, 14, dark)
        canvas.rect(300, 250, 10, 14, dark)
        for post in (134, 314):
            canvas.rect(post, 118, 8, 132, wood)
        for slat in range(4):
            canvas.rect(142, 206 + slat * 7, 60, 4, wood)
        roof = ((110, 126), (170, 72), (286, 72), (346, 126))
        canvas.polygon(roof, ink("#8f3b2a"))
        for row in range(1, 5):
            part = row / 5
            canvas.line(
                ((170 - 60 * part, 72 + 54 * part), (286 + 60 * part, 72 + 54 * part)),
                1.6,
                ink("#5d2419"),
            )
        canvas.rect(108, 124, 240, 5, ink("#4a1d14"))
        canvas.rect(176, 96, 106, 20, ink("#f3ead2"))
        canvas.rect(176, 96, 106, 2, ink("#b23a2e"))
        canvas.rect(176, 114, 106, 2, ink("#b23a2e"))
        font.write(canvas, "POS RONDA", 183, 100, 1.75, ink("#6b2a20"))
        canvas.rect(250, 150, 46, 34, ink("#f1ecdd"))
        for line in range(5):
            canvas.rect(254, 155 + line * 6, 34 - line % 2 * 8, 2, ink("#7d7565"))
        # Somebody sits on the bench and looks at the board.
        canvas.ellipse(178, 212, 12, 17, ink("#2d5d8a"))
        canvas.ellipse(181, 190, 7.5, 8.5, ink("#a66b47"))
        canvas.ellipse(180, 185, 8, 5.5, ink("#1b1512"))
        canvas.polygon(((170, 222), (204, 222), (206, 232), (170, 234)), ink("#20242c"))
        canvas.line(((203, 226), (206, 248)), 7, ink("#20242c"))

    def move(self, canvas: Canvas, moment: Moment) -> None:
        lean = 3 * moment.wave(5)
        canvas.line(((330, 128), (330 + lean, 150)), 1.5, ink("#15100c"))
        canvas.ellipse(330 + lean * 1.8, 170, 8, 22, ink("#8a5a30"))
        canvas.rect(328.5 + lean * 1.8, 156, 3, 28, ink("#2a180c"))
        for fly in range(9):
            x = 400 + fly * 25 + 14 * moment.wave(6 + fly % 3, fly * 0.21)
            y = 196 + fly * 17 % 56 + 9 * moment.wave(4, fly * 0.37)
            light = max(0.0, moment.wave(3, fly * 0.29))
            canvas.ellipse(x, y, 1.8, 1.8, between(ink("#27402c", 0.4), ink("#e8ff8a"), light))
        steam = moment.round(3)
        canvas.ellipse(
            226 + 2 * moment.wave(1.5),
            224 - 22 * steam,
            3 + 4 * steam,
            3,
            ink("#ffffff", 0.16 * (1 - steam)),
        )
        canvas.rect(222, 224, 8, 8, ink("#f1ecdd"))
        ride = moment.round(20, 0.62)
        if ride < 0.3:
            figures.motorbike(canvas, -80 + 2700 * ride, 284, 1.3, 1, moment.round(0.5), "#1565c0")
        patrol = moment.round(30, 0.75)
        x, step = 720 - 800 * patrol, moment.round(1.2)
        figures.torch(canvas, x, 308, 1.5, -1, moment.wave(2.5))
        figures.walker(canvas, x, 308, 1.5, -1, step, "#1b3a5c", "#15202b", hat="#0d1b2a")
        figures.walker(canvas, x + 62, 304, 1.4, -1, (step + 0.4) % 1, "#5b7f5a", "#3e2f26")
