"""What tests of the recorder stand on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one MiB in memory, mounted for this test (needs root, as CI has it)."""
    root = tmp_path / "small"
    root.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "ronda-test", str(root)]
    subprocess.run(command, check=True)
    try:
        yield root
    finally:
        subprocess.run(["umount", "-l", str(root)], check=True)
