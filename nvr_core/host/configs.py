"""Stored configs in and out: every mistake as a sentence, and nothing that was stored is lost."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nvr_core.contract import Config, ConfigInvalid, Provider, Secret, Text, hide_logins
from nvr_core.host.form import Option, OptionKind, options

SHOWN = 60
"""Characters of a wrong value that a sentence repeats."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What is wrong with one option."""

    option: str
    """`port`, `outer.inner`, or "" for the config as a whole."""
    label: Text | None
    text: Text
    """Stands beside the option in a form."""
    code: str = "config-invalid"

    @property
    def sentence(self) -> Text:
        """Stands alone, with the option's name."""
        if self.label is None:
            return self.text
        return Text("{label}: {text}", label=self.label, text=self.text)


class ConfigRefused(Exception):
    """A config that cannot be used; it is left as it was stored."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__("; ".join(str(one.sentence) for one in mistakes))
        self.mistakes = mistakes


def read(provider: Provider[Any, Any], stored: Mapping[str, Any], version: int) -> Config:
    """The config that is stored so. Raises ConfigRefused with every mistake; `stored` stays."""
    config_type: type[Config] = provider.config_type
    try:
        given = config_type.tidied(_upgraded(provider, stored, version))
        config = config_type.model_validate(given)
        config.check()
    except ConfigRefused:
        raise
    except ValidationError as error:
        known = options(config_type)
        found = [_mistake(one, known) for one in error.errors(include_url=False)]
        raise ConfigRefused(*found) from None
    except ConfigInvalid as error:
        label = _label(error.option, options(config_type))
        mistake = Mistake(option=error.option, label=label, text=error.text, code=error.code)
        raise ConfigRefused(mistake) from None
    except (Exception, SystemExit) as error:  # the plugin's own tidied() or check()
        # Its text may repeat what was stored, secrets too; only its type is told.
        raise _whole(
            Text("The plugin failed on this config ({error}).", error=type(error).__name__)
        ) from None
    return config


def _upgraded(
    provider: Provider[Any, Any], stored: Mapping[str, Any], version: int
) -> Mapping[str, Any]:
    own = provider.config_version
    if version > own:
        raise _whole(
            Text(
                "It was stored by a newer version of the plugin (config {version}, this one knows "
                "{own}); install that version again.",
                version=version,
                own=own,
            )
        )
    fresh: Mapping[str, Any] = copy.deepcopy(dict(stored))
    if version == own:
        return fresh
    try:
        upgraded: object = provider.upgrade_config(fresh, version)
        if isinstance(upgraded, Mapping):
            return upgraded
        why = "no mapping"
    except (Exception, SystemExit) as error:  # whatever a stranger's upgrade raises
        why = type(error).__name__
    raise _whole(
        Text(
            "The plugin could not bring the stored config from version {version} to {own} ({why}). "
            "What was stored is untouched.",
            version=version,
            own=own,
            why=why,
        )
    )


def _whole(text: Text) -> ConfigRefused:
    return ConfigRefused(Mistake(option="", label=None, text=text))


def _way(path: str, known: tuple[Option, ...]) -> Iterator[Option]:
    for name in path.split("."):
        option = next((one for one in known if one.name == name), None)
        if option is None:
            return
        yield option
        known = option.inner


def _label(path: str, known: tuple[Option, ...]) -> Text | None:
    way = list(_way(path, known))
    return way[-1].label if way else None


def _mistake(one: ErrorDetails, known: tuple[Option, ...]) -> Mistake:
    path = ".".join(str(step) for step in one["loc"] if isinstance(step, str))
    way = list(_way(path, known))
    if not way:
        return Mistake(option="", label=None, text=Text("This is no config."))
    option = way[-1]
    path = ".".join(step.name for step in way)
    if one["type"] == "missing":
        return Mistake(
            option=path,
            label=option.label,
            text=Text("It is missing; write {right}.", right=option.right),
        )
    whole = option.many and not isinstance(one["loc"][-1], int)
    right = Text("a list") if whole else option.right
    return Mistake(
        option=path,
        label=option.label,
        text=Text("{value} is not {right}.", value=shown(one["input"], option), right=right),
    )


def shown(value: object, option: Option) -> str | Text:
    """A wrong value as a sentence may repeat it: no secret, no login, not too long."""
    if option.kind in (OptionKind.SECRET, OptionKind.GROUP):
        return Text("This value (not shown)")
    text = json.dumps(value, ensure_ascii=False, default=lambda one: type(one).__name__)
    text = hide_logins(text)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def written(config: Config, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What to store for a config: plain values, secrets in clear at `secret_paths`.

    Fields of `stored` that this version does not know are kept. Whoever stores it seals the
    secrets.
    """
    return _kept(stored, {name: _plain(value) for name, value in _values(config)})


def _values(config: Config) -> Iterator[tuple[str, Any]]:
    for name in type(config).model_fields:
        yield name, getattr(config, name)


def _plain(value: Any) -> Any:
    match value:
        case Config():
            return {name: _plain(one) for name, one in _values(value)}
        case list():
            return [_plain(one) for one in value]
        case Secret():
            return value.reveal()
        case Enum():
            return value.value
        case Path():
            return str(value)
    return value


def _kept(stored: Mapping[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    for name, old in stored.items():
        if name not in fresh:
            fresh[name] = copy.deepcopy(old)
        elif isinstance(old, Mapping) and isinstance(fresh[name], dict):
            _kept(old, fresh[name])
    return fresh


def secret_paths(config_type: type[Config]) -> tuple[str, ...]:
    """Where secrets stand in what is stored: `password`, `outer.token`."""
    return tuple(_secret_paths(options(config_type), ""))


def _secret_paths(known: tuple[Option, ...], before: str) -> Iterator[str]:
    for one in known:
        if one.kind is OptionKind.SECRET:
            yield before + one.name
        yield from _secret_paths(one.inner, f"{before}{one.name}.")


def secrets_of(config: Config) -> Iterator[str]:
    """Every secret of a config in clear, for those who hide them."""
    for _, value in _values(config):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Secret):
                yield one.reveal()
            elif isinstance(one, Config):
                yield from secrets_of(one)


def stored_secrets(provider: Provider[Any, Any], stored: Mapping[str, Any]) -> Iterator[str]:
    """The same of what is stored, even when it is no config: a mistake may be about to be told."""
    for path in secret_paths(provider.config_type):
        value: Any = stored
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Secret):
                yield one.reveal()
            elif isinstance(one, str):
                yield one
