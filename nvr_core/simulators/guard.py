"""Who may watch: challenges, logins and their count, the lock after too many wrong ones."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from nvr_core.media import digest
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.spec import Auth

REALM = "Ronda simulator"
NONCES = 4096
"""Nonces that are remembered; each connection uses one."""
LOGINS = 65536
"""Login attempts that are kept for tests to count."""

Verdict = Literal["welcome", "who", "stale", "wrong"]


@dataclass(frozen=True)
class LoginAttempt:
    """One request that carried a login."""

    at: int
    """µs since 1970."""
    address: str
    method: str
    user: str
    accepted: bool
    why: str
    """right, stale, wrong or locked."""


class Guard:
    """The door of one camera."""

    def __init__(self, user: str, password: str, auth: Auth) -> None:
        self._users = {user: password} if user else {}
        self._auth = auth
        self._nonces: OrderedDict[str, int] = OrderedDict()
        self._wrong = 0
        self.attempts: list[LoginAttempt] = []

    def judge(self, method: str, header: str, faults: Faults, at: int, address: str) -> Verdict:
        """May this request pass? Whatever carries a login is counted."""
        if not self._users and not faults.refuse_login:
            return "welcome"
        if not header:
            return "who"
        why = self._examine(method, header, faults)
        user = _user(header)
        self.attempts.append(LoginAttempt(at, address, method, user, why == "right", why))
        del self.attempts[:-LOGINS]
        if why == "wrong":
            self._wrong += 1
        if why == "stale":
            return "stale"
        return "welcome" if why == "right" else "wrong"

    def challenges(self, stale: bool = False) -> list[tuple[str, str]]:
        """The WWW-Authenticate headers of a 401, with a nonce of their own."""
        if self._auth == "basic":
            return [("WWW-Authenticate", f'Basic realm="{REALM}"')]
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = 0
        while len(self._nonces) > NONCES:
            self._nonces.popitem(last=False)
        said = f'Digest realm="{REALM}", nonce="{nonce}"' + (', stale="true"' if stale else "")
        forms = {
            "digest": [said],
            "digest-sha256": [said + ', qop="auth", algorithm=SHA-256'],
            "digest-both": [said + ', qop="auth", algorithm=SHA-256', said + ", algorithm=MD5"],
        }[self._auth]
        return [("WWW-Authenticate", form) for form in forms]

    def _examine(self, method: str, header: str, faults: Faults) -> str:
        if faults.lock_after and self._wrong >= faults.lock_after:
            return "locked"
        if faults.refuse_login:
            return "wrong"
        nonce = ""
        if self._auth != "basic":
            named = re.search(r'\bnonce="([^"]*)"', header)
            if not header.lower().startswith("digest") or named is None:
                return "wrong"
            nonce = named[1]
            if nonce not in self._nonces:
                return "stale"
        if not digest.verify(header, method, users=self._users, realm=REALM, nonce=nonce):
            return "wrong"
        if nonce:
            self._nonces[nonce] += 1
            if faults.stale_after and self._nonces[nonce] > faults.stale_after:
                del self._nonces[nonce]
                return "stale"
        return "right"


def _user(header: str) -> str:
    """The name in an Authorization value, for the list of attempts."""
    if header.lower().startswith("basic "):
        try:
            return base64.b64decode(header[6:]).decode(errors="replace").partition(":")[0]
        except binascii.Error:
            return ""
    named = re.search(r'\busername="([^"]*)"', header)
    return named[1] if named else ""
