"""Who may import whom: the layers of docs/design as a table, and the rule that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.rules.tree import Breach, Module, Verdict, modules

ZERO = ("clock", "contract", "kit", "media")
ONE = (
    "wire",
    "settings",
    "words",
    "bus",
    "events",
    "audit",
    "state",
    "host",
    "documents",
)
"""Each may import those written before it."""
PROGRAMS = ("recorder", "analyst")
TWO = (
    "devices",
    "discovery",
    "scheduling",
    "recording",
    "storage",
    "alerting",
    "analysis",
    "access",
    "programme",
    "evidence",
)

PARTS: dict[str, tuple[str, ...]] = {
    "clock": (),
    "contract": (),
    "kit": ("contract", "media"),
    "media": (),
    **{part: (*ZERO, *ONE[:place]) for place, part in enumerate(ONE)},
    "recorder": ("media", "wire", "clock"),
    "analyst": ("media", "wire", "clock", "host", "contract"),
    **dict.fromkeys(TWO, (*ZERO, *ONE)),
    "admin": (*ZERO, *ONE, *TWO),
    "app": (*ZERO, *ONE, *TWO, "admin"),
    "cli": (*ZERO, *ONE, *PROGRAMS, *TWO, "admin", "app", "simulators", "testing"),
    "simulators": ZERO,
    "testing": (*ZERO, *ONE, *PROGRAMS, *TWO, "admin", "app", "simulators"),
}
"""Part of nvr_core → the parts of nvr_core that it may import, besides itself."""

WEB = ("app", *TWO, "contract", "words", "documents", "clock", "settings")
"""What nvr_web may import of nvr_core: the services it reaches through the app, by type."""

PLUGIN = ("contract", "kit")


def part_of(name: str) -> str:
    """The second word of a dotted name, "" for a top-level package itself."""
    return name.split(".")[1] if "." in name else ""


def rows(module: Module) -> tuple[str, tuple[str, ...]] | None:
    """Who the module is, in words, and the parts of nvr_core it may import; None: no row."""
    part = part_of(module.name)
    match module.name.split(".")[0]:
        case "nvr_core":
            # The package itself holds the version and nothing else.
            return (part, PARTS[part]) if part in PARTS else ("nvr_core", ()) if not part else None
        case "nvr_web":
            return "nvr_web", WEB
        case _:
            return f"plugin {part}", PLUGIN


def breaches(module: Module, known: frozenset[str]) -> Iterator[Breach]:
    row = rows(module)
    if row is None:
        yield module.breach(
            1, f"{module.name} has no layer: give it a row in tests/rules/layers.py"
        )
        return
    who, allowed = row
    top = module.name.split(".")[0]
    for one in module.imports():
        target = part_of(one.name)
        if one.within("plugins") or one.within("web"):
            yield module.breach(one.line, f"{one.name} is a folder; import nvr_{one.name}")
        elif one.within("nvr_core"):
            own = top == "nvr_core" and target == part_of(module.name)
            is_module = f"nvr_core.{target}" in known or target in PARTS
            if is_module and not own and target not in allowed:
                yield module.breach(one.line, f"{who} may not import nvr_core.{target}")
        elif one.within("nvr_web") and top != "nvr_web" and not module.within("nvr_core.cli"):
            yield module.breach(one.line, f"{who} may not import nvr_web")
        elif one.within("nvr_plugins"):
            own = top == "nvr_plugins" and target in ("", part_of(module.name))
            if not own:
                yield module.breach(one.line, f"{who} may not import a plugin: nvr_core.host does")


def layers(root: Path) -> Verdict:
    """Every module imports of ours only what its layer allows."""
    every = modules(root)
    known = frozenset(module.name for module in every)
    return Verdict(
        looked_at=sum(1 for module in every for one in module.imports() if one.within("nvr_core")),
        breaches=[breach for module in every for breach in breaches(module, known)],
    )
