"""Texts in a reader's language: from the plugin's own locale, else ours, else English."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.resources import files

from babel.messages.pofile import PoFileError

from nvr_core.contract import Text
from nvr_core.host.registry import Registry
from nvr_core.words.catalogue import Texts, read

FILE_BYTES = 1 << 20
_log = logging.getLogger(__name__)


def texts_of(package: str, language: str) -> Texts:
    """The texts in `locale/<language>.po` of a package; none when there is no such file."""
    try:
        place = files(package).joinpath("locale", f"{language}.po")
        if not place.is_file():
            return {}
        with place.open("rb") as file:
            return read(file, language)
    except (OSError, ImportError, ValueError, TypeError, PoFileError) as error:
        _log.warning(
            "the texts of %s in %s cannot be read, so they stay English: %s",
            package,
            language,
            error,
        )
        return {}


class Speech:
    """Says texts in one language. A translation that is missing or broken costs nothing else."""

    def __init__(self, registry: Registry, language: str) -> None:
        self.language = language
        self._ours = texts_of("nvr_core.host", language)
        self._theirs: Mapping[str, Texts] = {
            plugin.name: texts_of(plugin.package, language)
            for plugin in registry.plugins
            if plugin.provides and plugin.package
        }

    def say(self, text: Text, plugin: str = "") -> str:
        """The sentence for a reader. plugin: name of the one whose text it is, "" for the core."""
        values = {
            name: self.say(value, plugin) if isinstance(value, Text) else value
            for name, value in text.values.items()
        }
        for texts in (self._theirs.get(plugin, {}), self._ours):
            if forms := texts.get(text.message):
                return Text(text.message, **values).filled(forms[0] or text.message)
        return str(Text(text.message, **values))
