"""Camera ids: a camera keeps its id, and so its footage, while its name stands in ronda.toml."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from nvr_core.clock import Clock
from nvr_core.wire import durable
from nvr_core.wire.errors import SentenceError
from nvr_core.wire.ids import new_id


class CamerasError(SentenceError):
    """cameras.json cannot be used; the text says what to do."""


def ids_of(names: Iterable[str], file: Path, clock: Clock) -> Mapping[str, str]:
    """The id of each named camera; new names get one, which is durable on return.

    Names that left ronda.toml keep their line in the file: whoever writes the name again finds
    the old footage under it. Raises CamerasError when the file cannot be understood.
    """
    known = _load(file)
    fresh = [name for name in names if name not in known]
    for name in fresh:
        known[name] = new_id(clock)
    if fresh:
        file.parent.mkdir(parents=True, exist_ok=True)
        durable.write(file, {"cameras": known})
    return MappingProxyType(known)


def _load(file: Path) -> dict[str, str]:
    try:
        stored = json.loads(file.read_bytes())
        return {str(name): str(UUID(text)) for name, text in stored["cameras"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CamerasError(
            f"{file} cannot be read ({error}). It ties camera names to their footage: put back a "
            "copy of it. Only when there is none, move it away; every camera then starts anew "
            "and older footage has no name."
        ) from error
