"""What a check or a rebuild found: counts, the first few examples, and a sentence for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

EXAMPLES = 5


class Kind(StrEnum):
    """What can be found, with the sentence's beginning that goes with a count."""

    AWAY = "volumes are not there, and were not looked at"
    MISSING = "files have a row and are not there"
    ORPHAN = "files have no row"
    SIZE = "files have another size than their row says"
    TWICE = "files hold a segment that another file of the volume holds; they are left alone"
    TORN = "files are torn or damaged; they are left alone"
    FOREIGN = "files are none of ours; they are left alone"
    UNREAD = "files and folders cannot be read"
    GARBAGE = "files are to be deleted, and lie there until their room is needed"
    TOTALS = "totals do not say what the rows say"
    TILING = "times of a stream are told twice, not at all, or outside of its life"


MENDED = {
    Kind.MISSING: "the rows are dropped, and what was recorded is marked as missing",
    Kind.ORPHAN: "each has a row now",
    Kind.GARBAGE: "they are deleted",
    Kind.TOTALS: "they are counted anew",
}
"""What mending does about it; it does nothing about the others."""
PLAIN = frozenset((Kind.GARBAGE,))
"""No faults: the rules of the pair let them be."""


@dataclass(slots=True)
class Report:
    """Grows while it is looked; bounded, however much is wrong."""

    looked_at: int = 0
    """Rows and files."""
    adopted: int = 0
    """Files that have a row now and had none."""
    mended: bool = False
    counts: dict[Kind, int] = field(default_factory=dict)
    examples: dict[Kind, list[str]] = field(default_factory=dict)

    def add(self, kind: Kind, example: str, count: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + count
        some = self.examples.setdefault(kind, [])
        if len(some) < EXAMPLES:
            some.append(example)

    @property
    def sound(self) -> bool:
        """Nothing is wrong."""
        return not set(self.counts) - PLAIN

    def sentences(self) -> list[str]:
        """For people, one for each kind."""
        said = []
        for kind in Kind:
            if count := self.counts.get(kind, 0):
                some = "; ".join(self.examples[kind])
                more = "; …" if count > len(self.examples[kind]) else ""
                done = f": {MENDED[kind]}" if self.mended and kind in MENDED else ""
                said.append(f"{count} {kind}{done} ({some}{more})")
        return said or [f"{self.looked_at} rows and files were looked at, and all is well"]
