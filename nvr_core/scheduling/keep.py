"""What a policy means for a stream that is wanted now, and until when that is enough to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from nvr_core.scheduling.policy import Always, Policy, Weekly
from nvr_core.scheduling.windows import HOUR, next_window, windows
from nvr_core.wire.wants import Window

RENEWAL = HOUR
"""µs. A recorder that lost its server knows at least 47 hours."""


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Two fields of a StreamWant, under their names there."""

    keep_always: bool
    windows: tuple[Window, ...]
    renew_at: int | None
    """UTC µs at which `keep` must be asked again at the latest; None: only after a change."""


def keep(policy: Policy, zone: tzinfo, now: int) -> Keep:
    """Pure: the fields for a policy in the office's zone at a UTC moment in µs.

    Ask again at `renew_at`, and whenever the policy, the zone or the system's clock was changed; an
    equal answer need not be sent. A weekly policy has at least one window here, were it five days
    ahead: for the recorder, a stream without any is one that nobody ever wants kept.
    """
    if isinstance(policy, Always):
        return Keep(keep_always=True, windows=(), renew_at=None)
    told = windows(policy, zone, now)
    if not isinstance(policy, Weekly):
        return Keep(keep_always=False, windows=told, renew_at=None)
    return Keep(
        keep_always=False,
        windows=told or (next_window(policy, zone, now),),
        renew_at=now + RENEWAL,
    )
