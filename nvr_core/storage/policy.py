"""For how long footage stays and how much of it, for all cameras and for single ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nvr_core.clock import SECOND, Clock
from nvr_core.state import settings
from nvr_core.state.catalogue import State
from nvr_core.state.errors import Refused

KEY = "storage.policy"
VERSION = 1
DAYS = 14
"""Of footage that stay unless somebody decides otherwise."""
MOST_DAYS = 3660
DAY = 24 * 3600 * SECOND


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one camera, all of its streams."""

    days: int = DAYS
    """Footage older than this goes."""
    quota: int | None = None
    """Most bytes of it, on all volumes that are there; None: what there is room for."""

    def cutoff(self, now: int) -> int:
        """The moment before which footage is too old; wall times, µs."""
        return now - self.days * DAY


@dataclass(frozen=True, slots=True)
class Policies:
    """Of all cameras."""

    usual: Policy = Policy()
    cameras: Mapping[str, Policy] = field(default_factory=dict)
    """By camera's id, those that differ."""

    def of(self, camera: str) -> Policy:
        return self.cameras.get(camera, self.usual)


def policy(days: object = DAYS, quota: object = None) -> Policy:
    """Raises Refused."""
    if type(days) is not int or not 1 <= days <= MOST_DAYS:
        raise Refused("days", days, f"does not do; write whole days from 1 to {MOST_DAYS}")
    if quota is not None and (type(quota) is not int or quota < 0):
        raise Refused("quota", quota, "does not do; write whole bytes, or leave it out")
    return Policy(days, quota)


def stored(policies: Policies) -> dict[str, Any]:
    """{"version": 1, "usual": {"days": 14, "quota": null}, "cameras": {"<id>": {…}}}"""
    return {
        "version": VERSION,
        "usual": _fields(policies.usual),
        "cameras": {camera: _fields(one) for camera, one in policies.cameras.items()},
    }


def restored(value: Any) -> Policies:
    """The policies that `stored` made this of. Raises Refused for anything else."""
    match value:
        case {"version": int(version)} if version > VERSION:
            raise Refused(KEY, version, "was written by a newer version of Ronda; install that")
        case {"version": int(), "usual": {**usual}, "cameras": {**cameras}}:
            return Policies(
                _policy(usual), {str(camera): _policy(one) for camera, one in cameras.items()}
            )
    raise Refused(KEY, value, "is no policy; choose it anew")


async def chosen(state: State, days: int = DAYS) -> Policies:
    """What people chose, or that footage stays for so many days while nobody did. Raises
    Refused."""
    value = await state.read(partial(settings.setting, key=KEY))
    return Policies(Policy(days)) if value is None else restored(value)


async def choose(state: State, clock: Clock, policies: Policies, *, by: str) -> None:
    """Let it be so from the next round on. by: who. Raises Refused."""
    value = stored(policies)
    restored(value)
    await state.write(
        partial(settings.set_setting, clock=clock, key=KEY, value=value, by=by), now=True
    )


def _fields(one: Policy) -> dict[str, Any]:
    return {"days": one.days, "quota": one.quota}


def _policy(value: Any) -> Policy:
    match value:
        case {"days": days, "quota": quota}:
            return policy(days, quota)
    raise Refused(KEY, value, 'is no policy of a camera, such as {"days": 14, "quota": null}')
