"""Where a checker is told to look away, the reason stands beside it."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

from tests.rules.tree import Breach, Verdict, files

# Written in pieces, so that this file does not find itself.
LOOKS_AWAY = re.compile(
    r"type: " + r"ignore(\[[^\]]*\])?|no" + r"qa(: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*)?"
)
EMPTY = " #-–:"
"""What may stand around a mark and is no reason."""


def reasons(root: Path) -> Verdict:
    """Each mark has a reason behind it, or a comment in the line above."""
    looked_at, breaches = 0, []
    for path in files(root, ".py"):
        looked_at += 1
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            mark = LOOKS_AWAY.search(token.string) if token.type == tokenize.COMMENT else None
            if mark is None or LOOKS_AWAY.sub("", token.string).strip(EMPTY):
                continue
            number = token.start[0]
            if number < 2 or not lines[number - 2].lstrip().startswith("# "):
                sentence = f"{mark.group()} has no reason, behind it or in the line above"
                breaches.append(Breach(str(path.relative_to(root)), number, sentence))
    return Verdict(looked_at, breaches)
