"""What an error means for its instance, and how long to wait: rules without clock or task."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from nvr_core.contract import (
    AuthFailed,
    ConfigInvalid,
    ContractError,
    KeyMissing,
    KeyRefused,
    NotReady,
    Text,
    Unsupported,
    VolumeFull,
)
from nvr_core.host.configs import ConfigRefused


class State(StrEnum):
    """How an instance is."""

    OPENING = "opening"
    LIVE = "live"
    RETRYING = "retrying"
    NEEDS_LOGIN = "needs-login"
    MISCONFIGURED = "misconfigured"
    BROKEN = "broken"
    STOPPED = "stopped"


HARMLESS = (Unsupported, KeyMissing, KeyRefused, VolumeFull)
"""Answers of something that is well: the caller's matter."""


class PluginFailed(ContractError):
    """A plugin raised what the contract does not know; for whoever called it."""

    code = "plugin-failed"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What an error means."""

    state: State
    text: Text
    code: str
    option: str = ""
    expected: bool = True
    """False for what the contract does not know: a mistake of the plugin."""
    retry_after: float = 0.0
    """Seconds that the other side asked us to wait."""


def judge(error: BaseException) -> Verdict:
    """The state that follows. Of several errors, as of a task group, the gravest counts."""
    return _judged(gravest(error))


def gravest(error: BaseException) -> BaseException:
    """A refused login first: whoever asks on may lock the account."""
    return min(_leaves(error), key=_gravity)


def spoken(error: BaseException, clean: Callable[[Text], Text]) -> Exception:
    """What callers are told: a ContractError, or the ConfigRefused with all its mistakes.

    clean: takes secrets out of texts that no plugin wrote for people.
    """
    leaf = gravest(error)
    if isinstance(leaf, ContractError | ConfigRefused):
        return leaf
    verdict = _judged(leaf)
    kind = NotReady if verdict.expected else PluginFailed
    return kind(clean(verdict.text), code=verdict.code)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error


def _gravity(error: BaseException) -> int:
    verdict = _judged(error)
    order = (State.NEEDS_LOGIN, State.MISCONFIGURED, State.RETRYING)
    return 2 * order.index(verdict.state) + verdict.expected


def _judged(error: BaseException) -> Verdict:
    match error:
        case AuthFailed():
            return Verdict(state=State.NEEDS_LOGIN, text=error.text, code=error.code)
        case ConfigInvalid():
            return Verdict(
                state=State.MISCONFIGURED, text=error.text, code=error.code, option=error.option
            )
        case ConfigRefused(mistakes=[first, *_]):
            return Verdict(
                state=State.MISCONFIGURED,
                text=first.sentence,
                code=first.code,
                option=first.option,
            )
        case Unsupported():
            return Verdict(state=State.MISCONFIGURED, text=error.text, code=error.code)
        case NotReady():
            return Verdict(
                state=State.RETRYING,
                text=error.text,
                code=error.code,
                retry_after=error.retry_after or 0.0,
            )
        case ContractError():
            return Verdict(state=State.RETRYING, text=error.text, code=error.code)
        case TimeoutError():
            text = Text("It did not answer in time.")
            return Verdict(state=State.RETRYING, text=text, code="time-out")
        case OSError():
            why = error.strerror or str(error) or type(error).__name__
            text = Text("It cannot be reached: {why}.", why=why)
            return Verdict(state=State.RETRYING, text=text, code="not-reached")
    text = Text("The plugin failed: {error}.", error=type(error).__name__)
    return Verdict(state=State.RETRYING, text=text, code=PluginFailed.code, expected=False)


class Patience:
    """How long to wait before the next attempt: at once, then 5 s, 10, 20 … 5 minutes."""

    FIRST = 5.0
    MOST = 300.0
    SETTLED = 60.0
    """Seconds of life after which a failure is a new one."""
    MISTAKES = 5
    WITHIN = 600.0
    """Five mistakes of the plugin in ten minutes: it is broken."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        """A number from 0 to 1, so that a hundred cameras do not come back at the same moment."""
        self._failures = 0
        self._reopened = False
        self._mistakes: deque[float] = deque(maxlen=self.MISTAKES)

    def failed(self, verdict: Verdict, *, now: float, lived: float | None) -> float | None:
        """Seconds to wait, None for "until a person acts". lived: how long it was live, if it was.

        now: any clock that does not step.
        """
        if verdict.state is not State.RETRYING:
            self._failures, self._reopened = 0, False
            return None
        if not verdict.expected:
            self._mistakes.append(now)
            if len(self._mistakes) == self.MISTAKES and now - self._mistakes[0] <= self.WITHIN:
                self._mistakes.clear()
                return None
        if lived is not None and lived >= self.SETTLED:
            self._failures = 0
            self._reopened = False
        if lived is not None and not self._reopened:
            # The first failure of a live one: perhaps its session had only ended. Once.
            self._reopened = True
            return min(verdict.retry_after, self.MOST)
        delay = min(self.FIRST * 2.0**self._failures, self.MOST)
        self._failures = min(self._failures + 1, 16)
        return max(delay * (0.9 + 0.2 * self._chance()), min(verdict.retry_after, self.MOST))
