"""An alley of a kampung at dusk: houses, bunting, a motorbike, people on their way."""

from __future__ import annotations

from nvr_core.simulators.canvas import Canvas, Point, between, ink
from nvr_core.simulators.scenery import figures
from nvr_core.simulators.scenery.place import Moment

EYE: Point = (320, 176)
"""Where the lines of the alley meet."""


def toward(x: float, y: float, depth: float) -> Point:
    """A point of the front plane moved that part (0 to 1) of the way to the vanishing point."""
    return x + (EYE[0] - x) * depth, y + (EYE[1] - y) * depth


class Gang:
    """The alley."""

    def backdrop(self, canvas: Canvas) -> None:
        canvas.gradient(0, 0, 640, 110, ink("#20315c"), ink("#a8617a"))
        canvas.gradient(0, 110, 640, 80, ink("#a8617a"), ink("#f6b36b"))
        canvas.glow(350, 172, 120, "#ffe0a0", 0.7)
        self._skyline(canvas)
        canvas.polygon(
            (toward(-240, 400, 0.96), toward(880, 400, 0.96), (880, 400), (-240, 400)),
            ink("#55525c"),
        )
        canvas.polygon(
            (toward(225, 400, 0.95), toward(415, 400, 0.95), (450, 400), (190, 400)),
            ink("#625f68"),
        )
        for slab in (0.0, 0.22, 0.4, 0.55, 0.68, 0.78, 0.86):
            left, right = toward(-240, 400, slab), toward(880, 400, slab)
            canvas.line((left, right), 2.2 * (1 - slab), ink("#3c3942", 0.6))
        for side in (-1, 1):
            self._row_of_houses(canvas, side)
        for depth, sway in ((0.72, 0.5), (0.5, -0.4)):
            self._bunting(canvas, depth, sway)
        self._lamp(canvas)
        canvas.line((toward(-60, 40, 0.0), toward(330, 60, 0.75)), 1.4, ink("#1a1a22"))
        canvas.line((toward(700, 20, 0.0), toward(330, 66, 0.8)), 1.4, ink("#1a1a22"))

    @staticmethod
    def _skyline(canvas: Canvas) -> None:
        towers = (
            (196, 60, 30),
            (232, 84, 22),
            (262, 50, 26),
            (372, 66, 28),
            (404, 92, 20),
            (432, 58, 34),
        )
        for number, (x, high, wide) in enumerate(towers):
            canvas.gradient(x, 186 - high, wide, high, ink("#4d3d66"), ink("#8b5a72"))
            for row in range(int(high) // 8):
                for column in range(int(wide) // 6):
                    if (row * 5 + column * 3 + number) % 4 == 0:
                        canvas.rect(
                            x + 2 + column * 6, 190 - high + row * 8, 2.4, 3, ink("#ffd98a")
                        )
        canvas.polygon(((316, 186), (318.5, 108), (321.5, 108), (324, 186)), ink("#5d4a6c"))
        canvas.polygon(((309, 160), (331, 160), (326, 166), (314, 166)), ink("#5d4a6c"))
        canvas.ellipse(320, 105, 3, 5, ink("#ffcf5c"))

    def _row_of_houses(self, canvas: Canvas, side: int) -> None:
        walls = (
            ("#7fb3a6", "#a5432f", 0.00, 0.36, 60.0),
            ("#e3b45c", "#8c3b2c", 0.36, 0.60, 20.0),
            ("#c76f72", "#6e3328", 0.60, 0.76, 66.0),
            ("#7d93c4", "#803a2a", 0.76, 0.87, 10.0),
        )
        if side > 0:
            walls = (
                ("#d8c3a0", "#7a3427", 0.00, 0.30, 40.0),
                ("#6fa1c9", "#9a4230", 0.30, 0.56, 74.0),
                ("#a9c27a", "#6e3328", 0.56, 0.74, 30.0),
                ("#d99a7a", "#803a2a", 0.74, 0.87, 70.0),
            )

        def at(depth: float, y: float) -> Point:
            return toward(320 + side * 330, y, depth)

        for wall, roof, near, far, top in reversed(walls):
            dusk = ink("#2a2238")
            canvas.polygon(
                (at(near, top), at(far, top), at(far, 372), at(near, 372)),
                between(ink(wall), dusk, 0.18 + near * 0.45),
            )
            canvas.polygon(
                (at(near, 330), at(far, 330), at(far, 372), at(near, 372)),
                between(ink(wall), dusk, 0.5),
            )
            ridge = [toward(320 + side * 420, top - 52, depth) for depth in (near, far)]
            eave = [toward(320 + side * 300, top + 16, depth) for depth in (near, far)]
            canvas.polygon(
                (ridge[0], ridge[1], eave[1], eave[0]),
                between(ink(roof), dusk, 0.15 + near * 0.4),
            )
            canvas.line(eave, 3 * (1 - near), ink("#2b1a17"))
            span = far - near
            for start, end, high, low, lit in (
                (0.12, 0.34, 150, 250, True),
                (0.44, 0.62, 150, 372, False),
                (0.72, 0.92, 150, 250, near < 0.3 or side > 0),
            ):
                a, b = near + span * start, near + span * end
                canvas.polygon((at(a, high), at(b, high), at(b, low), at(a, low)), ink("#3b2a22"))
                pane = (b - a) * 0.12
                canvas.polygon(
                    (
                        at(a + pane, high + 8),
                        at(b - pane, high + 8),
                        at(b - pane, low - 8),
                        at(a + pane, low - 8),
                    ),
                    ink("#ffd27a") if lit else ink("#5b4034"),
                )
                middle = (a + b) / 2
                canvas.line(
                    (at(middle, high + 8), at(middle, low - 8)), 2.4 * (1 - a), ink("#3b2a22")
                )
            for pot in (0.40, 0.67, 0.97):
                x, y = toward(320 + side * 300, 372, near + span * pot)
                big = 1 - (near + span * pot)
                canvas.ellipse(x, y - 26 * big, 15 * big, 19 * big, ink("#2f5d3a"))
                canvas.ellipse(x + 4 * big, y - 33 * big, 8 * big, 9 * big, ink("#4c8a50"))
                canvas.rect(x - 8 * big, y - 14 * big, 16 * big, 14 * big, ink("#9a4f35"))

    @staticmethod
    def _lamp(canvas: Canvas) -> None:
        x, foot = toward(60, 372, 0.5)
        canvas.rect(x - 2, 92, 4, foot - 92, ink("#22252b"))
        canvas.line(((x, 94), (x + 14, 86), (x + 30, 88)), 3, ink("#22252b"))
        canvas.glow(x + 30, 94, 70, "#ffe6a8", 0.85)
        canvas.polygon(
            ((x + 24, 94), (x + 36, 94), (x + 96, foot + 34), (x - 30, foot + 34)),
            ink("#ffe6a8", 0.12),
        )
        canvas.ellipse(x + 30, 93, 7, 4, ink("#fff8e0"))

    def move(self, canvas: Canvas, moment: Moment) -> None:
        self._bunting(canvas, 0.12, moment.wave(4))
        far = moment.round(30)
        depth = 0.78 - 0.42 * far
        x, y = toward(382 + 30 * far, 372, depth)
        figures.walker(
            canvas,
            x,
            y,
            3.1 * (1 - depth),
            -1,
            moment.round(1.2),
            "#c62828",
            "#37474f",
            hat="#1b3a5c",
        )
        away = moment.round(20, 0.4)
        figures.walker(
            canvas, -60 + 760 * away, 292, 1.35, 1, moment.round(1.0), "#f4f1e8", "#4e6e58"
        )
        ride = moment.round(12, 0.55)
        if ride < 0.45:
            turn = 1 - moment.round(0.5)
            figures.motorbike(canvas, 760 - 2000 * ride, 312, 1.6, -1, turn, "#c62828")
        stroll = moment.round(60, 0.2)
        figures.cat(canvas, -40 + 720 * stroll, 314, 0.9, 1, moment.round(0.8))

    @staticmethod
    def _bunting(canvas: Canvas, depth: float, sway: float) -> None:
        """Red and white flags across the alley."""
        flags = 13
        ends = toward(0, 66, depth), toward(640, 66, depth)
        near = 1 - depth

        def hang(part: float) -> Point:
            return (
                ends[0][0] + (ends[1][0] - ends[0][0]) * part,
                ends[0][1] + 150 * near * (part - part * part) + 4 * near * sway * (part - 0.5),
            )

        canvas.line(
            [hang(i / flags) for i in range(flags + 1)], max(1.0, 1.6 * near), ink("#20202a")
        )
        for number in range(flags):
            (x0, y0), (x1, y1) = hang(number / flags), hang((number + 0.8) / flags)
            tip = (x0 + x1) / 2 + 6 * near * sway, (y0 + y1) / 2 + 34 * near
            canvas.polygon(((x0, y0), (x1, y1), tip), ink("#d8322c" if number % 2 else "#f7f4ee"))
