"""Where plugins are looked for: entry points of installed distributions, and a folder of files."""

from __future__ import annotations

import importlib.util
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PackageMetadata, entry_points
from pathlib import Path
from types import ModuleType

from nvr_core.contract import GROUP, Text
from nvr_core.host.plugin import Origin
from nvr_core.host.refusal import Refused

OURS = "ronda"
"""The distribution whose plugins are bundled."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A plugin that was found and not loaded yet."""

    name: str
    origin: Origin
    package: str
    load: Callable[[], object]
    """Imports it; raises whatever it raises."""


@dataclass(frozen=True, kw_only=True)
class Loading:
    """What a person chose about plugins: the command line's options, and ronda.toml."""

    plugins_dir: Path | None = None
    """A folder of one-file plugins, --plugins-dir."""
    safe: bool = False
    """Bundled plugins only, --safe."""
    blocked: frozenset[str] = frozenset()
    """Names of plugins that are not loaded."""


def candidates(
    loading: Loading, points: Callable[..., Iterable[EntryPoint]] = entry_points
) -> Iterator[Candidate]:
    """Every plugin: bundled ones, other distributions' by name, then the folder's by file."""
    installed = [_installed(point) for point in points(group=GROUP)]
    yield from sorted(
        installed, key=lambda one: (not one.origin.bundled, one.name, str(one.origin))
    )
    if loading.plugins_dir is not None:
        paths = loading.plugins_dir.absolute().glob("*.py")
        yield from (_file(path) for path in sorted(paths) if not path.name.startswith(("_", ".")))


def _installed(point: EntryPoint) -> Candidate:
    return Candidate(
        name=point.name,
        origin=_origin(point),
        package=point.value.partition(":")[0].strip(),
        load=point.load,
    )


def _origin(point: EntryPoint) -> Origin:
    try:
        return _told(point.dist.metadata) if point.dist is not None else Origin()
    except Exception:  # metadata of others may be damaged in any way; the plugin may yet work
        return Origin()


def _told(told: PackageMetadata) -> Origin:
    home = [*(told.get_all("Home-page") or []), *(told.get_all("Project-URL") or [])]
    pages = [page.rpartition(",")[2].strip() for page in home if page.strip()]
    author = _first(told, "Author") or _first(told, "Author-email").partition("<")[0].strip(' "')
    name = _first(told, "Name")
    return Origin(
        distribution=name,
        version=_first(told, "Version"),
        author=author,
        home_page=next((page for page in pages if re.match(r"https?://", page)), ""),
        bundled=re.sub(r"[-_.]+", "-", name).lower() == OURS,
    )


def _first(told: PackageMetadata, field: str) -> str:
    """The field, empty where there is none: asking by [] for such a one warns from 3.12 on."""
    return next(iter(told.get_all(field) or []), "")


def _file(path: Path) -> Candidate:
    return Candidate(
        name=path.stem.lower().replace("_", "-"),
        origin=Origin(file=str(path)),
        package="",
        load=lambda: _imported(path),
    )


def _imported(path: Path) -> ModuleType:
    """The file as a module of a name that nothing else can have."""
    if path.stat().st_mode & stat.S_IWOTH or path.parent.stat().st_mode & stat.S_IWOTH:
        raise Refused(
            Text(
                "every user of this machine may write {path} or its folder, and so become Ronda; "
                "take that right away: chmod o-w",
                path=path,
            )
        )
    name = f"nvr_plugin_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # its name ends with .py
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
