"""One device is one line, however often it was found; two devices are two, whatever they share."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.contract import Certainty, Find, Identity, IdentityKind, Text
from nvr_core.discovery.merging import Met, Seen, known, merged

MAC = Identity(kind=IdentityKind.MAC, value="28:57:be:00:00:01")
OTHER = Identity(kind=IdentityKind.MAC, value="28:57:be:00:00:02")
SERIAL = Identity(kind=IdentityKind.SERIAL, value="DS-2CD-1")
UUID = Identity(kind=IdentityKind.UUID, value="5f5a69c2-e0ae-504f-829b-28572e000001")
BLANK = Identity(kind=IdentityKind.MAC, value="00:00:00:00:00:00")


def seen(
    vendor: str = "onvif",
    address: str = "10.0.0.7",
    *marks: Identity,
    certainty: Certainty = Certainty.GENERIC,
    port: int = 80,
    model: str = "",
    name: str = "",
    refusal: Text | None = None,
) -> Seen:
    find = Find(
        address=address,
        port=port,
        certainty=certainty,
        identities=frozenset(marks),
        model=model,
        name=name,
        refusal=refusal,
    )
    return Seen(vendor=vendor, find=find)


def vendors(met: Met) -> list[str]:
    return [one.vendor for one in met.ways]


def test_what_the_brand_says_counts_first_and_gaps_are_filled() -> None:
    (one,) = merged(
        [
            seen("onvif", "10.0.0.7", MAC, model="IPC", name="Gang"),
            seen("hikvision", "10.0.0.7", MAC, SERIAL, certainty=Certainty.EXACT, model="DS-2"),
        ]
    )
    assert vendors(one) == ["hikvision", "onvif"]
    assert (one.word("model"), one.word("name")) == ("DS-2", "Gang")
    assert one.identities == {MAC, SERIAL}


def test_marks_join_through_others() -> None:
    (one,) = merged(
        [
            seen("onvif", "10.0.0.7", UUID),
            seen("acme", "10.0.0.7", MAC, SERIAL),
            seen("tplink", "10.0.0.7", UUID, MAC),
        ]
    )
    assert sorted(vendors(one)) == ["acme", "onvif", "tplink"]


def test_an_address_joins_only_who_has_no_mark() -> None:
    met = merged(
        [
            seen("acme", "10.0.0.7", MAC),
            seen("hikvision", "10.0.0.7", OTHER),
            seen("onvif", "10.0.0.7"),
            seen("onvif", "10.0.0.8"),
            seen("tplink", "10.0.0.8"),
        ]
    )
    assert [sorted(vendors(one)) for one in met] == [
        ["acme"],
        ["hikvision"],
        ["onvif"],
        ["onvif", "tplink"],
    ]


def test_a_mark_that_many_have_joins_nobody() -> None:
    met = merged([seen("onvif", "10.0.0.7", BLANK), seen("onvif", "10.0.0.8", BLANK)])
    assert [one.address for one in met] == ["10.0.0.7", "10.0.0.8"]


def test_what_cannot_be_added_stands_behind_what_can() -> None:
    (one,) = merged(
        [
            seen("cloud", "10.0.0.7", certainty=Certainty.GENERIC, refusal=Text("Only a cloud.")),
            seen("onvif", "10.0.0.7"),
        ]
    )
    assert vendors(one) == ["onvif", "cloud"]


def test_the_later_word_of_a_vendor_counts() -> None:
    (one,) = merged([seen(model="old"), seen(model="new")])
    assert one.word("model") == "new"
    assert len(one.ways) == 1


def test_devices_stand_in_the_order_of_their_addresses() -> None:
    met = merged([seen(address=one) for one in ("10.0.0.10", "10.0.0.9", "fe80::1", "9.0.0.1")])
    assert [one.address for one in met] == ["9.0.0.1", "10.0.0.9", "10.0.0.10", "fe80::1"]


def test_which_of_ours_it_is() -> None:
    (one,) = merged([seen("onvif", "10.0.0.7", MAC, SERIAL)])
    assert known(one, {MAC: "Gerbang"}, {}) == "Gerbang"
    assert known(one, {MAC: "Gerbang", SERIAL: "Pos"}, {}) == "", "it cannot be two of ours"
    assert known(one, {OTHER: "Pos"}, {"10.0.0.7": "Gerbang"}) == "Gerbang"
    assert known(one, {OTHER: "Pos"}, {"10.0.0.8": "Gerbang"}) == ""
    (blank,) = merged([seen("onvif", "10.0.0.7", BLANK)])
    assert known(blank, {BLANK: "Gerbang"}, {}) == ""


MARKS = st.sampled_from([MAC, OTHER, SERIAL, UUID, BLANK])
SEEN = st.builds(
    lambda vendor, last, marks: seen(vendor, f"10.0.0.{last}", *marks),
    st.sampled_from(["onvif", "acme", "hikvision"]),
    st.integers(1, 4),
    st.lists(MARKS, max_size=2),
)


@given(st.lists(SEEN, max_size=9), st.randoms())
def test_every_find_is_of_one_device_in_whichever_order_they_come(
    finds: list[Seen], chance: random.Random
) -> None:
    unique = list({(one.vendor, one.find.address): one for one in finds}.values())
    met = merged(unique)
    assert sum(len(one.ways) for one in met) == len(unique)
    certain = [{m for m in one.identities if m.certain} for one in met]
    for place, marks in enumerate(certain):
        assert not any(marks & others for others in certain[place + 1 :])
    chance.shuffle(unique)
    again = merged(unique)
    assert {frozenset(map(id, one.ways)) for one in again} == {
        frozenset(map(id, one.ways)) for one in met
    }
