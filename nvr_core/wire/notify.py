"""Telling systemd how a program is: ready, alive, ending (sd_notify(3), in a few lines).

Outside systemd there is no NOTIFY_SOCKET, and every call returns at once. A lost message never
disturbs the program that sent it: nothing here raises, nothing waits.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

STATUS_LENGTH = 200


def ready(environment: Mapping[str, str] = os.environ) -> bool:
    """The program does its work from now on. True when somebody was told."""
    return _tell("READY=1", environment)


def watchdog(environment: Mapping[str, str] = os.environ) -> bool:
    """Alive; systemd restarts a program that has not said so for WatchdogSec."""
    return _tell("WATCHDOG=1", environment)


def main_process(pid: int, environment: Mapping[str, str] = os.environ) -> bool:
    """Another process of the unit takes our place: only the present main process may say so."""
    return _tell(f"MAINPID={pid}", environment)


def status(text: str, environment: Mapping[str, str] = os.environ) -> bool:
    """One line for `systemctl status`."""
    line = " ".join(text.split())
    return _tell(f"STATUS={line[:STATUS_LENGTH]}", environment)


def stopping(environment: Mapping[str, str] = os.environ) -> bool:
    """The program is ending because it was asked to."""
    return _tell("STOPPING=1", environment)


def _tell(state: str, environment: Mapping[str, str]) -> bool:
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):  # the abstract namespace of unix(7)
        address = "\0" + address[1:]
    flags = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    try:
        with socket.socket(socket.AF_UNIX, flags) as out:
            out.sendto(state.encode(), address)
    except OSError:  # nobody there, or its queue is full: the next one tells again
        return False
    return True
