"""When cameras are kept: policies, and their windows on the time line."""

from nvr_core.scheduling.grid import Row, grid
from nvr_core.scheduling.keep import Keep, keep
from nvr_core.scheduling.policy import (
    ALWAYS,
    NEVER,
    Always,
    Never,
    Policy,
    PolicyError,
    Span,
    Weekly,
    weekly,
)
from nvr_core.scheduling.stored import restored, stored
from nvr_core.scheduling.text import parse, spoken
from nvr_core.scheduling.windows import keeps, next_edge, windows

__all__ = [
    "ALWAYS",
    "NEVER",
    "Always",
    "Keep",
    "Never",
    "Policy",
    "PolicyError",
    "Row",
    "Span",
    "Weekly",
    "grid",
    "keep",
    "keeps",
    "next_edge",
    "parse",
    "restored",
    "spoken",
    "stored",
    "weekly",
    "windows",
]
