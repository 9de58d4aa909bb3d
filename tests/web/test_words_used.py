"""Every text that a page or its script asks for exists in both languages, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import nvr_web
from nvr_core.recording.states import word_of
from nvr_core.wire.facts import Cause
from nvr_core.words.catalogue import texts
from nvr_web.days import FAMILIES
from nvr_web.views import _LOOKS, _NOTICES

ROOT = Path(nvr_web.__file__).parent
CORE = ROOT.parents[1] / "nvr_core" / "words"

SPEAKER = r"(?:\bt|\bwords|\bself|_words|speaks\(request\))"
CALL = re.compile(SPEAKER + r"""(?:\.many)?\(\s*f?["']([\w.{}-]+)["']""")
SAY = re.compile(r"""(?<![.\w])say\(\s*(?:\w+ \? )?"([\w-]+)"(?: : "([\w-]+)")?""")


def asked() -> set[str]:
    found: set[str] = set()
    for path in [*ROOT.rglob("*.py"), *ROOT.glob("templates/*.html"), *CORE.glob("*.py")]:
        found |= set(CALL.findall(path.read_text()))
    for path in ROOT.glob("static/*.js"):
        found |= {f"js.{key}" for pair in SAY.findall(path.read_text()) for key in pair if key}
    families = {f"family.{one}" for one in FAMILIES.values()}
    causes = {f"{kind}.{cause}" for kind in ("cause", "do") for cause in Cause}
    states = {f"state.{word}" for word in _LOOKS}
    widths = {f"timeline.{key}" for key in ("24h", "6h", "1h", "10m")}
    units = {f"length.{unit}" for unit in "dhms"}
    notices = {f"{kind}.{code}" for kind in ("notice", "notice-do") for code in _NOTICES}
    made = {key for key in found if "{" in key}
    assert made == {"cause.{state.cause}", "cause.{hole.cause}", "do.{state.cause}",
                    "cause.{code}", "do.{code}", "notice.{code}", "notice-do.{code}",
                    "state.{state.word}", "length.{unit}"}  # fmt: skip
    every = {*found - made, *families, *causes, *states, *widths, *units, *notices}
    return every - {"family.", "timeline."}


def test_pages_ask_for_texts_that_exist_and_for_all_of_them() -> None:
    known = set(texts("id"))
    wanted = asked()
    assert len(wanted) > 100
    assert wanted - known == set()
    assert known - wanted == set()


def test_every_cause_has_a_pattern_and_a_word() -> None:
    assert set(FAMILIES) == {str(cause) for cause in Cause}
    assert {word_of(cause) for cause in Cause} <= set(_LOOKS)
