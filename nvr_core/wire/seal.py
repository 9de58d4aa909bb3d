"""What must not lie about readable: sealed with a key that only this installation's folder has.

ChaCha20-Poly1305 (RFC 8439) with a random nonce of 96 bits. The context binds a sealed text to its
place: one that was moved to another file does not open there.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from nvr_core.wire.errors import SentenceError, WireError

KEY_NAME = "secret.key"
KEY_BYTES = 32
MARK = b"ronda-sealed-1\n"
"""Stands first in every sealed text, and is itself protected by the tag."""
NONCE_BYTES = 12
TAG_BYTES = 16


class KeyFault(SentenceError):
    """The key file is there but cannot be the key."""


def seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Encrypt and sign; only `unseal` with the same key and context gives it back."""
    nonce = os.urandom(NONCE_BYTES)
    return MARK + nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, MARK + context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """The plain text. Raises WireError when it was changed, cut, moved, or sealed otherwise."""
    head = len(MARK) + NONCE_BYTES
    if not sealed.startswith(MARK) or len(sealed) < head + TAG_BYTES:
        raise WireError(f"{len(sealed)} bytes are not a sealed text of this version")
    nonce, body = sealed[len(MARK) : head], sealed[head:]
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, body, MARK + context)
    except InvalidTag:
        raise WireError(
            f"the sealed text does not open with this {KEY_NAME}: it was damaged, or sealed "
            "elsewhere"
        ) from None


def load_or_make_key(data: Path) -> bytes:
    """The installation's key, made by whichever program comes first.

    Programs that start at the same moment wait for each other (flock on the key file), so all
    get the same key; it is on disk before anything is sealed with it. Raises KeyFault, OSError.
    """
    data.mkdir(parents=True, exist_ok=True)
    path = data / KEY_NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            os.fchmod(descriptor, 0o600)  # a copy from a backup, made readable for others
        key = os.pread(descriptor, KEY_BYTES + 1, 0)
        if not key:
            key = os.urandom(KEY_BYTES)
            os.pwrite(descriptor, key, 0)
            os.fsync(descriptor)
            _sync_folder(data)
        if len(key) != KEY_BYTES or not any(key):
            raise KeyFault(
                f"{path} is damaged: it should hold {KEY_BYTES} bytes; restore it from a backup, "
                "or remove it and enter the cameras' passwords again"
            )
        return key
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
