"""Looks at many files, or many rows, at once: what a page of a check asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from nvr_core.state import files, keeping
from nvr_core.state.files import Held
from nvr_core.storage import boxes
from nvr_core.storage.boxes import Left
from nvr_core.storage.places import Place
from nvr_core.wire.facts import SegmentClosed

Counted = dict[tuple[int, int], tuple[int, int]]
"""(volume, stream) → (files, bytes)."""


class Seen(NamedTuple):
    """What is wrong with files whose rows say that they are here."""

    missing: list[Held]
    wrong: list[tuple[Held, int]]
    """With the size that the file has."""


def sizes(place: Place, held: Sequence[Held]) -> Seen | None:
    """Ask the disk for each file. None when the volume is not there, before or after. Blocks."""
    if place.trouble():
        return None
    seen = Seen([], [])
    for one in held:
        try:
            size = place.path(one.key).lstat().st_size
        except FileNotFoundError:
            seen.missing.append(one)
        except OSError:
            return None  # a disk that does not answer has lost nothing
        else:
            if size != one.size:
                seen.wrong.append((one, size))
    return None if place.trouble() else seen


def told(place: Place, keys: Sequence[str]) -> list[tuple[str, SegmentClosed | Left]]:
    """What each file says of itself. Blocks."""
    return [(key, boxes.told(place.path(key))) for key in keys]


def totals(connection: Any) -> tuple[Counted, Counted]:
    """Counted anew, and as the totals say, at one moment of the catalogue."""
    said = keeping.totals_of(connection)
    return (
        files.recounted(connection),
        {(one.volume, one.stream): (one.files, one.bytes) for one in said},
    )
