"""What a vendor says is checked before the core works with it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

import pytest

from nvr_core.contract import Certainty, Find, Identity, IdentityKind, Text
from nvr_core.discovery.sound import joined, ports_of, sound, types_of, within

MAC = Identity(kind=IdentityKind.MAC, value="28:57:be:00:00:01")
FIND = Find(address="10.0.0.7", port=80, certainty=Certainty.EXACT, identities=frozenset({MAC}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "kamera"},
        {"address": "::1"},
        {"address": None},
        {"port": 0},
        {"port": "80"},
        {"port": True},
        {"certainty": "exact"},
        {"identities": {"28:57:be:00:00:01"}},
        {"identities": None},
        {"model": None},
        {"name": b"x"},
        {"refusal": "no"},
        {"config": [1]},
    ],
    ids=str,
)
def test_odd_finds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        sound(replace(FIND, **wrong))


def test_words_are_cut_and_steer_no_terminal() -> None:
    found = sound(replace(FIND, name="Gang\x1b[2J 3" + "x" * 500))
    assert found.name.startswith("Gang [2J 3xxx")
    assert len(found.name) == 200


class Vendor:
    ports: Any = (80,)
    mdns_types: Any = ("_axis-video._tcp",)


@pytest.mark.parametrize("ports", [(0,), (70000,), ("80",), (80.0,), tuple(range(1, 40)), 7])
def test_odd_ports_are_refused(ports: Any) -> None:
    vendor: Any = Vendor()
    assert ports_of(vendor) == (80,)
    vendor.ports = ports
    with pytest.raises((TypeError, ValueError)):
        ports_of(vendor)


@pytest.mark.parametrize("types", [(1,), ("axis",), ("_x._sctp",), ("_a._tcp.local.",), 7])
def test_odd_types_are_refused(types: Any) -> None:
    vendor: Any = Vendor()
    assert types_of(vendor) == ("_axis-video._tcp",)
    vendor.mdns_types = types
    with pytest.raises((TypeError, ValueError)):
        types_of(vendor)


@pytest.mark.parametrize("turned", [False, True])
def test_the_poorer_word_erases_nothing(turned: bool) -> None:
    rich = replace(FIND, model="DS-2", refusal=Text("No password yet."))
    poor = Find(address="10.0.0.7", port=80, certainty=Certainty.GENERIC, manufacturer="Hikvision")
    found = joined(poor, rich) if turned else joined(rich, poor)
    assert (found.certainty, found.model, found.manufacturer) == (
        Certainty.EXACT,
        "DS-2",
        "Hikvision",
    )
    assert found.identities == {MAC}
    assert found.refusal is not None


def test_only_who_was_asked_counts() -> None:
    cards = [IPv4Interface("192.168.1.5/24")]
    asked = frozenset({"10.0.0.7"})
    for address, counts in {"192.168.1.77": True, "10.0.0.7": True, "10.0.0.8": False}.items():
        assert within(address, cards, asked) is counts
    assert not within("8.8.8.8", cards, asked)
