"""One answer of a doctor: a name, how bad it is, and a sentence that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["well", "remark", "fault"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One answer."""

    name: str
    state: State
    """well; remark: it works, but somebody should know; fault: it does not work like this."""
    sentence: str


def well(name: str, sentence: str) -> Finding:
    return Finding(name=name, state="well", sentence=sentence)


def remark(name: str, sentence: str) -> Finding:
    return Finding(name=name, state="remark", sentence=sentence)


def fault(name: str, sentence: str) -> Finding:
    return Finding(name=name, state="fault", sentence=sentence)
