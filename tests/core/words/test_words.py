from __future__ import annotations

import re
import string
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nvr_core.clock import SECOND
from nvr_core.words import LANGUAGES, Words, choose
from nvr_core.words.catalogue import texts

WIB = ZoneInfo("Asia/Jakarta")
EVENING = int(datetime(2026, 11, 24, 14, 14, 6, tzinfo=UTC).timestamp()) * SECOND


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param, WIB)


def names(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}


def test_both_languages_say_the_same() -> None:
    ours, english = texts("id"), texts("en")
    assert list(ours) == list(english)
    assert len(ours) > 100
    for key in ours:
        forms = [*ours[key], *english[key]]
        assert all(form.strip() == form and form for form in forms), key
        assert len({frozenset(names(form)) for form in forms}) == 1, key
        assert all("!" not in form and "<" not in form for form in forms), key


def test_no_text_was_left_untranslated() -> None:
    same = {key for key, forms in texts("id").items() if forms == texts("en")[key]}
    # Words that both languages share, and one that is only a form.
    assert same == {"page.menu", "family.disk", "wall.trouble-now"}


def test_times_and_dates_are_written_as_people_write_them() -> None:
    ours, english = Words("id", WIB), Words("en", WIB)
    assert (ours.time(EVENING), ours.time(EVENING, True)) == ("21.14", "21.14.06")
    assert (english.time(EVENING), english.time(EVENING, True)) == ("21:14", "21:14:06")
    assert ours.date(EVENING) == "Selasa, 24 November 2026"
    assert english.date(EVENING) == "Tuesday, 24 November 2026"
    assert (ours.day(EVENING), english.day(EVENING)) == ("Sel 24 Nov", "Tue 24 Nov")


def test_spans_and_lengths() -> None:
    ours = Words("id", WIB)
    assert ours.span(EVENING, EVENING + 120 * SECOND, EVENING) == "21.14–21.16"
    assert ours.span(EVENING, EVENING + 10 * SECOND, EVENING) == "21.14.06–21.14.16"
    assert ours.span(EVENING, None, EVENING + 60 * SECOND) == "sejak 21.14"
    assert ours.span(EVENING, None, EVENING + 86400 * SECOND) == "sejak Sel 24 Nov 21.14"
    for duration, said in (
        (0, "0 d"),
        (400_000, "0,4 d"),
        (9_960_000, "10 d"),
        (59_600_000, "1 mnt"),
        (100 * SECOND, "1 mnt 40 d"),
        (3600 * SECOND, "1 jam"),
        (2 * 86400 * SECOND + 3661 * SECOND, "2 hari 1 jam"),
    ):
        assert ours.length(duration) == said
    assert Words("en", WIB).length(100 * SECOND) == "1 min 40 s"


def test_numbers_and_sizes() -> None:
    assert Words("id", WIB).number(1234.56, 1) == "1.234,6"
    assert Words("en", WIB).number(1234.56, 1) == "1,234.6"
    assert Words("id", WIB).size(12_345_678_901) == "12,3 GB"
    assert Words("en", WIB).size(987_654_321) == "988 MB"


def test_counts_choose_their_form() -> None:
    english = Words("en", WIB)
    assert english.many("wall.title", 1, recording=1) == "1 of 1 camera recording"
    assert english.many("wall.title", 3, recording=1) == "1 of 3 cameras recording"
    assert Words("id", WIB).many("wall.title", 1, recording=0) == "0 dari 1 kamera merekam"


def test_a_text_that_does_not_exist_is_an_error(words: Words) -> None:
    with pytest.raises(KeyError):
        words("no.such.text")


def test_scripts_get_their_texts_and_no_others(words: Words) -> None:
    found = words.starting("js.")
    assert found
    assert all(re.fullmatch(r"js\.[a-z0-9-]+", key) for key in found)


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, "", "id"),
        (None, "en-US,en;q=0.9", "en"),
        (None, "de,en;q=0.5,id;q=0.8", "id"),
        (None, "de", "id"),
        (None, "en;q=0", "id"),
        (None, "en;q=x,id", "id"),
        (None, "EN-gb", "en"),
        ("en", "id", "en"),
        ("xx", "en", "en"),
        (None, "," * 5000, "id"),
        (None, ";q=;q=,,*", "id"),
    ],
)
def test_the_language_is_chosen(asked: str | None, accepted: str, chosen: str) -> None:
    assert choose(asked, accepted) == chosen
