"""Pure: a config apart into what may be shown and what is secret, and together again."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any


def parted(
    config: Mapping[str, Any], paths: Iterable[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(open settings, secrets by path) of a config. paths: where secrets stand, `outer.token`."""
    shown = copy.deepcopy(dict(config))
    secrets: dict[str, Any] = {}
    for path in paths:
        holder, name = _holder(shown, path)
        if holder is not None and name in holder:
            value = holder.pop(name)
            if value:
                secrets[path] = value
    return shown, secrets


def joined(shown: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """The config whose two parts these are."""
    config = copy.deepcopy(dict(shown))
    for path, value in secrets.items():
        holder, name = _holder(config, path)
        if holder is not None:
            holder[name] = value
    return config


def _holder(config: dict[str, Any], path: str) -> tuple[dict[str, Any] | None, str]:
    outer, _, name = path.rpartition(".")
    if not outer:
        return config, name
    inner = config.get(outer)
    return (inner, name) if isinstance(inner, dict) else (None, name)
