"""The project's files as the rules see them: modules with their imports, texts, and breaches."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

PRODUCT = {"nvr_core": "nvr_core", "nvr_plugins": "plugins/nvr_plugins", "nvr_web": "web/nvr_web"}
"""Top-level package → its folder."""

NOT_OURS = {"__pycache__", "build", "dist", "demo-data", "node_modules"}
"""Folders that no commit holds; so are those whose name begins with a dot, except .ci."""


Plant = Callable[[Mapping[str, str]], Path]
"""The fixture that writes files (path → text) into an empty tree and returns its root."""


@dataclass(frozen=True)
class Breach:
    """One place that breaks a rule."""

    path: str
    """Relative to the root."""
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class Verdict:
    """What a rule found. A rule that looked at nothing has not been kept, so it is counted."""

    looked_at: int
    breaches: list[Breach]

    def must_hold(self) -> None:
        assert self.looked_at > 0, "the rule looked at nothing: its own search is broken"
        assert not self.breaches, "\n".join(str(breach) for breach in self.breaches)


@dataclass(frozen=True)
class Import:
    """One imported name, absolute: nvr_core.wire.facts.Cause, or asyncio."""

    name: str
    line: int

    def within(self, package: str) -> bool:
        return self.name == package or self.name.startswith(package + ".")


@dataclass(frozen=True, eq=False)
class Module:
    """One Python file of the product."""

    path: str
    """Relative to the root, as a person would type it."""
    name: str
    """nvr_core.media.sdp; a package's own name for its __init__.py."""
    tree: ast.Module

    def within(self, *packages: str) -> bool:
        return any(self.name == one or self.name.startswith(one + ".") for one in packages)

    def breach(self, line: int, sentence: str) -> Breach:
        return Breach(self.path, line, sentence)

    def imports(self) -> Iterator[Import]:
        """Every import, also lazy ones inside functions and import_module("…") of a literal."""
        package = self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from (Import(alias.name, node.lineno) for alias in names)
                case ast.ImportFrom(module=module, names=names, level=level):
                    above = package.split(".")[: len(package.split(".")) - level + 1]
                    base = ".".join([*(above if level else []), *([module] if module else [])])
                    yield from (Import(f"{base}.{alias.name}", node.lineno) for alias in names)
                case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="__import__")):
                    if node.args and isinstance(node.args[0], ast.Constant):
                        yield Import(str(node.args[0].value), node.lineno)


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """Every file of the tree that could be committed; with suffixes (".py"), only such."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in NOT_OURS and (name == ".ci" or not name.startswith("."))
        )
        if ".git" in names:
            names.remove(".git")  # of a worktree: git's own note of where the rest lies
        for name in sorted(names):
            if not suffixes or name.endswith(suffixes):
                yield Path(folder, name)


@cache
def modules(root: Path) -> tuple[Module, ...]:
    """The product's Python files, parsed."""
    found = []
    for package, folder in PRODUCT.items():
        for path in files(root / folder, ".py"):
            parts = [package, *path.relative_to(root / folder).with_suffix("").parts]
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            found.append(Module(str(path.relative_to(root)), name, tree))
    return tuple(found)
