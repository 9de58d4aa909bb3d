"""Whether a class that a plugin registers can be used; else the sentence that its maker needs."""

from __future__ import annotations

import inspect
import re
from typing import Any, cast

from nvr_core.contract import VERSION, Config, Provider, Text
from nvr_core.host import form
from nvr_core.host.kinds import BASES, Kind
from nvr_core.host.refusal import Refused

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")


def is_slug(name: object) -> bool:
    return isinstance(name, str) and len(name) <= LONGEST and bool(SLUG.fullmatch(name))


def provider_of(kind: Kind, offered: object) -> Provider[Any, Any]:
    """The provider that this class makes. Raises Refused, and what the class itself raises."""
    base = BASES[kind]
    if not isinstance(offered, type) or not issubclass(offered, base) or offered is base:
        raise Refused(
            Text("{offered} is no class derived from {base}", offered=offered, base=base.__name__)
        )
    cls = cast(type[Provider[Any, Any]], offered)
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise Refused(
            Text(
                "the class {cls} lacks the method {missing}",
                cls=cls.__name__,
                missing=", ".join(missing),
            )
        )
    _check_contract(cls)
    _check_names(cls)
    _check_config(cls)
    _check_open(cls)
    return cls()


def _check_contract(cls: type[Provider[Any, Any]]) -> None:
    least = cls.contract_min
    if not isinstance(least, str) or not _VERSION.fullmatch(least):
        raise Refused(
            Text('{cls}.contract_min is {least}; write it as "0.1"', cls=cls.__name__, least=least)
        )
    if _numbers(least) > _numbers(VERSION):
        raise Refused(
            Text(
                "{cls} needs contract {least}, and this Ronda offers {offered}; update Ronda",
                cls=cls.__name__,
                least=least,
                offered=VERSION,
            )
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _check_names(cls: type[Provider[Any, Any]]) -> None:
    name = getattr(cls, "name", None)
    if not is_slug(name):
        raise Refused(
            Text(
                "{cls}.name is {name}; write lower-case letters, digits and single hyphens, "
                "{longest} at most",
                cls=cls.__name__,
                name=repr(name),
                longest=LONGEST,
            )
        )
    if not isinstance(getattr(cls, "title", None), Text):
        raise Refused(Text('{cls}.title is no Text; write Text("…")', cls=cls.__name__))


def _check_config(cls: type[Provider[Any, Any]]) -> None:
    config = getattr(cls, "config_type", None)
    if not isinstance(config, type) or not issubclass(config, Config):
        raise Refused(
            Text("{cls}.config_type is no class derived from contract.Config", cls=cls.__name__)
        )
    form.options(config)
    version = cls.config_version
    if type(version) is not int or version < 1:
        raise Refused(Text("{cls}.config_version is no number from 1 on", cls=cls.__name__))


def _check_open(cls: type[Provider[Any, Any]]) -> None:
    if inspect.isasyncgenfunction(cls.open) or inspect.iscoroutinefunction(cls.open):
        raise Refused(
            Text(
                "{cls}.open is a bare coroutine; write @asynccontextmanager above it",
                cls=cls.__name__,
            )
        )
