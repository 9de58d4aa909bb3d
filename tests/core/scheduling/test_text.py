"""What people write becomes a policy, and back; mistakes become sentences."""

from __future__ import annotations

import pytest
from hypothesis import given

from nvr_core.scheduling import ALWAYS, NEVER, Policy, PolicyError, parse, spoken
from tests.core.scheduling.weeks import policies


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("mon-fri 06:00-18:00, sat 22:00-02:00", "mon-fri 06:00-18:00, sat 22:00-02:00"),
        ("Sen-Jum 6.00-18.00; Sab 22.00-02.00", "mon-fri 06:00-18:00, sat 22:00-02:00"),
        ("senin - jumat 06:00 – 18:00", "mon-fri 06:00-18:00"),
        ("sel rab kam 1:05-1:06", "tue-thu 01:05-01:06"),
        ("minggu 22:00-24:00, sen 00:00-02:00", "sun 22:00-02:00"),
        ("sun 22:00-00:00", "sun 22:00-24:00"),
        ("sat-mon 08:00-12:00 13:00-17:00", "mon sat-sun 08:00-12:00 13:00-17:00"),
        ("wed 08:00-12:00, mon 08:00-12:00", "mon wed 08:00-12:00"),
        ("mon 06:00-24:00, tue 00:00-24:00, wed 00:00-07:30",
         "mon 06:00-24:00, tue 00:00-24:00, wed 00:00-07:30"),
        ("mon-sun 18:00-06:00", "mon-sun 18:00-06:00"),
        ("mon-sun 00:00-24:00", "always"),
        ("fri-thu 00:00-24:00", "always"),
        (" Always ", "always"),
        ("selalu", "always"),
        ("NEVER", "never"),
        ("tidak  pernah", "never"),
        ("ahad 00:00-00:01", "sun 00:00-00:01"),
        ("jum'at sab 10:00-11:00", "fri-sat 10:00-11:00"),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, same: str) -> None:
    assert spoken(parse(text)) == same


def test_the_words_are_the_policies() -> None:
    assert parse("always") is ALWAYS
    assert parse("never") is NEVER


@given(policies())
def test_a_policy_survives_its_text(policy: Policy) -> None:
    assert parse(spoken(policy)) == policy


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mond 06:00-18:00", '"mond" in "mond 06:00-18:00" is no day; write mon, tue,'),
        ("mon-fri-sun 06:00-18:00", '"mon-fri-sun" in "mon-fri-sun 06:00-18:00" is no day;'),
        ("mon", '"mon" names no times; write them behind the days: mon-fri 06:00-18:00'),
        ("06:00-18:00", '"06:00-18:00" names no day; write it first, such as mon-sun'),
        ("sun 6-18", '"6-18" in "sun 6-18" is no span of time; write from and to, such as'),
        ("sun 24:00-02:00", '"24:00-02:00" in "sun 24:00-02:00" is beyond the day; write from'),
        ("sun 10:00-24:01", '"10:00-24:01" in "sun 10:00-24:01" is beyond the day;'),
        ("sun 10:60-12:00", '"10:60-12:00" in "sun 10:60-12:00" is beyond the day;'),
        ("sun 06:00-06:00", '"06:00-06:00" in "sun 06:00-06:00" begins when it ends; write'),
        ("sun 06:00-07:00 mon 08:00-09:00", '"mon" in "sun 06:00-07:00 mon 08:00-09:00" stands'),
        ("sun 06:00-07:00,", '"sun 06:00-07:00," says nothing before a comma, or at the end;'),
        ("", '"" says nothing before a comma, or at the end; write always, never, or days'),
        ("{0} 1", '"{0}" in "{0} 1" is no day;'),
        ("sun ٣:00-04:00", '"٣:00-04:00" in "sun ٣:00-04:00" is no span of time;'),
        ("x" * 99, '"' + "x" * 60 + '…" is no day; write mon'),
        ("mon," * 700, "2800 characters are too many; write always, never, or days and times"),
    ],
)
def test_a_mistake_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse(text, field="Gang Mawar, recording")
    assert str(refused.value).startswith(f"field Gang Mawar, recording: {sentence}")


def test_too_many_windows_are_a_sentence() -> None:
    times = " ".join(f"{hour:02}:00-{hour:02}:30" for hour in range(8))
    with pytest.raises(PolicyError, match="field recording: 56 windows a week are too many"):
        parse(f"mon-sun {times}")
