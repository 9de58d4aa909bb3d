"""Letters and digits five dots wide and seven high, drawn for this project."""

from __future__ import annotations

from nvr_core.simulators.canvas import Canvas, Ink, ink

HIGH = 7
PITCH = 6
"""Dots from the left edge of one letter to the next."""

_ROWS = {
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
    "C": ".#### #.... #.... #.... #.... #.... .####",
    "D": "####. #...# #...# #...# #...# #...# ####.",
    "E": "##### #.... #.... ####. #.... #.... #####",
    "F": "##### #.... #.... ####. #.... #.... #....",
    "G": ".#### #.... #.... #..## #...# #...# .####",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "I": ".###. ..#.. ..#.. ..#.. ..#.. ..#.. .###.",
    "J": "..### ...#. ...#. ...#. ...#. #..#. .##..",
    "K": "#...# #..#. #.#.. ##... #.#.. #..#. #...#",
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #.#.# #...# #...# #...#",
    "N": "#...# ##..# ##..# #.#.# #..## #..## #...#",
    "O": ".###. #...# #...# #...# #...# #...# .###.",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "Q": ".###. #...# #...# #...# #.#.# #..#. .##.#",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "S": ".#### #.... #.... .###. ....# ....# ####.",
    "T": "##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# #...# #...# .###.",
    "V": "#...# #...# #...# #...# #...# .#.#. ..#..",
    "W": "#...# #...# #...# #.#.# #.#.# ##.## #...#",
    "X": "#...# #...# .#.#. ..#.. .#.#. #...# #...#",
    "Y": "#...# #...# .#.#. ..#.. ..#.. ..#.. ..#..",
    "Z": "##### ....# ...#. ..#.. .#... #.... #####",
    "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ...#. ..#.. .#... #####",
    "3": ".###. #...# ....# ..##. ....# #...# .###.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": ".###. #.... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. ..#.. .#... .#...",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ....# .###.",
    ".": "..... ..... ..... ..... ..... .##.. .##..",
    ":": "..... .##.. .##.. ..... .##.. .##.. .....",
    "-": "..... ..... ..... ##### ..... ..... .....",
    "/": "....# ....# ...#. ..#.. .#... #.... #....",
    " ": "..... ..... ..... ..... ..... ..... .....",
    "?": ".###. #...# ....# ...#. ..#.. ..... ..#..",
}


def width(text: str, dot: float) -> float:
    """How many units a text takes at that size of a dot."""
    return (len(text) * PITCH - 1) * dot


def write(
    canvas: Canvas, text: str, x: float, y: float, dot: float, colour: Ink, shadow: float = 0.0
) -> None:
    """Write a line with its top left corner at (x, y); what has no glyph becomes '?'."""
    if shadow:
        _strokes(canvas, text, x + dot / 2, y + dot / 2, dot, ink("#000000", shadow))
    _strokes(canvas, text, x, y, dot, colour)


def _strokes(canvas: Canvas, text: str, x: float, y: float, dot: float, colour: Ink) -> None:
    for place, letter in enumerate(text.upper()):
        rows = _ROWS.get(letter, _ROWS["?"]).split()
        for down, row in enumerate(rows):
            across = 0
            while across < len(row):  # neighbouring dots are one rectangle: no seams, fewer spans
                if row[across] == ".":
                    across += 1
                    continue
                end = across
                while end < len(row) and row[end] == "#":
                    end += 1
                left = x + (place * PITCH + across) * dot
                canvas.rect(left, y + down * dot, (end - across) * dot, dot, colour)
                across = end
