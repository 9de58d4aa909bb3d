"""All plugins and what they provide, by kind and name. Built once by the loader, then only read."""

from __future__ import annotations

from collections.abc import Iterable

from nvr_core.contract import Text
from nvr_core.host.kinds import Kind
from nvr_core.host.plugin import Plugin, PluginState, Provided


class Registry:
    """What was found. A name that nobody provides is answered with the reason."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self.plugins = tuple(plugins)
        self._provided = {(one.kind, one.name): one for p in self.plugins for one in p.provides}

    def get(self, kind: Kind, name: str) -> Provided | None:
        return self._provided.get((kind, name))

    def of(self, kind: Kind) -> tuple[Provided, ...]:
        """All providers of a kind, by name."""
        found = [one for (its, _), one in self._provided.items() if its is kind]
        return tuple(sorted(found, key=lambda one: one.name))

    def plugin(self, name: str) -> Plugin | None:
        """The plugin with this name; of two with one name, the one that takes part."""
        found = [one for one in self.plugins if one.name == name]
        found.sort(key=lambda one: one.state is not PluginState.LOADED)
        return found[0] if found else None

    def why_not(self, kind: Kind, name: str) -> Text:
        """Why nobody provides this name, for a person who has an instance of it."""
        # A plugin is mostly named after what it provides, and a failed one told no other names.
        plugin = self.plugin(name)
        if plugin and plugin.sentence:
            return Text(
                'The plugin "{plugin}" does not take part: {why}',
                plugin=plugin.name,
                why=plugin.sentence,
            )
        return Text(
            'No plugin provides "{name}"; install the one that did, or remove this', name=name
        )
