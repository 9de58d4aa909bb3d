"""Sealed texts open only whole, in their own place, with their own key; the key is made once."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.wire import seal
from nvr_core.wire.errors import WireError

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_was_sealed_opens(plain: bytes, context: bytes) -> None:
    sealed = seal.seal(KEY, plain, context)
    assert seal.unseal(KEY, sealed, context) == plain
    assert len(plain) < 16 or plain not in sealed


def test_no_changed_byte_opens() -> None:
    sealed = seal.seal(KEY, b"rahasia", b"want rtsp")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(WireError):
            seal.unseal(KEY, bytes(changed), b"want rtsp")


def test_no_cut_text_opens() -> None:
    sealed = seal.seal(KEY, b"rahasia", b"want rtsp")
    for size in range(len(sealed)):
        with pytest.raises(WireError):
            seal.unseal(KEY, sealed[:size], b"want rtsp")


def test_it_opens_neither_elsewhere_nor_with_another_key() -> None:
    sealed = seal.seal(KEY, b"rahasia", b"want rtsp")
    with pytest.raises(WireError, match=r"does not open with this secret\.key"):
        seal.unseal(KEY, sealed, b"want av")
    with pytest.raises(WireError, match=r"does not open with this secret\.key"):
        seal.unseal(bytes(32), sealed, b"want rtsp")


def test_the_same_text_is_never_sealed_the_same() -> None:
    assert seal.seal(KEY, b"x", b"") != seal.seal(KEY, b"x", b"")


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = seal.load_or_make_key(data)
    assert len(key) == 32
    assert seal.load_or_make_key(data) == key
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600


def test_a_key_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    key = seal.load_or_make_key(tmp_path)
    (tmp_path / "secret.key").chmod(0o644)
    assert seal.load_or_make_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"short", bytes(32), bytes(range(33))])
def test_a_damaged_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(seal.KeyFault, match="restore it from a backup"):
        seal.load_or_make_key(tmp_path)
    assert (tmp_path / "secret.key").read_bytes() == content


def test_programs_that_start_together_get_one_key(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from nvr_core.wire import seal; input();"
        " print(seal.load_or_make_key(pathlib.Path(sys.argv[1])).hex())"
    )
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    assert len({program.communicate()[0] for program in programs}) == 1
