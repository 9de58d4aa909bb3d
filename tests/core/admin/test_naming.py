"""A camera is found by what people call it, and a wrong name is answered with near ones."""

from __future__ import annotations

import pytest

from nvr_core.admin.naming import UnknownCamera, label, named
from nvr_core.state.cameras import Camera


def camera(number: int, name: str | None, *, removed: bool = False) -> Camera:
    return Camera(
        camera=f"id-{number}",
        channel=None,
        name=name,
        added_at=None if name is None else 1,
        removed_at=2 if removed else None,
    )


KNOWN = [
    camera(1, "Gerbang Utara"),
    camera(2, "Gerbang Selatan"),
    camera(3, "Pos"),
    camera(4, "Pos", removed=True),
    camera(5, "Gang", removed=True),
    camera(6, "gang", removed=True),
    camera(7, "Kebun", removed=True),
    camera(8, None),
]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Gerbang Utara", "id-1"),
        (" gerbang  utara ", "id-1"),
        ("pos", "id-3"),
        ("id-4", "id-4"),
        ("KEBUN", "id-7"),
        ("id-8", "id-8"),
    ],
)
def test_found(said: str, found: str) -> None:
    assert named(said, KNOWN).camera == found


def refusal(said: str, known: list[Camera]) -> str:
    with pytest.raises(UnknownCamera) as error:
        named(said, known)
    return str(error.value)


def test_near_names_are_said() -> None:
    assert refusal("Gerbang Utra", KNOWN) == (
        "there is no camera 'Gerbang Utra'; Gerbang Utara or Gerbang Selatan may be meant"
    )


def test_names_that_hold_what_was_said_are_near() -> None:
    assert refusal("gerb", KNOWN).endswith("Gerbang Utara or Gerbang Selatan may be meant")


def test_without_near_ones_all_are_said() -> None:
    assert refusal("xyz", KNOWN) == (
        "there is no camera 'xyz'; there are: Gerbang Utara, Gerbang Selatan, Pos"
    )
    many = [camera(n, f"Kamera {n}") for n in range(20)]
    assert refusal("xyz", many).endswith("Kamera 7 and 12 more")
    assert refusal("", []) == "there is no camera '', and no other one yet"
    assert len(refusal("x" * 10_000, [])) < 200


def test_of_removed_ones_with_one_name_an_id_is_asked_for() -> None:
    assert refusal("GANG", KNOWN) == "2 cameras were called 'GANG'; write an id: id-5, id-6"


def test_one_without_a_name_is_called_by_its_id() -> None:
    assert label(KNOWN[-1]) == "id-8"
