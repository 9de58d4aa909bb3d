"""The locks: every dependency pinned and hashed, and the same version in each of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.rules.tree import Breach, Verdict

FOLDER = Path("requirements")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Pin:
    """One line of a lock, with its continuation lines."""

    path: str
    line: int
    text: str

    @property
    def requirement(self) -> Requirement:
        return Requirement(self.text.split("--hash")[0].strip())

    @property
    def key(self) -> tuple[str, str]:
        """Name and marker: what one version is chosen for."""
        return canonicalize_name(self.requirement.name), str(self.requirement.marker)


def pins(root: Path, name: str) -> Iterator[Pin]:
    """The pins of requirements/<name>.txt."""
    path = FOLDER / f"{name}.txt"
    whole, start = "", 0
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        start = start if whole else number
        whole += " " + line.partition("#")[0].strip().removesuffix("\\")
        if not line.endswith("\\"):
            if whole.strip():
                yield Pin(str(path), start, whole.strip())
            whole = ""


def wanted(project: dict[str, Any]) -> dict[str, list[str]]:
    """Lock → the requirements of pyproject.toml that it must satisfy."""
    groups = project.get("dependency-groups", {})
    runtime = project["project"].get("dependencies", [])
    build = groups.get("build", [])
    return {
        "runtime": runtime,
        "build": build,
        "test": [*runtime, *build, *groups.get("test", []), *groups.get("lint", [])],
    }


def unsatisfied(root: Path, name: str, requirements: list[str]) -> Iterator[Breach]:
    versions: dict[str, list[Pin]] = {}
    for pin in pins(root, name):
        versions.setdefault(pin.key[0], []).append(pin)
    for text in requirements:
        one = Requirement(text)
        found = versions.get(canonicalize_name(one.name), [])
        if not found:
            yield Breach(f"{FOLDER}/{name}.txt", 1, f"{text} is not locked: run scripts/lock")
        for pin in found:
            (specifier,) = pin.requirement.specifier
            if not one.specifier.contains(specifier.version, prereleases=True):
                yield Breach(pin.path, pin.line, f"{pin.requirement} is not {text}")


def odd(pin: Pin) -> str | None:
    """Why the pin pins nothing, or None."""
    specifiers = list(pin.requirement.specifier)
    if pin.requirement.url or len(specifiers) != 1 or specifiers[0].operator != "==":
        return "a pin is name==version"
    if not HASH.search(pin.text):
        return "a pin has hashes"
    return None


def locks(root: Path) -> Verdict:
    """What is installed is exactly what was locked, in every set the same."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    breaches: list[Breach] = []
    chosen: dict[tuple[str, str], str] = {}
    looked_at = 0
    for name, requirements in wanted(project).items():
        for pin in pins(root, name):
            looked_at += 1
            if why := odd(pin):
                breaches.append(Breach(pin.path, pin.line, f"{why}: {pin.text[:60]}"))
                continue
            version = str(pin.requirement.specifier)
            if chosen.setdefault(pin.key, version) != version:
                sentence = f"{pin.key[0]}{version} here, {chosen[pin.key]} in another lock"
                breaches.append(Breach(pin.path, pin.line, sentence))
        if not breaches:
            breaches += unsatisfied(root, name, requirements)
    return Verdict(looked_at, breaches)
