"""What devices write for a time is read, and a device's own zone is found by asking it."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.kit.times import TimeBase, calibrated, plain, posix_offset

NOON = 1_795_500_000 * 1_000_000
SECOND = 1_000_000
WIB = 7 * 3600


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("CST-7:00:00", WIB),
        ("WIB-7", WIB),
        ("<+0530>-5:30", 19_800),
        ("GMT+0", 0),
        ("UTC0", 0),
        ("EST5EDT,M3.2.0,M11.1.0", -5 * 3600),
        ("CST-8:00:00DST01:00:00,M4.1.0/02:00:00,M10.5.0/02:00:00", 8 * 3600),
    ],
)
def test_zones_count_to_the_west(text: str, ahead: int) -> None:
    assert posix_offset(text) == ahead


@pytest.mark.parametrize("text", ["", "7", "WIB", "X-7", "CST-99", "CST-100:00"])
def test_what_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|14 hours"):
        posix_offset(text)


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("2026-11-25T08:14:05+07:00", WIB),
        ("2026-11-25T08:14:05-03:30", -12_600),
        ("2026-11-25T08:14:05Z", 0),
        ("20261125T081405Z", 0),
        ("2026-11-25 08:14:05", None),
        ("2026_11_25_08_14_05", None),
        ("2026-11-25T08:14:05.123Z", 0),
        (" 2026/11/25 8:14:05 ", None),
    ],
)
def test_times_are_read_as_they_are_written(text: str, ahead: int | None) -> None:
    written = datetime(2026, 11, 25, 8, 14, 5)  # noqa: DTZ001 -- as written
    assert plain(text) == (written, ahead)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-13-01T00:00:00Z", "2026-11-25", "25/11/2026 8:14:05"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time|must be in"):
        plain(text)


@given(st.text("0123456789-/:TZ+_ .", max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(ValueError):
        plain(text)


ZONES = st.sampled_from([0, WIB, 8 * 3600, -12_600, 20_700, 14 * 3600, -12 * 3600])


@given(ZONES, st.integers(-400, 400), st.integers(0, 2_000_000_000))
def test_the_base_is_found_from_the_time_that_a_device_says(
    ahead: int, wrong: int, second: int
) -> None:
    wall = second * SECOND
    says = TimeBase(ahead).written(wall + wrong * SECOND)
    assert calibrated(says, wall) == (TimeBase(ahead), wrong)


@given(ZONES, st.integers(0, 2_000_000_000))
def test_what_is_written_is_read_back(ahead: int, second: int) -> None:
    base = TimeBase(ahead)
    assert base.wall(base.written(second * SECOND)) == second * SECOND


def test_a_clock_that_is_far_off_is_no_zone() -> None:
    with pytest.raises(ValueError, match="wrong by"):
        calibrated(datetime(1970, 1, 1), NOON)  # noqa: DTZ001 -- as a device writes it
