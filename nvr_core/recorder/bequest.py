"""What a recorder inherits from the one that started it: the line to it, its locks, its estate."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

import nvr_core
from nvr_core.wire import codec, succession
from nvr_core.wire.errors import WireError
from nvr_core.wire.lock import Lock
from nvr_core.wire.succession import Estate, Ready

ANSWER = 20.0
"""Seconds in which the predecessor must say what goes on."""

CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Bequest:
    """Whoever has it holds both locks together with the predecessor."""

    line: socket.socket
    runtime: Lock
    """Of the runtime folder."""
    journal: Lock
    estate: Estate

    def sign(self) -> None:
        """We answer for the locks from now on."""
        self.runtime.sign()
        self.journal.sign()


@contextlib.contextmanager
def claimed(environment: MutableMapping[str, str] = os.environ) -> Iterator[Bequest | None]:
    """What a predecessor left for us; None for a recorder that was started by anybody else.

    By then our code is loaded. Raises WireError when it says nothing that we understand.
    """
    number = environment.pop(succession.ENVIRONMENT, "")
    if not number:
        yield None
        return
    with socket.socket(fileno=int(number)) as line:
        os.set_inheritable(line.fileno(), False)
        line.settimeout(ANSWER)
        try:
            line.sendall(succession.encode(Ready(software=nvr_core.__version__)))
            said, descriptors, _, _ = socket.recv_fds(line, CHUNK, 2, socket.MSG_CMSG_CLOEXEC)
        except OSError as error:
            raise WireError(
                f"the recorder that started this one does not answer: {error}"
            ) from None
        try:
            while said and not said.endswith(b"\n") and len(said) < codec.LINE_LIMIT:
                more = line.recv(CHUNK)
                said += more
                if not more:
                    break
            estate = succession.decode(said)
            if not isinstance(estate, Estate) or len(descriptors) != 2:
                raise WireError("the recorder before us does not say what goes on")
            locks = [Lock(descriptor) for descriptor in descriptors]
        except BaseException:
            for descriptor in descriptors:
                os.close(descriptor)
            raise
        runtime, journal = locks
        with contextlib.closing(runtime), contextlib.closing(journal):
            yield Bequest(line=line, runtime=runtime, journal=journal, estate=estate)
