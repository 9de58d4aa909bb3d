"""Ids that never collide between sites, and sort by the time they were made."""

from __future__ import annotations

import os
import uuid

from nvr_core.clock import Clock


def new_id(clock: Clock) -> str:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of wall milliseconds, then random bits."""
    milliseconds = clock.wall() // 1000 & 0xFFFF_FFFF_FFFF
    random = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | random
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return str(uuid.UUID(int=value))
