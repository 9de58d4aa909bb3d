"""Pure: which camera a person means, by its name in any case or by its id."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from nvr_core.state.cameras import Camera
from nvr_core.state.checked import folded
from nvr_core.wire.errors import SentenceError

SHOWN = 8
"""Names in a sentence; more than that nobody reads."""
LONGEST = 80


class UnknownCamera(SentenceError):
    """No camera, or more than one, is called so; the sentence says which there are."""


def label(camera: Camera) -> str:
    """What to call it: one of which only footage told has no name."""
    return camera.name or camera.camera


def watched(camera: Camera) -> bool:
    return camera.added_at is not None and camera.removed_at is None


def named(said: str, known: Sequence[Camera]) -> Camera:
    """The camera with this id or name; one that is watched goes before those that were.

    Raises UnknownCamera.
    """
    for one in known:
        if one.camera == said:
            return one
    own = folded(said)
    same = [one for one in known if one.name and folded(one.name) == own]
    found = [one for one in same if watched(one)] or same
    if len(found) > 1:
        ids = ", ".join(one.camera for one in found[:SHOWN])
        raise UnknownCamera(f"{len(found)} cameras were called {_short(said)}; write an id: {ids}")
    if not found:
        raise UnknownCamera(_sentence(said, known))
    return found[0]


def _sentence(said: str, known: Sequence[Camera]) -> str:
    names = {folded(label(one)): label(one) for one in known if watched(one)}
    own = folded(said)
    near = [one for one in names if own and own in one][:3]
    near = near or difflib.get_close_matches(own, names, n=3, cutoff=0.6)
    if near:
        close = " or ".join(names[one] for one in near)
        return f"there is no camera {_short(said)}; {close} may be meant"
    if not names:
        return f"there is no camera {_short(said)}, and no other one yet"
    some = ", ".join(list(names.values())[:SHOWN])
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"there is no camera {_short(said)}; there are: {some}{more}"


def _short(said: str) -> str:
    return repr(said if len(said) <= LONGEST else said[:LONGEST] + "…")
