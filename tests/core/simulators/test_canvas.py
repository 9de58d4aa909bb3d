"""Shapes: where they lie, that they mix at their edges, and that nothing leaves the picture."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.simulators.canvas import Canvas, ink

WHITE = ink("#ffffff")
PLACE = st.floats(-2000, 2000, allow_nan=False)


def test_a_rectangle_covers_exactly_its_pixels_and_their_colour() -> None:
    canvas = Canvas(320, 180)
    canvas.rect(20, 40, 100, 60, ink("#ff0000"))
    covered = [at for at, sample in enumerate(canvas.luma) if sample != 16]
    assert (covered[0], covered[-1], len(covered)) == (20 * 320 + 10, 49 * 320 + 59, 50 * 30)
    assert len(canvas.cr) - canvas.cr.count(128) == 25 * 15


def test_an_edge_between_two_pixels_is_mixed() -> None:
    canvas = Canvas(640, 360)
    canvas.polygon(((10.25, 10), (20, 10), (20, 20), (10.25, 20)), WHITE)
    row = canvas.luma[15 * 640 + 9 : 15 * 640 + 12]
    assert (row[0], row[1], row[2]) == (16, 235, 235)
    canvas.polygon(((10.75, 30), (20, 30), (20, 40), (10.75, 40)), WHITE)
    assert 16 < canvas.luma[35 * 640 + 10] < 128


def test_a_translucent_shape_lies_between_what_is_below_and_its_own_colour() -> None:
    canvas = Canvas(640, 360)
    canvas.rect(0, 0, 10, 10, ink("#ffffff", 0.5))
    assert canvas.luma[0] == round(16 + (235 - 16) * 0.5)


@given(x=PLACE, y=PLACE, across=st.floats(-50, 2000), down=st.floats(-50, 2000))
def test_no_shape_changes_the_size_of_the_picture(
    x: float, y: float, across: float, down: float
) -> None:
    canvas = Canvas(160, 92)
    canvas.rect(x, y, across, down, WHITE)
    canvas.ellipse(x, y, across, down, ink("#00ff00", 0.4))
    canvas.polygon(((x, y), (x + across, y), (across, down)), WHITE)
    canvas.line(((x, y), (across, down)), 3, WHITE)
    assert (len(canvas.luma), len(canvas.cb), len(canvas.cr)) == (160 * 92, 80 * 46, 80 * 46)


def test_a_part_comes_back_from_the_backdrop() -> None:
    still, canvas = Canvas(640, 360), Canvas(640, 360)
    still.rect(0, 0, 640, 360, ink("#336699"))
    canvas.restore(still)
    canvas.rect(0, 0, 640, 360, WHITE)
    canvas.restore_part(still, 100, 50, 41, 31)
    assert canvas.luma[60 * 640 + 120] == still.luma[0]
    assert canvas.cb[30 * 320 + 60] == still.cb[0]
    assert canvas.luma[60 * 640 + 99] == 235
