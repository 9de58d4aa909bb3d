"""The figures of a ledger that should lie end to end."""

from __future__ import annotations

from nvr_core.clock import SECOND
from tests.shows import tiling
from tests.shows.figures import Row
from tests.shows.tiling import Span
from tests.shows.truth import FRAME


def show_ledger(row: Row, spans: dict[str, list[Span]], prefix: str = "") -> None:
    """Footage, gaps and pauses of each camera touch, to within a frame."""
    found = [
        (span.end - span.start, camera, span, what)
        for camera, told in spans.items()
        for what, faults in zip(("left out", "told twice"), tiling.faults(told), strict=True)
        for span in faults
    ]
    for length, camera, span, what in sorted(found, key=_length, reverse=True)[:8]:
        if length > FRAME:
            row.miss(f"{prefix}{camera}: {length / SECOND:.3f} s from {span.start} are {what}")
    for which in ("left out", "told twice"):
        longest = max((length for length, *_, what in found if what == which), default=0)
        row.figure(
            f"{prefix}longest time that the ledger has {which}",
            longest / SECOND,
            unit="s",
            at_most=round(FRAME / SECOND, 3),
        )


def _length(found: tuple[int, str, Span, str]) -> int:
    return found[0]
