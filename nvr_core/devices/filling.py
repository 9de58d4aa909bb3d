"""Options of a provider from a command line: name=value, each as its form wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nvr_core.contract import hide_logins
from nvr_core.host.form import Option, OptionKind
from nvr_core.wire.errors import SentenceError

SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class NotFilled(SentenceError):
    """An option that cannot be taken; says which, and what would be right."""


def filled(said: Mapping[str, str], options: Iterable[Option]) -> dict[str, Any]:
    """The config as a form would give it. said: by name, `outer.inner` for a nested one.

    What a text means is decided by the option's kind; bounds are checked where the config is.
    Raises NotFilled.
    """
    known = dict(_flat(options, ""))
    config: dict[str, Any] = {}
    for name, text in said.items():
        option = known.get(name)
        if option is None:
            raise NotFilled(f"there is no option {name!r}; there are: {', '.join(known)}")
        outer, _, inner = name.rpartition(".")
        holder = config.setdefault(outer, {}) if outer else config
        holder[inner] = _value(name, text, option)
    return config


def _flat(options: Iterable[Option], before: str) -> Iterable[tuple[str, Option]]:
    for one in options:
        if one.kind is OptionKind.GROUP:
            yield from _flat(one.inner, f"{before}{one.name}.")
        else:
            yield before + one.name, one


def _value(name: str, text: str, option: Option) -> Any:
    if option.many:
        return [_single(name, part.strip(), option) for part in text.split(",") if part.strip()]
    if option.empty and not text:
        return None
    return _single(name, text, option)


def _single(name: str, text: str, option: Option) -> Any:
    try:
        match option.kind:
            case OptionKind.WHOLE:
                return int(text)
            case OptionKind.NUMBER:
                return float(text)
            case OptionKind.SWITCH:
                return SWITCHES[text.strip().lower()]
    except (ValueError, KeyError):
        raise NotFilled(f"{name}: {hide_logins(text)!r} is not {option.right}") from None
    return text
