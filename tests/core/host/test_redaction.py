"""No secret reaches a log, in whatever shape and through whatever logger."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest

from nvr_core.contract import Secret, Text
from nvr_core.host.redaction import Redaction

SECRET = 'p@ss/wörd"\n7'


def test_every_form_of_a_secret_is_hidden_until_it_is_forgotten() -> None:
    redaction = Redaction()
    undo, twice = redaction.add([SECRET, ""]), redaction.add([SECRET])
    forms = (SECRET, quote(SECRET, safe=""), repr(SECRET), json.dumps(SECRET))
    for form in forms:
        assert redaction.clean(f"<{form}>") in ("<…>", "<'…'>", '<"…">'), form
    undo()
    assert SECRET not in redaction.clean(SECRET)
    twice()
    assert redaction.clean(SECRET) == SECRET


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("rtsp://admin:x y@h/", "rtsp://admin:x y@h/"),  # no url: a blank ends it
        ("GET rtsp://admin:x@h/a", "GET rtsp://…@h/a"),
        ("Authorization: Basic YWRtaW46eA==", "Authorization: Basic …"),
        ("'Bearer abc.def'", "'Bearer …'"),
        ("error 12 of 123: 12", "error … of 123: …"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_what_looks_like_a_login_is_hidden(text: str, cleaned: str) -> None:
    redaction = Redaction()
    redaction.add(["12"])
    assert redaction.clean(text) == cleaned


def test_handlers_are_guarded_whoever_logs(caplog: pytest.LogCaptureFixture) -> None:
    redaction = Redaction()
    redaction.add(["rahasia"])
    with redaction.guarding():
        logger = logging.getLogger("a.library.of.a.plugin")
        logger.warning("plain rahasia")
        logger.warning("with %s", "rahasia")
        logger.warning("odd %d", "rahasia")
        logger.warning({"password": "rahasia"})
        try:
            raise ValueError("rahasia")
        except ValueError:
            logger.exception("raised", stack_info=True)
    assert "rahasia" not in caplog.text.replace(__file__, "")
    assert "ValueError: …" in caplog.text
    assert "a line whose arguments do not fit" in caplog.text
    logging.getLogger().warning("rahasia again")
    assert "rahasia again" in caplog.text


def test_texts_are_cleaned_in_their_values() -> None:
    redaction = Redaction()
    redaction.add(["rahasia"])
    text = Text("{a} and {b}", a="rahasia", b=Text("{c}", c="rtsp://u:p@h/"))
    cleaned = redaction.clean_text(text)
    assert cleaned.message == "{a} and {b}"
    assert str(cleaned) == "… and rtsp://…@h/"
    assert str(redaction.clean_text(Text("{s}", s=Secret("x")))) == "…"
