"""Whose code runs: the instance by its task, else the plugin by the files on the stack."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from nvr_core.host.calls import INSTANCE, TASK
from nvr_core.host.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Blame:
    """Who it was; "" for what cannot be told."""

    instance: str = ""
    plugin: str = ""

    def __str__(self) -> str:
        if self.instance and self.plugin:
            return f'the instance {self.instance} of the plugin "{self.plugin}"'
        if self.instance:
            return f"the instance {self.instance}"
        return f'the plugin "{self.plugin}"' if self.plugin else "something of Ronda itself"


class Suspects:
    """The plugins that are loaded, by where their files lie."""

    def __init__(self, registry: Registry) -> None:
        self._places = dict(_places(registry))

    def blame(self, task: asyncio.Task[Any] | None, frame: FrameType | None) -> Blame:
        """Called from any thread; changes nothing."""
        return Blame(instance=instance_of(task), plugin=self._plugin(frame))

    def _plugin(self, frame: FrameType | None) -> str:
        """The innermost frame of a plugin: it may have called a library, or ours."""
        while frame is not None:
            file = frame.f_code.co_filename
            for place, plugin in self._places.items():
                if file == place or file.startswith(f"{place}/"):
                    return plugin
            frame = frame.f_back
        return ""


def instance_of(task: asyncio.Task[Any] | None) -> str:
    """The instance whose task it is, also of one that a plugin made inside its own."""
    if task is None:
        return ""
    if task.get_name().startswith(TASK):
        return task.get_name().removeprefix(TASK)
    # Since Python 3.12; before, a plugin's own tasks are known by the stack only.
    context = getattr(task, "get_context", Context)()
    found: str = context.get(INSTANCE, "")
    return found


def _places(registry: Registry) -> Iterator[tuple[str, str]]:
    for plugin in registry.plugins:
        if plugin.origin.file:
            yield plugin.origin.file, plugin.name
        elif (module := sys.modules.get(plugin.package)) and module.__file__:
            file = Path(module.__file__)
            package = file.name == "__init__.py"
            yield str(file.parent if package else file), plugin.name
