"""Catalogues of texts: gettext .po files beside this one, read as they are, nothing compiled."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import IO

from babel.messages.pofile import read_po

LANGUAGES = ("id", "en")
"""The first one is spoken when nobody asks for another."""

Texts = Mapping[str, tuple[str, ...]]
"""Key → its forms: one, or as many as the language has plurals."""


@cache
def texts(language: str) -> Texts:
    """All texts of a language."""
    with files(__package__).joinpath(f"{language}.po").open("rb") as file:
        return read(file, language)


def read(file: IO[bytes], language: str) -> Texts:
    """The texts of any .po file, also a plugin's. Raises ValueError, babel's PoFileError too."""
    catalogue = read_po(file, locale=language, abort_invalid=True)
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        name = message.id if isinstance(message.id, str) else message.id[0]
        forms = message.string
        if name and forms is not None:
            found[name] = (forms,) if isinstance(forms, str) else tuple(forms)
    return MappingProxyType(found)


def choose(asked: str | None, accepted: str) -> str:
    """The language for one reader.

    asked: what the reader picked, if anything. accepted: the Accept-Language header
    (RFC 9110, 12.5.4).
    """
    if asked in LANGUAGES:
        return asked
    weighed: list[tuple[float, int, str]] = []
    for place, piece in enumerate(accepted.split(",")[:20]):
        tag, _, quality = piece.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        weighed.append((-weight, place, tag.split("-")[0].lower()))
    for weight, _, language in sorted(weighed):
        if weight < 0 and language in LANGUAGES:
            return language
    return LANGUAGES[0]
