"""Which library may be imported where: the fences of docs/design, and the purity of media."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import Breach, Import, Module, Verdict, modules

FENCED = {
    "av": (
        "nvr_core.recorder.av_source",
        "nvr_core.recorder.av_packets",
        "nvr_core.analyst",
        "nvr_core.simulators",
        "nvr_core.testing.footage",
    ),
    "apscheduler": ("nvr_core.scheduling.timetable",),
    "zeroconf": ("nvr_core.discovery",),
    "sqlalchemy": ("nvr_core.state",),
    "alembic": ("nvr_core.state",),
    "jinja2": ("nvr_web", "nvr_core.documents"),
}
"""Library → the only modules and packages that may import it."""

SLIM = ("nvr_core.recorder", "nvr_core.media", "nvr_core.wire", "nvr_core.analyst")
HEAVY = ("aiohttp", "pydantic", "jinja2", "sqlalchemy", "babel", "click")
"""What the programs beside the server do without, for memory and for the time of a restart."""

PURE = "nvr_core.media"
IMPURE = (
    "asyncio",
    "datetime",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
)
"""Bytes in, bytes out: what media may not touch of the standard library."""


def refused(module: Module, one: Import) -> str | None:
    """Why the module may not import it; None when it may."""
    for library, homes in FENCED.items():
        if one.within(library) and not module.within(*homes):
            return f"{library} is imported only by {', '.join(homes)}"
    for library in HEAVY:
        if one.within(library) and module.within(*SLIM):
            return f"{library} is too heavy for the programs beside the server"
    for library in IMPURE:
        if one.within(library) and module.within(PURE):
            return f"media is pure: bytes in, bytes out, no {library}"
    return None


def breaches(module: Module) -> Iterator[Breach]:
    for one in module.imports():
        if why := refused(module, one):
            yield module.breach(one.line, why)


def av_is_lazy(every: tuple[Module, ...]) -> Iterator[Breach]:
    """The recorder of RTSP streams never loads PyAV, so nothing imports av_source at its top."""
    for module in every:
        if module.name.startswith("nvr_core.recorder.av_"):
            continue
        top = {node.lineno for node in module.tree.body}
        for one in module.imports():
            if ".av_" in one.name and one.within("nvr_core.recorder") and one.line in top:
                yield module.breach(one.line, f"{one.name} loads PyAV: import it where it is used")


def libraries(root: Path) -> Verdict:
    """Every library is imported only where the fences let it."""
    every = modules(root)
    found = [breach for module in every for breach in breaches(module)]
    return Verdict(
        looked_at=sum(1 for module in every for _ in module.imports()),
        breaches=found + list(av_is_lazy(every)),
    )
