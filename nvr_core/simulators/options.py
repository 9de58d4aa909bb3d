"""Cameras as the command line writes them: name=gang,codec=h265,size=640x360,fault=loss:0.01."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nvr_core.simulators.faults import Faults
from nvr_core.simulators.spec import CameraSpec

FAULTS = frozenset(field.name for field in fields(Faults))
KEYS = frozenset(field.name for field in fields(CameraSpec)) - {"faults"}
LISTS = ("sdp", "headers")
"""Faults of which a camera can have several."""


@cache
def _reader() -> TypeAdapter[CameraSpec]:
    return TypeAdapter(CameraSpec)


def read_camera(text: str) -> CameraSpec:
    """One camera: keys are CameraSpec's fields, `size=WIDTHxHEIGHT`, and `fault`, repeatedly.

    A fault is a field of Faults, with its value after a colon unless it is a switch. Raises
    ValueError with a sentence that names the key, the value and what would be right.
    """
    values: dict[str, Any] = {"faults": {}}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if key == "fault" and value:
            _add_fault(values["faults"], value)
        elif key == "size" and value:
            values["width"], _, values["height"] = value.partition("x")
        elif key in KEYS and equals:
            values[key] = value
        else:
            known = ", ".join(sorted(KEYS | {"size", "fault"}))
            raise ValueError(
                f"{part!r} is not understood: write key=value, the key one of {known}."
            )
    if "name" not in values:
        raise ValueError(f"The camera {text!r} has no name: begin with name=….")
    try:
        return _reader().validate_python(values)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None


def _add_fault(faults: dict[str, Any], text: str) -> None:
    name, colon, value = text.partition(":")
    if name not in FAULTS:
        raise ValueError(f"There is no fault {name!r}; there are {', '.join(sorted(FAULTS))}.")
    if name in LISTS:
        faults.setdefault(name, []).append(value)
    else:
        faults[name] = value if colon else True


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong; the password never stands in it."""
    first = error.errors(include_url=False)[0]
    reason = str(first["msg"]).removeprefix("Value error, ")
    if not first["loc"]:
        return reason
    place = " ".join(str(part) for part in first["loc"] if part != "faults")
    given = "" if "password" in place else f"={first['input']}"
    return f"{place}{given} is not possible: {reason}."
