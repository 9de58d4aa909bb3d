"""Ending a thread that waits: one flag, and the sockets that it may be waiting for."""

from __future__ import annotations

import contextlib
import socket
import threading


class Interrupted(Exception):
    """The thread was asked to end. Not an error: nobody is told."""


class Interruption:
    """Set from anywhere, once; from then on nothing that watches it waits any longer."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def set(self) -> None:
        """Wake whoever waits, now and from now on. Idempotent."""
        with self._lock:
            self._event.set()
            if self._socket is not None:
                # The base class's: SSLSocket.shutdown would pull TLS from under the reader.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises Interrupted when it is set."""
        if self._event.is_set():
            raise Interrupted

    def wait(self, seconds: float) -> None:
        """Sleep. Raises Interrupted as soon as it is set."""
        if self._event.wait(max(0.0, seconds)):
            raise Interrupted

    def watch(self, current: socket.socket) -> None:
        """From now on the thread waits for this socket; `set` shuts it down."""
        with self._lock:
            self._socket = current
        self.check()
