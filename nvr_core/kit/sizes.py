"""Sizes as people write them: 500 GiB."""

from __future__ import annotations

import re

__all__ = ["UNITS", "parse", "spoken"]

UNITS = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
    "TIB": 1 << 40,
}
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([A-Za-z]{1,3})")


def parse(text: str) -> int:
    """Bytes in "500 GiB" (2^30) or "500 GB" (10^9). Raises ValueError for anything else."""
    match = _SIZE.fullmatch(text.strip())
    unit = UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None:
        raise ValueError(f"{text!r} is no size")
    return int(float(match[1]) * unit) if "." in match[1] else int(match[1]) * unit


def spoken(size: int) -> str:
    """A size for people: 1.5 GiB, 300 MiB."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        worth = UNITS[unit.upper()]
        if size >= worth:
            return f"{size / worth:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"
