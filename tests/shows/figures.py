"""A row of a "must show" table: its figures, their bars, and the verdict that a script can read."""

from __future__ import annotations

import math
import os
import shutil
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field


class CannotRun(Exception):
    """The row needs something that this machine lacks; the text says what."""


def need_root(why: str) -> None:
    """Fail unless we are root. why: what the row does with it, "mounts a file system"."""
    if os.geteuid() != 0:
        raise CannotRun(f"it needs root: it {why}")


def need_program(name: str, package: str) -> str:
    """Return the path of a program, or fail with the Debian package that brings it."""
    path = shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    if path is None:
        raise CannotRun(f"it needs {name}: apt-get install {package}")
    return path


def text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def interrupted(number: int, frame: object) -> None:
    """Let every `finally` and context manager of a row do its work."""
    raise KeyboardInterrupt


@dataclass
class Row:
    """Prints each figure as it becomes known, and remembers which bars were missed."""

    name: str
    """As in scripts/show: recorder.3."""
    misses: list[str] = field(default_factory=list)

    def figure(
        self,
        what: str,
        value: object,
        *,
        unit: str = "",
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        """Print "what = value unit (bar <= …)"; a value beyond its bar is a miss."""
        line = f"{what} = {text(value)}{unit and ' ' + unit}"
        bars = [f"<= {text(at_most)}"] * (at_most is not None)
        bars += [f">= {text(at_least)}"] * (at_least is not None)
        if bars:
            line += f" (bar {', '.join(bars)})"
            # What is no number, or not a number, holds no bar.
            number = float(value) if isinstance(value, (int, float)) else math.nan
            low = -math.inf if at_least is None else at_least
            high = math.inf if at_most is None else at_most
            if not low <= number <= high:
                self.misses.append(line)
        print(line, flush=True)

    def miss(self, sentence: str) -> None:
        """A breach that is no figure."""
        self.misses.append(sentence)
        print(f"miss: {sentence}", flush=True)

    def verdict(self) -> int:
        """Print the last line and return the exit code: 0 when every bar held."""
        if not self.misses:
            print(f"{self.name} holds", flush=True)
            return 0
        told = "; ".join(self.misses[:5])
        more = f"; and {len(self.misses) - 5} more" if len(self.misses) > 5 else ""
        print(f"{self.name} does not hold: {told}{more}", flush=True)
        return 1

    def run(self, work: Callable[[], object]) -> int:
        """Do the row's work; what cannot run here, and any error, is a miss and never a skip.

        A row that is ended by SIGINT or SIGTERM still cleans up what it mounted and started.
        """
        ends = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, interrupted) for number in ends]
        try:
            work()
        except CannotRun as reason:
            self.miss(str(reason))
        except KeyboardInterrupt:
            self.miss("it was interrupted")
        except Exception as error:
            traceback.print_exc()
            self.miss(f"{type(error).__name__}: {error}")
        finally:
            for number, usual in zip(ends, before, strict=True):
                signal.signal(number, usual)
        return self.verdict()
