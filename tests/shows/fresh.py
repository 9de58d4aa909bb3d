"""A fresh environment: wheels are built, and installed where nothing of this tree is."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
ACME = ROOT / "docs/examples/nvr-acme"


def wheel(project: Path, folder: Path) -> Path:
    """Build a project's wheel into the folder."""
    (built,) = WheelBuilder(str(project)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@dataclass(frozen=True)
class Fresh:
    """A virtual environment of its own, with no pip inside: another one's installs into it."""

    folder: Path

    @staticmethod
    def make(folder: Path) -> Fresh:
        venv.EnvBuilder(symlinks=True).create(folder)
        return Fresh(folder)

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    @property
    def ronda(self) -> Path:
        """The command, once our wheel is installed."""
        return self.folder / "bin/ronda"

    @staticmethod
    def environment() -> dict[str, str]:
        """Ours without what would let this tree be imported."""
        return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(self, words: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a program beside the environment. Raises RuntimeError with what it said."""
        done = subprocess.run(
            [str(word) for word in words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {(done.stderr or done.stdout).strip()[-800:]}")
        return done

    def pip(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """pip of the running environment, at work in this one."""
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", self.python]
        return self.run([*pip, "--disable-pip-version-check", "--no-input", *words])

    def install_wheels(self, *wheels: Path) -> None:
        """These alone: no network, and whatever they need must be there otherwise."""
        self.pip("install", "--quiet", "--no-compile", "--no-index", "--no-deps", *wheels)

    def install_locked(self) -> None:
        """What Ronda needs, by its lock with hashes, as scripts/install does."""
        lock = ROOT / "requirements/runtime.txt"
        self.pip("install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", lock)

    def borrow(self) -> None:
        """The libraries of the running environment, found after its own: quick, without a network.

        Its .pth files are not read there, so an editable installation of this tree does not count.
        """
        form = self.run(
            [self.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        )
        folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        Path(form.stdout.strip(), "borrowed.pth").write_text("\n".join(sorted(folders)) + "\n")
