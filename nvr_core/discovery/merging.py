"""One device that was found in many ways is one line: pure.

Finds are one device's when they share an identity that can be only one device's, directly or
through others. Where a find has no such identity, its address decides. What the brand's own
protocol says counts before what a standard says, and an empty word never covers a full one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nvr_core.contract import Certainty, Find, Identity


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A find, and whose plugin made it."""

    vendor: str
    find: Find


@dataclass(frozen=True, kw_only=True)
class Met:
    """One device, as all finds of it tell."""

    ways: tuple[Seen, ...]
    """The best first: its vendor is the one to add it with."""

    @property
    def best(self) -> Seen:
        return self.ways[0]

    @property
    def address(self) -> str:
        return self.best.find.address

    @property
    def identities(self) -> frozenset[Identity]:
        return frozenset().union(*(one.find.identities for one in self.ways))

    def word(self, field: str) -> str:
        """manufacturer, model, firmware or name, from the best way that says it."""
        return next((text for one in self.ways if (text := getattr(one.find, field))), "")


def certain(find: Find) -> frozenset[Identity]:
    return frozenset(one for one in find.identities if one.certain)


def merged(seen: Iterable[Seen]) -> list[Met]:
    """The devices, by address. Of two finds of one vendor at one address the later counts."""
    latest = {(one.vendor, one.find.address, one.find.port): one for one in seen}
    groups = _groups(list(latest.values()))
    met = [Met(ways=tuple(sorted(group, key=_rank))) for group in groups]
    return sorted(met, key=lambda one: _numbers(one.address))


def _rank(one: Seen) -> tuple[bool, bool, str]:
    return (
        one.find.certainty is not Certainty.EXACT,
        one.find.refusal is not None,
        one.vendor,
    )


def _groups(seen: Sequence[Seen]) -> list[list[Seen]]:
    """Finds by device: joined by certain identities, and those without any by address."""
    leader = list(range(len(seen)))

    def of(place: int) -> int:
        while leader[place] != place:
            leader[place] = place = leader[leader[place]]
        return place

    by_mark: dict[Identity, int] = {}
    for place, one in enumerate(seen):
        for mark in certain(one.find):
            leader[of(place)] = of(by_mark.setdefault(mark, place))
    marked: dict[str, set[int]] = {}
    for place, one in enumerate(seen):
        if certain(one.find):
            marked.setdefault(one.find.address, set()).add(of(place))
    alone: dict[str, int] = {}
    for place, one in enumerate(seen):
        if certain(one.find):
            continue
        there = marked.get(one.find.address, set())
        # Two devices that answer at one address (behind NAT) cannot both be meant.
        target = next(iter(there)) if len(there) == 1 else alone.setdefault(one.find.address, place)
        leader[of(place)] = of(target)
    groups: dict[int, list[Seen]] = {}
    for place, one in enumerate(seen):
        groups.setdefault(of(place), []).append(one)
    return list(groups.values())


def _numbers(address: str) -> tuple[int, ...]:
    parts = address.split(".")
    plain = all(part.isascii() and part.isdigit() for part in parts)
    return tuple(int(part) for part in parts) if plain else (999,)


def known(met: Met, marks: Mapping[Identity, str], addresses: Mapping[str, str]) -> str:
    """Name of the device of the office that this is, "" for a stranger.

    marks: certain identities of the office's devices; addresses: where those are that told none.
    """
    names = {marks[one] for one in met.identities if one.certain and one in marks}
    if len(names) == 1:
        return names.pop()
    return "" if names else addresses.get(met.address, "")
