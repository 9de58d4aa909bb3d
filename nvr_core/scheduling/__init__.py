"""When cameras are kept, and what runs every night: policies, their windows, and jobs."""

from nvr_core.scheduling.grid import Row, grid
from nvr_core.scheduling.jobs import JobError, Jobs, JobState
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
from nvr_core.scheduling.runs import Run
from nvr_core.scheduling.stored import restored, stored
from nvr_core.scheduling.text import parse, spoken
from nvr_core.scheduling.windows import keeps, next_edge, windows

__all__ = [
    "ALWAYS",
    "NEVER",
    "Always",
    "JobError",
    "JobState",
    "Jobs",
    "Keep",
    "Never",
    "Policy",
    "PolicyError",
    "Row",
    "Run",
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
