"""No secret in a log line or a traceback, whoever wrote it: a filter that knows them all."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

from nvr_core.contract import Text, hide_logins

HIDDEN = "…"
SHORT = 4
"""A secret of fewer characters is hidden only where it stands alone: "1" is in every number."""

_HEADER = re.compile(r"\b(Basic|Bearer) +[A-Za-z0-9+/=._~-]{4,}")
"""Credentials of an HTTP request (RFC 7617, 2; RFC 6750, 2.1)."""


class Redaction(logging.Filter):
    """Hides the secrets of all open instances, and what looks like a login in a url or header."""

    def __init__(self) -> None:
        super().__init__()
        self._known: Counter[str] = Counter()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secrets: Iterable[str]) -> Callable[[], None]:
        """Hide these too; returns the undo. Two may add the same one."""
        added = [secret for secret in secrets if secret]
        self._known.update(added)
        self._compile()

        def undo() -> None:
            self._known.subtract(added)
            self._known += Counter()  # forget what nobody has any more
            self._compile()

        return undo

    def _compile(self) -> None:
        forms = {form for secret in self._known for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        # One assignment: a thread that logs meanwhile sees the old pattern or the new one.
        self._pattern = re.compile("|".join(map(_found, longest_first))) if forms else None

    def clean(self, text: str) -> str:
        """The text without secrets."""
        text = _HEADER.sub(rf"\1 {HIDDEN}", hide_logins(text))
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def clean_text(self, text: Text) -> Text:
        """The same sentence; its values without secrets."""
        values = {
            name: self.clean_text(value) if isinstance(value, Text) else self.clean(str(value))
            for name, value in text.values.items()
        }
        return Text(text.message, **values)

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean a record in place: message, traceback and stack."""
        try:
            message = record.getMessage()
        except Exception:  # logging itself would print the arguments as they are
            message = f"a line whose arguments do not fit: {record.msg!r}"
        record.msg, record.args = self.clean(message), None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = self.clean(record.exc_text), None
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        return True

    @contextmanager
    def guarding(self, logger: logging.Logger | None = None) -> Iterator[None]:
        """Clean all that goes to the handlers which this logger has now; the root's by default.

        A filter of a logger would see only what is logged through that logger itself.
        """
        handlers = list((logger or logging.getLogger()).handlers)
        for handler in handlers:
            handler.addFilter(self)
        try:
            yield
        finally:
            for handler in handlers:
                handler.removeFilter(self)


def _forms(secret: str) -> set[str]:
    """As it is, in a url, and as repr() and JSON write it."""
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }


def _found(form: str) -> str:
    if len(form) < SHORT:
        return rf"(?<!\w){re.escape(form)}(?!\w)"
    return re.escape(form)
