"""What lies in the wheel: three packages with everything that belongs to them, and the licence."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from tests.rules.tree import PRODUCT, Breach, Verdict, files


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the wheel that the tree builds: its name and its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        (built,) = WheelBuilder(str(root)).build(directory=folder, versions=["standard"])
        with zipfile.ZipFile(built) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}


def expected(root: Path) -> Iterator[tuple[str, Path]]:
    """Name in the wheel and path in the tree of every file of the product."""
    for package, folder in PRODUCT.items():
        for path in files(root / folder):
            yield f"{package}/{path.relative_to(root / folder)}", path


def wheel(root: Path) -> Verdict:
    """The wheel holds exactly the product, and its licence."""
    packed = contents(root)
    own = tuple(f"{package}/" for package in PRODUCT)
    metadata = [name for name in packed if name.split("/")[0].endswith(".dist-info")]
    strange = [name for name in packed if not name.startswith(own) and name not in metadata]
    missing = [path for name, path in expected(root) if packed.get(name) != path.read_bytes()]
    parts = ("/licenses/LICENSE", "/entry_points.txt")
    lacking = [part for part in parts if not any(name.endswith(part) for name in metadata)]
    breaches = [
        *(Breach(name, 1, "is in the wheel and belongs to no package of ours") for name in strange),
        *(Breach(str(path.relative_to(root)), 1, "is missing in the wheel") for path in missing),
        *(Breach("pyproject.toml", 1, f"the wheel has no {part[1:]}") for part in lacking),
    ]
    return Verdict(looked_at=len(packed) - len(metadata), breaches=breaches)
