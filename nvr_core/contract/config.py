"""What a person fills in for one instance: a frozen model that becomes a form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from nvr_core.contract.secrecy import Secret, hide_logins
from nvr_core.contract.text import Text


@dataclass(frozen=True, kw_only=True)
class OptionNotes:
    """What `option` says of a field beside its type; the form reads it."""

    label: Text
    means: Text | None = None
    right: Text | None = None
    least: float | None = None
    most: float | None = None
    longest: int | None = None


def option(
    default: Any = ...,
    *,
    label: Text,
    means: Text | None = None,
    right: Text | None = None,
    least: float | None = None,
    most: float | None = None,
    longest: int | None = None,
) -> Any:
    """One field of a Config: its default, and the texts of its line in the form.

    means: help under the field. right: what ends the sentence about a wrong value ("… is not
    {right}"); without it, the type and the bounds do. least, most: bounds of a number, inclusive.
    longest: characters of a text, or entries of a list.
    """
    field: Any = Field(default, ge=least, le=most, max_length=longest)
    notes = OptionNotes(
        label=label, means=means, right=right, least=least, most=most, longest=longest
    )
    field.metadata.append(notes)
    return field


class Config(BaseModel):
    """The base of every config. Fields are str, int, float, bool, an enum, Secret or Path.

    Lists of these, `| None`, and one nested Config are allowed too. The host checks this when the
    plugin is loaded, so that every config can be a form.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="ignore")

    @classmethod
    def tidied(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a person gave, put into the fields where it belongs, before it is checked.

        Pure: say, a login inside an address moves to its own fields, so that it is kept as a
        secret. Raises ConfigInvalid.
        """
        return given

    def check(self) -> None:
        """Whether the fields fit together. Pure. Raises ConfigInvalid, which names the option."""

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, _shown(value)


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return hide_logins(value)
    return [_shown(one) for one in value] if isinstance(value, list) else value


class DeviceConfig(Config):
    """The base of a network device's config. The core owns `address`: it follows the device."""

    address: str = option(
        label=Text("Address"),
        right=Text("an address alone, such as 192.168.1.64"),
        longest=253,
    )
    port: int = option(80, label=Text("Port"), least=1, most=65535)
    username: str = option("", label=Text("User name"), longest=256)
    password: Secret = option(Secret(""), label=Text("Password"))
