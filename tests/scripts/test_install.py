"""scripts/install: what it refuses, and that nothing is done twice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROJECT = """
[build-system]
requires = []
build-backend = "planted_backend"
backend-path = ["."]
[project]
name = "planted"
version = "1"
"""
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(f"{folder}/planted-1-py3-none-any.whl", "w") as wheel:
        own = "planted-1.dist-info"
        about = ["Metadata-Version: 2.1", "Name: planted", "Version: 1", ""]
        wheel.writestr(f"{own}/METADATA", "\\n".join(about))
        form = ["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any", ""]
        wheel.writestr(f"{own}/WHEEL", "\\n".join(form))
        wheel.writestr(f"{own}/RECORD", "")
    return "planted-1-py3-none-any.whl"

build_wheel = build_editable
"""


def checkout(folder: Path) -> Path:
    """As much of the project as the script needs."""
    for part in ("scripts", "requirements"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def install(root: Path, *arguments: str, python: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(root / "scripts/install"), *arguments],
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHON": str(python), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_old_python_is_refused_with_what_would_be_right(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = install(checkout(tmp_path / "ronda"), "runtime", python=old)
    assert done.returncode == 1
    assert "3.11 or newer" in done.stderr


def test_a_set_must_be_named(tmp_path: Path) -> None:
    done = install(checkout(tmp_path / "ronda"), python=Path(sys.executable))
    assert done.returncode != 0
    assert "runtime or test" in done.stderr


def test_an_installation_is_tried_until_it_is_whole_and_then_left_alone(tmp_path: Path) -> None:
    root = checkout(tmp_path / "ronda")
    # Locks of nothing, and a project that builds itself: the network has no part in this.
    for name in ("runtime", "build"):
        (root / f"requirements/{name}.txt").write_text("")
    (root / "pyproject.toml").write_text(PROJECT)
    backend = root / "planted_backend.py"
    stamp = root / ".venv/installed-runtime"

    assert install(root, "runtime", python=Path(sys.executable)).returncode != 0
    assert not stamp.exists()

    backend.write_text(BACKEND)
    done = install(root, "runtime", python=Path(sys.executable))
    assert done.returncode == 0, done.stderr
    assert stamp.exists()

    backend.unlink()  # whoever builds now fails
    assert install(root, "runtime", python=Path(sys.executable)).returncode == 0
    with (root / "requirements/runtime.txt").open("a") as lock:
        lock.write("# a change\n")
    assert install(root, "runtime", python=Path(sys.executable)).returncode != 0
