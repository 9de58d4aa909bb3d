"""How long a file may be, and what nothing may be called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import Breach, Verdict, files, modules

LINES = 300
"""A file that grows beyond this lacks a noun. There is no list of exceptions."""

SCRIPT_LINES = 30
"""A script starts programs; what decides anything belongs into one of them."""

WRITTEN = (".py", ".js", ".css", ".html", ".j2", ".jinja", ".toml", ".service", ".md", ".sh")
SCRIPTS = ("scripts", ".ci")
"""Folders whose files are programs whatever their names end with."""

GROWING = "CHANGELOG.md"
MIGRATIONS = "migrations"

EMPTY_WORDS = "manager helper util utils handler data info misc"
"""Names that say nothing (product.md), as words of a module's or a class's name."""

FIELD = "RtpInfo"
"""The RTSP header RTP-Info: the field's own term."""


def counted(path: Path) -> bool:
    """Whether people write this file line by line; path is relative to the root."""
    if path.name == GROWING or MIGRATIONS in path.parts:
        return False
    return path.suffix in WRITTEN or path.parts[0] in SCRIPTS


def sizes(root: Path) -> Verdict:
    """No file is longer than a person reads in one go."""
    written = [path for path in files(root) if counted(path.relative_to(root))]
    breaches = []
    for path in written:
        lines = path.read_text(encoding="utf-8").count("\n")
        own = path.relative_to(root)
        most = SCRIPT_LINES if own.parts[0] in SCRIPTS else LINES
        if lines > most:
            sentence = f"{lines} lines; {most} at most: which noun is missing?"
            breaches.append(Breach(str(own), most + 1, sentence))
    return Verdict(looked_at=len(written), breaches=breaches)


def words_of(name: str) -> set[str]:
    """{"camera", "manager"} for CameraManager and for camera_manager."""
    return {
        word.lower()
        for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name.replace(FIELD, ""))
    }


def named(root: Path) -> Iterator[tuple[str, int, str]]:
    """Path, line and name of every module and class of the product."""
    for module in modules(root):
        for part in module.name.split(".")[1:]:
            yield module.path, 1, part
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                yield module.path, node.lineno, node.name


def names(root: Path) -> Verdict:
    """Every module and class is called after what it is."""
    empty = set(EMPTY_WORDS.split())
    every = list(named(root))
    breaches = [
        Breach(path, line, f"{name}: {', '.join(sorted(said))} says nothing about it")
        for path, line, name in every
        if (said := words_of(name) & empty)
    ]
    return Verdict(looked_at=len(every), breaches=breaches)
