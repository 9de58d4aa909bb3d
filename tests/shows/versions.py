"""Versions of Ronda, installed as docs/guide/install.md says it to an administrator."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.shows.figures import CannotRun
from tests.shows.office import ROOT


def commit_of(*names: str) -> str:
    """The commit of the first of these tags, branches or hashes that this repository has."""
    for name in names:
        found = _git(ROOT, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
        if found:
            return found
    raise CannotRun(f"it needs one of {', '.join(names)} in this repository; fetch its tags")


def committed() -> bool:
    """What stands in the tree is what the newest commit holds."""
    return not _git(ROOT, "status", "--porcelain", "--untracked-files=no")


def clone(folder: Path) -> None:
    """The repository, with nothing checked out yet."""
    _git(ROOT, "clone", "--quiet", "--no-checkout", "--no-hardlinks", str(ROOT), str(folder))


def install(folder: Path, commit: str) -> None:
    """Have a version in the clone, and what it needs in its .venv. Raises CalledProcessError."""
    _git(folder, "fetch", "--quiet", str(ROOT), commit)
    _git(folder, "checkout", "--quiet", "--detach", commit)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        ["scripts/install", "runtime"], cwd=folder, env=kept, check=True, stdout=subprocess.DEVNULL
    )


def _git(folder: Path, *words: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise CannotRun(f"git {words[0]} in {folder} says: {done.stderr.strip()}")
    return done.stdout.strip()
