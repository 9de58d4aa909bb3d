"""What no committed file spells: machines, addresses of registries, and skipped tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.rules.tree import Breach, Verdict, files

# Written in pieces, so that this file does not find itself.
MACHINE = [
    ("/wo" + "rk/", "a folder of one machine"),
    ("/ro" + "ot/", "a folder of one person"),
    ("/opt/" + "wheels", "a folder of one machine"),
    ("/tmp/" + "plan", "a folder of one machine"),
    (r"/ho" + r"me/(?!ronda\b|pi\b)[a-z]", "a folder of one person"),
    (r"py" + r"pi\.org", "the address of a registry"),
    (r"python" + r"hosted\.org", "the address of a registry"),
    (r"deb\.debian" + r"\.org", "the address of a registry"),
    (r"registry\.npm" + r"js", "the address of a registry"),
    (r"proxy\.gol" + r"ang", "the address of a registry"),
    (r"--(extra-)?index-" + "url|--find-" + "links", "where one machine takes packages from"),
]
SPELT = [(re.compile(pattern), what) for pattern, what in MACHINE]

SKIPS = {"skip", "skipif", "importorskip", "xfail", "SkipTest"}
"""A test that cannot run must say so by failing."""


def spelling(root: Path) -> Verdict:
    """No text names a machine's folders or a registry's address."""
    looked_at, breaches = 0, []
    for path in files(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and recordings
        looked_at += 1
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, what in SPELT:
                if found := pattern.search(line):
                    sentence = f"{found.group()!r} is {what}"
                    breaches.append(Breach(str(path.relative_to(root)), number, sentence))
    return Verdict(looked_at, breaches)


def skips(root: Path) -> Verdict:
    """No test can be passed over."""
    looked_at, breaches = 0, []
    for path in (*files(root / "tests", ".py"), *files(root / "docs", ".py")):
        looked_at += 1
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=name) | ast.alias(name=name) if name in SKIPS:
                    sentence = f"{name}: what cannot run fails, it is not passed over"
                    breaches.append(Breach(str(path.relative_to(root)), node.lineno, sentence))
    return Verdict(looked_at, breaches)
