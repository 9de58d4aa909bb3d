"""What holds of a machine whatever its settings: one question a function, each with its answers."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator

from nvr_core.cli.finding import Finding, fault, remark, well
from nvr_core.wire.kernel_clock import kernel_clock

LIBRARIES = ("aiohttp", "av", "babel", "click", "cryptography", "jinja2", "pydantic")
NEWEST_PYTHON = (3, 13)


def python() -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        yield remark("python", f"Python {version} is newer than {newest}, the newest one tried")
    else:
        yield well("python", f"Python {version}")


def libraries() -> Iterator[Finding]:
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
            yield well("libraries", f"{name} {importlib.metadata.version(name)}")
        except (ImportError, OSError) as error:
            yield fault(
                "libraries",
                f"{name} cannot be loaded ({error}); in Ronda's "
                "folder run: scripts/install runtime",
            )
    yield well("libraries", "ffmpeg is not needed: the av wheel brings its own libraries")


def kernel() -> Iterator[Finding]:
    try:
        os.close(os.pidfd_open(os.getpid()))
        yield well("kernel", f"Linux {platform.release()}")
    except OSError as error:
        yield fault(
            "kernel",
            f"Linux {platform.release()} knows no pidfd ({error}); 5.3 or newer is needed for "
            "ronda run and ronda demo",
        )


def clock() -> Iterator[Finding]:
    state = kernel_clock()
    if state.synchronised:
        error = f", within {state.error_us / 1000:.0f} ms" if state.error_us is not None else ""
        yield well("clock", f"the clock is synchronised{error}")
    else:
        yield remark(
            "clock",
            "the clock is not synchronised: footage may carry a wrong time of day, and says so; "
            "install systemd-timesyncd or chrony",
        )


QUESTIONS: tuple[Callable[[], Iterator[Finding]], ...] = (python, libraries, kernel, clock)
