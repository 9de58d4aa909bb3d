"""Times that people write: with their zone, or in the office's unless that would mean two."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from nvr_core.cli import moments
from nvr_core.cli.moments import MomentError

WIB = ZoneInfo("Asia/Jakarta")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "zone", "same"),
    [
        ("2026-05-01T21:14:06", WIB, "2026-05-01T14:14:06Z"),
        ("2026-05-01 21:14", WIB, "2026-05-01T14:14:00Z"),
        ("2026-05-01T21:14:06Z", WIB, "2026-05-01T21:14:06Z"),
        ("2026-10-25T01:59:59", BERLIN, "2026-10-24T23:59:59Z"),
        ("2026-10-25T03:00:00", BERLIN, "2026-10-25T02:00:00Z"),
        ("2026-03-29T03:00:00", BERLIN, "2026-03-29T01:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_given(text: str, zone: ZoneInfo, same: str) -> None:
    assert moments.parse(text, zone) == moments.parse(same)
    assert moments.lacks_zone(text) == (text != same)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-10-25T02:30:00", "there are two of it; write the zone behind it: "),
        ("2026-03-29T02:30:00", "the clocks went past it; write"),
        ("2026-10-25", "is a whole day; write the time too, like 2026-10-25T21:14:06"),
        ("20261025", "is a whole day"),
        ("2026-10-25T25:00", "is not a time"),
    ],
)
def test_what_means_no_certain_moment_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(MomentError) as error:
        moments.parse(text, BERLIN)
    assert sentence in str(error.value)


def test_both_of_two_times_are_named_so_that_one_can_be_copied() -> None:
    with pytest.raises(MomentError) as error:
        moments.parse("2026-10-25T02:30:00", BERLIN)
    words = str(error.value).split()
    first, second = words[-3], words[-1]
    assert moments.parse(second) - moments.parse(first) == 3600 * 1_000_000
