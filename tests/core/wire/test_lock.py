"""One holder at a time, known by its pid, and free again however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nvr_core.wire import lock

HOLDER = """
import sys, pathlib
from nvr_core.wire import lock
with lock.single(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rtsp.lock"


@pytest.fixture
def other(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it reads a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_refused_with_the_pid_of_the_first(
    path: Path, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(lock.Held) as caught, lock.single(path):
        pass
    assert caught.value.pid == other.pid
    assert f"process {other.pid} is already at it" in str(caught.value)
    assert path.read_text() == f"{other.pid}\n"
    assert lock.holder(path) == other.pid


def test_a_killed_holder_leaves_the_lock_free(path: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert path.read_text() == f"{other.pid}\n"
    assert lock.holder(path) is None
    with lock.single(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_it_can_be_taken_again_and_names_nobody_when_free(path: Path) -> None:
    for _ in range(2):
        with lock.single(path):
            assert lock.holder(path) == os.getpid()
        assert lock.holder(path) is None
        assert path.read_text() == ""


def test_without_a_file_nobody_holds_it(path: Path) -> None:
    assert lock.holder(path) is None
    assert not path.exists()


def test_an_error_inside_frees_it(path: Path) -> None:
    with pytest.raises(RuntimeError), lock.single(path):
        raise RuntimeError
    assert lock.holder(path) is None


def test_children_do_not_inherit_it(path: Path) -> None:
    with lock.single(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert lock.holder(path) is None
        assert child.poll() is None
    finally:
        child.communicate(b"\n")


def test_who_is_handed_the_descriptor_holds_the_lock_too(path: Path) -> None:
    """And answers for it once it has signed, whoever lets go first."""
    with lock.single(path) as first:
        second = lock.Lock(os.dup(first.descriptor))
        assert path.read_text() == f"{os.getpid()}\n"
        second.sign()
        first.leave()
    assert lock.holder(path) == os.getpid()
    second.close()
    assert lock.holder(path) is None
    assert path.read_text() == ""


def test_who_lets_go_without_having_signed_leaves_the_pid(path: Path) -> None:
    with lock.single(path) as first:
        lock.Lock(os.dup(first.descriptor)).close()
        assert path.read_text() == f"{os.getpid()}\n"
        assert lock.holder(path) == os.getpid()
