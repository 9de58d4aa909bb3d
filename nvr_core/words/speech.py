"""One reader's language and zone: texts by key, times, spans and sizes as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from nvr_core.clock import SECOND
from nvr_core.words.catalogue import texts

_LOCALES = {"id": Locale("id"), "en": Locale("en", "GB")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Words:
    """Speaks one language in one zone. Wall times in µs go in, sentences come out."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.language = language
        self.zone = zone
        self._texts = texts(language)
        self._locale = _LOCALES[language]

    def __call__(self, key: str, **values: object) -> str:
        """The text of this key, its {names} filled in. An unknown key is a KeyError."""
        form = self._texts[key][0]
        return form.format(**values) if values else form

    def many(self, key: str, count: int, **values: object) -> str:
        """The form that fits the count; {count} is filled in too."""
        forms = self._texts[key]
        # Both languages have their singular first, if they have one at all (CLDR plural rules).
        form = forms[0] if self._locale.plural_form(count) == "one" else forms[-1]
        return form.format(count=count, **values)

    def starting(self, prefix: str) -> Mapping[str, str]:
        """All texts whose key starts so, for a page's script."""
        return {key: forms[0] for key, forms in self._texts.items() if key.startswith(prefix)}

    def moment(self, wall: int) -> datetime:
        return (_EPOCH + timedelta(microseconds=wall)).astimezone(self.zone)

    def time(self, wall: int, seconds: bool = False) -> str:
        """21.14 in Indonesian, 21:14 in English."""
        mark = "." if self.language == "id" else ":"
        pattern = f"HH{mark}mm{mark}ss" if seconds else f"HH{mark}mm"
        return format_time(self.moment(wall), pattern, locale=self._locale)

    def date(self, wall: int) -> str:
        """Selasa, 24 November 2026."""
        return format_date(self.moment(wall), "EEEE, d MMMM y", locale=self._locale)

    def day(self, wall: int) -> str:
        """Sel 24 Nov."""
        return format_date(self.moment(wall), "EEE d MMM", locale=self._locale)

    def since(self, wall: int, now: int) -> str:
        """The time alone when it was today, else with its day."""
        if self.moment(wall).date() == self.moment(now).date():
            return self.time(wall)
        return f"{self.day(wall)} {self.time(wall)}"

    def span(self, start: int, end: int | None, now: int) -> str:
        """20.00–20.02; with seconds when both lie in one minute; "sejak 20.31" while it lasts."""
        if end is None:
            return self("span.since", time=self.since(start, now))
        seconds = end - start < 60 * SECOND
        return f"{self.time(start, seconds)}–{self.time(end, seconds)}"

    def length(self, duration: int) -> str:
        """1 jam 4 mnt, 1 mnt 40 d, 12 d, 0,4 d: two units at most. duration in µs."""
        if duration < 10 * SECOND:
            return self("length.s", s=self.number(duration / SECOND, 1))
        minutes, seconds = divmod(round(duration / SECOND), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        units = (("d", days), ("h", hours), ("m", minutes), ("s", seconds))
        first = next(place for place, (_, count) in enumerate(units) if count)
        return " ".join(
            self(f"length.{unit}", **{unit: count})
            for unit, count in units[first : first + 2]
            if count
        )

    def number(self, value: float, digits: int = 0) -> str:
        """1.234,5 in Indonesian, 1,234.5 in English."""
        pattern = "#,##0." + "#" * digits if digits else "#,##0"
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def size(self, count: int) -> str:
        """Bytes in GB or MB of 1000, as disks are sold."""
        if count >= 10**9:
            return f"{self.number(count / 10**9, 1)} GB"
        return f"{self.number(count / 10**6)} MB"
