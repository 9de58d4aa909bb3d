"""Whether plugins under docs/examples stand where a stranger's would, and are checked as ours."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.rules.layers import PLUGIN
from tests.rules.tree import Breach, Module, Verdict, files

FOLDER = "docs/examples"
GROUP = "nvr_core.plugins.v1"
BESIDE = ("contract", "kit", "testing", "simulators")
"""Parts of nvr_core that the tests of a plugin may import."""


def examples(root: Path) -> list[Path]:
    """The folder of each, relative to the root."""
    folder = root / FOLDER
    return [one.relative_to(root) for one in sorted(folder.glob("*")) if one.is_dir()]


def imports(root: Path) -> Verdict:
    """An example knows the contract and the kit; its tests know the kit for authors besides."""
    looked_at, breaches = 0, []
    for example in examples(root):
        for path in files(root / example, ".py"):
            own = path.relative_to(root)
            tests = own.parts[len(example.parts)] == "tests"
            allowed = BESIDE if tests else PLUGIN
            module = Module(str(own), own.stem, ast.parse(path.read_text(encoding="utf-8")))
            for one in module.imports():
                if one.name.split(".")[0] not in ("nvr_core", "nvr_plugins", "nvr_web"):
                    continue
                looked_at += 1
                if not any(one.within(f"nvr_core.{part}") for part in allowed):
                    known = ", ".join(f"nvr_core.{part}" for part in allowed)
                    breaches.append(
                        module.breach(one.line, f"{one.name} is imported; there are {known}")
                    )
    return Verdict(looked_at, breaches)


def checked(root: Path) -> Verdict:
    """Lint, types and tests of the project cover every example."""
    every = examples(root)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    script = (root / "scripts/check").read_text(encoding="utf-8")
    breaches = [
        Breach(str(example), 1, sentence)
        for example in every
        for sentence in _unchecked(str(example), project, script)
    ]
    return Verdict(len(every), breaches)


def _unchecked(example: str, project: dict[str, Any], script: str) -> Iterator[str]:
    tool = project.get("tool", {})
    typed = [line for line in script.splitlines() if " mypy " in line]
    if not any({FOLDER, example} & set(line.split()) for line in typed):
        yield "mypy of scripts/check does not look at it"
    if not any(" ruff check" in line and line.endswith("check") for line in script.splitlines()):
        yield "ruff of scripts/check does not look at every folder"
    pytest = tool.get("pytest", {}).get("ini_options", {})
    if not {FOLDER, example} & set(pytest.get("testpaths", [])):
        yield "pytest does not find its tests: testpaths"
    if example not in pytest.get("pythonpath", []):
        yield "pytest cannot import it: pythonpath"
    left_out = [
        *tool.get("ruff", {}).get("exclude", []),
        *tool.get("ruff", {}).get("extend-exclude", []),
        *tool.get("mypy", {}).get("overrides", []),
    ]
    if left_out:
        yield f"{left_out[0]} may leave it out"


def whole(root: Path) -> Verdict:
    """Every example is a distribution that Ronda finds, with a page, and a suite of ours."""
    every = examples(root)
    breaches = [
        Breach(str(example), 1, sentence)
        for example in every
        for sentence in _lacking(root / example)
    ]
    return Verdict(len(every), breaches)


def _lacking(example: Path) -> Iterator[str]:
    for name in ("pyproject.toml", "README.md"):
        if not (example / name).is_file():
            yield f"it has no {name}"
            return
    told = tomllib.loads((example / "pyproject.toml").read_text(encoding="utf-8"))
    project = told.get("project", {})
    points = project.get("entry-points", {}).get(GROUP, {})
    if not points:
        yield f"its pyproject.toml has no entry point of {GROUP}"
    for package in points.values():
        if not (example / package / "locale" / "id.po").is_file():
            yield f"{package} has no locale/id.po"
    lacking = [name for name in ("version", "authors", "license", "urls") if name not in project]
    if lacking:
        yield f"its pyproject.toml does not tell {', '.join(lacking)}"
    if {"ruff", "mypy"} & set(told.get("tool", {})):
        yield "its pyproject.toml has settings of its own for ruff or mypy"
    tests = [path.read_text(encoding="utf-8") for path in files(example / "tests", ".py")]
    if not any("Suite):" in text for text in tests):
        yield "no test of it inherits a suite of nvr_core.testing"
