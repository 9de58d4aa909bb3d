"""People, animals and vehicles, small and in few strokes, shared by the places.

x, y is where a figure touches the ground; size 1 is a grown person 60 units tall; heading is 1
to the right and -1 to the left; step is 0 to 1 through one stride.
"""

from __future__ import annotations

from math import pi, sin

from nvr_core.simulators.canvas import Canvas, Ink, ink


def shadow(canvas: Canvas, x: float, y: float, across: float) -> None:
    """What lies under a figure and puts it on the ground."""
    canvas.ellipse(x, y, across, across / 5, ink("#000000", 0.3))


def walker(
    canvas: Canvas,
    x: float,
    y: float,
    size: float,
    heading: int,
    step: float,
    shirt: str,
    trousers: str = "#263238",
    hat: str = "",
) -> None:
    """Somebody who walks."""
    swing = sin(2 * pi * step)
    shadow(canvas, x, y, 13 * size)
    hip, neck = y - 28 * size, y - 48 * size
    for side in (-1, 1):
        foot = x + 9 * size * swing * side
        knee = x + heading * 2 * size + 4.5 * size * swing * side
        canvas.line(((x, hip), (knee, y - 14 * size), (foot, y)), 5 * size, ink(trousers))
    canvas.polygon(
        (
            (x - 6 * size, neck),
            (x + 6 * size, neck),
            (x + 5 * size, hip + 3 * size),
            (x - 5 * size, hip + 3 * size),
        ),
        ink(shirt),
    )
    for side in (-1, 1):
        hand = x - 8 * size * swing * side
        canvas.line(((x, neck + 3 * size), (hand, hip)), 3.5 * size, ink(shirt))
        canvas.ellipse(hand, hip + size, 2 * size, 2 * size, ink("#8d5a3b"))
    canvas.ellipse(x + heading * size, neck - 6 * size, 5 * size, 6 * size, ink("#a66b47"))
    canvas.ellipse(x, neck - 9 * size, 5.2 * size, 4 * size, ink(hat or "#1b1512"))
    if hat:
        canvas.rect(
            x - 4 * size + heading * 4 * size, neck - 8 * size, 8 * size, 2 * size, ink(hat)
        )


def torch(canvas: Canvas, x: float, y: float, size: float, heading: int, swing: float) -> None:
    """The beam of a patrol's lamp, held by a walker at the same place."""
    hand_x, hand_y = x + 9 * size * heading, y - 30 * size
    far_x = hand_x + 105 * size * heading
    for part, strength in ((1.0, 0.10), (0.7, 0.12), (0.4, 0.14)):
        spread = 26 * size * part
        end_x = hand_x + (far_x - hand_x) * (0.55 + part * 0.45)
        end_y = hand_y + (22 + 8 * swing) * size
        canvas.polygon(
            ((hand_x, hand_y), (end_x, end_y - spread), (end_x, end_y + spread)),
            ink("#fff3c0", strength),
        )
    canvas.ellipse(hand_x, hand_y, 2.5 * size, 2.5 * size, ink("#fffbe6"))


def motorbike(
    canvas: Canvas, x: float, y: float, size: float, heading: int, turn: float, body: str
) -> None:
    """A motorbike and its rider; turn is 0 to 1 through one turn of the wheels."""
    shadow(canvas, x, y, 34 * size)

    def place(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * size * heading, y - dy * size

    for hub in (-22.0, 22.0):
        at = place(hub, 11)
        canvas.ellipse(*at, 11 * size, 11 * size, ink("#15181c"))
        canvas.ellipse(*at, 7 * size, 7 * size, ink("#565f68"))
        spoke = 2 * pi * turn
        dx, dy = 7 * size * sin(spoke), 7 * size * sin(spoke + pi / 2)
        canvas.line(((at[0] - dx, at[1] - dy), (at[0] + dx, at[1] + dy)), 2 * size, ink("#c3ccd4"))
    canvas.polygon(
        [place(-28, 26), place(-6, 20), place(10, 16), place(16, 30), place(2, 24), place(-8, 28)],
        ink(body),
    )
    canvas.polygon([place(12, 18), place(22, 12), place(18, 42), place(12, 42)], ink(body))
    canvas.line([place(12, 42), place(20, 45)], 3 * size, ink("#15181c"))
    canvas.polygon([place(-26, 29), place(-6, 27), place(0, 31), place(-24, 33)], ink("#15181c"))
    canvas.line([place(-12, 31), place(4, 27), place(2, 12)], 7 * size, ink("#37474f"))
    canvas.polygon([place(-18, 31), place(-6, 31), place(2, 56), place(-9, 56)], ink("#00695c"))
    canvas.line([place(-3, 53), place(8, 42), place(17, 44)], 5 * size, ink("#00695c"))
    canvas.ellipse(*place(-1, 64), 9 * size, 9 * size, ink("#e8eaed"))
    canvas.rect(*place(2 if heading > 0 else 8, 65), 6 * size, 5 * size, ink("#263238"))
    canvas.glow(*place(24, 34), 22 * size, "#fff3c0", 0.9)
    canvas.ellipse(*place(23, 34), 3 * size, 3 * size, ink("#fffbe6"))
    canvas.ellipse(*place(-29, 27), 2 * size, 2 * size, ink("#ff3b30"))


def cat(canvas: Canvas, x: float, y: float, size: float, heading: int, step: float) -> None:
    """A cat on its own errand."""
    swing = sin(2 * pi * step) * 4 * size
    fur = ink("#d98e3f")
    shadow(canvas, x, y, 13 * size)
    for leg, side in ((-8, 1), (-5, -1), (6, -1), (9, 1)):
        top = x + leg * size * heading
        canvas.line(((top, y - 8 * size), (top + swing * side, y)), 2.4 * size, fur)
    canvas.ellipse(x, y - 10 * size, 12 * size, 5 * size, fur)
    head = x + 13 * size * heading
    canvas.ellipse(head, y - 15 * size, 5 * size, 4.5 * size, fur)
    for ear in (-3, 3):
        tip = head + ear * size
        canvas.polygon(
            (
                (tip - 2 * size, y - 18 * size),
                (tip, y - 23 * size),
                (tip + 2 * size, y - 18 * size),
            ),
            fur,
        )
    tail = x - 11 * size * heading
    canvas.line(
        (
            (tail, y - 12 * size),
            (tail - 6 * size * heading, y - 20 * size),
            (tail + swing, y - 27 * size),
        ),
        2.4 * size,
        fur,
    )


def gull(canvas: Canvas, x: float, y: float, size: float, beat: float, colour: Ink) -> None:
    """A bird far away; beat is 0 to 1 through one beat of the wings."""
    lift = sin(2 * pi * beat) * 5 * size
    canvas.line(
        (
            (x - 10 * size, y - lift),
            (x - 4 * size, y - 3 * size),
            (x, y),
            (x + 4 * size, y - 3 * size),
            (x + 10 * size, y - lift),
        ),
        2 * size,
        colour,
    )
