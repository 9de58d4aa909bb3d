"""What the kernel thinks of its own clock: adjtimex(2), read only."""

from __future__ import annotations

import ctypes

from nvr_core.media.segment import ClockState

UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2)."""


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as it is read; the rest is room."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    ]


_libc = ctypes.CDLL(None, use_errno=True)


def kernel_clock() -> ClockState:
    """Whether the kernel believes its clock, and within how many µs (adjtimex, read only)."""
    timex = _Timex()
    if _libc.adjtimex(ctypes.byref(timex)) < 0:
        return ClockState(synchronised=False, error_us=None)
    return ClockState(synchronised=not timex.status & UNSYNCHRONISED, error_us=int(timex.maxerror))
