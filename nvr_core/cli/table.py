"""Lines that fit 80 columns, and figures in one form, for every command that lists something."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from nvr_core.clock import SECOND

WIDTH = 80
INDENT = "  "


def plain(text: str) -> str:
    """A text that came from elsewhere, so that it steers no terminal and breaks no line."""
    return "".join(one if one.isprintable() else " " for one in text)


def clipped(text: str, width: int) -> str:
    """At most so many characters."""
    text = plain(text)
    return text if len(text) <= width else text[: width - 1] + "…"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> list[str]:
    """A line a row, columns beneath each other; the first column gives way when it is too wide.

    right: a mark a column, ">" for those that stand at the right edge; others at the left.
    """
    every = [list(map(plain, row)) for row in (head, *rows)]
    widths = [max(len(row[at]) for row in every) for at in range(len(head))]
    rest = sum(widths[1:]) + len(INDENT) * (len(head) - 1)
    widths[0] = max(8, min(widths[0], WIDTH - rest))
    marks = right.ljust(len(head))
    lines = []
    for row in every:
        row[0] = clipped(row[0], widths[0])
        cells = [
            cell.rjust(width) if mark == ">" else cell.ljust(width)
            for cell, width, mark in zip(row, widths, marks, strict=False)
        ]
        lines.append(INDENT.join(cells).rstrip())
    return lines


def wrapped(text: str, indent: str = INDENT) -> list[str]:
    """A sentence in as many lines as it needs."""
    lines = textwrap.wrap(
        plain(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + INDENT,
        break_on_hyphens=False,
    )
    return lines or [indent.rstrip()]


def fields(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """One thing, a line a field: its name, and what it is."""
    width = max(len(name) for name, _ in pairs)
    lines = []
    for name, value in pairs:
        beside = " " * (len(INDENT) + width + len(INDENT))
        # Paths and ids stay whole, to be copied.
        body = textwrap.wrap(
            plain(value), WIDTH - len(beside), break_long_words=False, break_on_hyphens=False
        ) or ["-"]
        lines.append(f"{INDENT}{name.ljust(width)}{INDENT}{body[0]}")
        lines += [beside + more for more in body[1:]]
    return lines


def length(span: int) -> str:
    """µs as hours, minutes and seconds: 26:03:04.5."""
    tenths = (span + SECOND // 20) // (SECOND // 10)
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours}:{minutes:02}:{rest // 10:02}.{rest % 10}"


def percent(part: int, whole: int) -> str:
    """99.99 %, rounded down: 100.00 % is said of nothing that lacks a second."""
    if not whole:
        return "-"
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02} %"
