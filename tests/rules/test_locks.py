"""The locks answer pyproject.toml; a missing, loose, stale or diverging pin is found."""

from __future__ import annotations

import pytest

from tests.rules.locks import locks
from tests.rules.tree import ROOT, Plant

HASHED = " \\\n    --hash=sha256:" + "0" * 64 + "\n    # via planted\n"
TREE = {
    "pyproject.toml": """
[project]
dependencies = ["aiohttp>=3,<4"]
[dependency-groups]
build = ["hatchling>=1"]
test = ["pytest>=9"]
lint = ["ruff>=1"]
""",
    "requirements/runtime.txt": f"aiohttp==3.1{HASHED}",
    "requirements/build.txt": f"hatchling==1.2{HASHED}",
    "requirements/test.txt": "".join(
        f"{pin}{HASHED}"
        for pin in (
            "aiohttp==3.1",
            "hatchling==1.2",
            "pytest==9.0",
            "ruff==1.0 ; python_version < '4'",
        )
    ),
}


def test_the_projects_locks_hold() -> None:
    locks(ROOT).must_hold()


def test_whole_locks_have_no_breach(plant: Plant) -> None:
    verdict = locks(plant(TREE))
    assert verdict.looked_at == 6
    assert not verdict.breaches


@pytest.mark.parametrize(
    ("path", "old", "new", "sentence"),
    [
        ("requirements/runtime.txt", "==3.1", ">=3.1", "name==version"),
        ("requirements/runtime.txt", HASHED, "\n", "has hashes"),
        ("requirements/runtime.txt", "aiohttp==3.1", "yarl==1.0", "aiohttp>=3,<4 is not locked"),
        ("requirements/test.txt", "aiohttp==3.1", "aiohttp==3.2", "in another lock"),
        ("requirements/test.txt", "ruff==1.0", "ruff==0.9", "is not ruff>=1"),
        ("pyproject.toml", "pytest>=9", "hypothesis", "hypothesis is not locked"),
    ],
)
def test_a_planted_breach_is_found(
    plant: Plant, path: str, old: str, new: str, sentence: str
) -> None:
    changed = TREE[path].replace(old, new, 1)
    assert changed != TREE[path]
    found = [str(breach) for breach in locks(plant({**TREE, path: changed})).breaches]
    assert any(sentence in one for one in found), found
