"""Loads every plugin for itself: whatever one of them does, the others are there."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from nvr_core.contract import PROJECT, Text, hooks
from nvr_core.host import checks
from nvr_core.host.finding import Candidate, Loading, candidates
from nvr_core.host.kinds import HOOKS, Kind
from nvr_core.host.plugin import Plugin, PluginState, Provided
from nvr_core.host.refusal import Refused
from nvr_core.host.registry import Registry

TRACEBACK = 16_384
"""Characters of a traceback that are kept, its end."""


def load(loading: Loading, points: Callable[..., Iterable[EntryPoint]] = entry_points) -> Registry:
    """All plugins that there are, with what they provide or why they do not. It never raises."""
    return _Loader(loading).everything(candidates(loading, points))


class _Loader:
    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._pluggy.add_hookspecs(hooks)
        self._owners: dict[tuple[Kind, str], str] = {}
        """Who provides a name."""
        self._taken: dict[str, str] = {}
        """Name of a plugin → where the first of that name comes from."""

    def everything(self, found: Iterable[Candidate]) -> Registry:
        return Registry([self._one(candidate) for candidate in found])

    def _one(self, candidate: Candidate) -> Plugin:
        plugin = Plugin(
            name=candidate.name,
            origin=candidate.origin,
            state=PluginState.FAILED,
            package=candidate.package,
        )
        if candidate.name in self._loading.blocked:
            sentence = Text("ronda.toml blocks it, under [plugins]")
            return replace(plugin, state=PluginState.BLOCKED, sentence=sentence)
        if self._loading.safe and not candidate.origin.bundled:
            sentence = Text("Ronda was started with --safe, which leaves it out")
            return replace(plugin, state=PluginState.LEFT_OUT, sentence=sentence)
        try:
            provides = self._provided(candidate)
        except Refused as refusal:
            return replace(plugin, sentence=refusal.text)
        except (Exception, SystemExit) as error:  # whatever a stranger's module raises
            return replace(
                plugin,
                sentence=_sentence(error),
                traceback="".join(traceback.format_exception(error))[-TRACEBACK:],
            )
        self._taken[candidate.name] = str(candidate.origin)
        self._owners.update({(one.kind, one.name): candidate.name for one in provides})
        return replace(plugin, state=PluginState.LOADED, provides=provides)

    def _provided(self, candidate: Candidate) -> tuple[Provided, ...]:
        name = candidate.name
        if not checks.is_slug(name):
            raise Refused(
                Text("its name is not made of lower-case letters, digits and single hyphens")
            )
        if name in self._taken:
            raise Refused(
                Text(
                    'another plugin is named "{name}": {origin}',
                    name=name,
                    origin=self._taken[name],
                )
            )
        module = candidate.load()
        try:
            self._pluggy.register(module, name)
            return self._collected(name, module)
        except BaseException:
            # Half in is worse than out. register() itself keeps the name when it raises.
            if self._pluggy.has_plugin(name):
                self._pluggy.unregister(name=name)
            raise

    def _collected(self, name: str, module: object) -> tuple[Provided, ...]:
        """What its hooks return, each called by itself, every class checked."""
        callers = self._pluggy.get_hookcallers(module) or []
        if not callers:
            raise Refused(Text("it has no function marked with @hookimpl"))
        found: dict[tuple[Kind, str], Provided] = {}
        for caller in callers:
            if caller.name not in HOOKS:
                raise Refused(
                    Text(
                        "it has a hook {hook} that this Ronda does not know; there are {known}",
                        hook=caller.name,
                        known=", ".join(HOOKS),
                    )
                )
            kind = HOOKS[caller.name]
            (own,) = (one for one in caller.get_hookimpls() if one.plugin is module)
            if own.wrapper or own.hookwrapper:
                raise Refused(
                    Text("its hook {hook} is a wrapper; hooks only register", hook=caller.name)
                )
            for offered in _classes(caller.name, own.function):
                provider = checks.provider_of(kind, offered)
                key = (kind, provider.name)
                owner = self._owners.get(key, name if key in found else None)
                if owner is not None:
                    raise Refused(
                        Text(
                            'the {kind} "{name}" is provided by the plugin "{owner}" already',
                            kind=kind.value,
                            name=provider.name,
                            owner=owner,
                        )
                    )
                found[key] = Provided(kind=kind, name=provider.name, provider=provider, plugin=name)
        return tuple(found.values())


def _classes(hook: str, function: Callable[..., Any]) -> list[object]:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise Refused(Text("its hook {hook} is async; hooks only return classes", hook=hook))
    returned = function()
    if returned is None:
        return []
    if not isinstance(returned, list | tuple):
        if asyncio.iscoroutine(returned):
            returned.close()
        raise Refused(Text("its hook {hook} returns no list of classes", hook=hook))
    return list(returned)


def _sentence(error: BaseException) -> Text:
    """What happened, for the plugin page; the traceback says the rest."""
    if isinstance(error, SystemExit):
        return Text("it called sys.exit() while it was loaded")
    if isinstance(error, ModuleNotFoundError):
        return Text(
            "it needs {module}, which is not installed beside Ronda", module=error.name or "?"
        )
    if isinstance(error, pluggy.PluginValidationError):
        return Text("its hooks are not as the contract has them: {error}", error=error)
    return Text(
        "it raised {error} while it was loaded: {said}", error=type(error).__name__, said=error
    )
