"""Sizes as people write them."""

from __future__ import annotations

import pytest

from nvr_core.kit import sizes


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500 GiB", 500 << 30),
        ("1TiB", 1 << 40),
        ("1.5 gib", 3 << 29),
        ("500 GB", 500_000_000_000),
        ("7 B", 7),
        (" 64 MiB ", 64 << 20),
    ],
)
def test_sizes_with_units(text: str, size: int) -> None:
    assert sizes.parse(text) == size


@pytest.mark.parametrize(
    "text", ["", "500", "GiB", "-1 GiB", "1 Gib of", "1e9 B", "1 PiB", "٣ GiB"]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        sizes.parse(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1 << 30, "1 GiB"),
        (3 << 29, "1.5 GiB"),
        (300 << 20, "300 MiB"),
        (12, "12 B"),
        (1 << 40, "1 TiB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert sizes.spoken(size) == text
