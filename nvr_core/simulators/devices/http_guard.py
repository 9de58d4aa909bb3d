"""The HTTP login of a simulated device: Digest, each nonce good once, every login counted."""

from __future__ import annotations

import secrets

from aiohttp import web

from nvr_core.media import digest


class HttpGuard:
    """Lets one user in. `logins` counts what was shown."""

    def __init__(self, user: str, password: str, *, realm: str, locks_after: int = 0) -> None:
        """locks_after: wrong logins after which nobody is let in any more; 0: it never locks."""
        self._users = {user: password}
        self._realm = realm
        self._locks_after = locks_after
        self._nonces: set[str] = set()
        self.logins: list[bool] = []
        """Every login that was shown: whether it was right."""

    @property
    def locked(self) -> bool:
        wrong = self.logins.count(False)
        return bool(self._locks_after) and wrong >= self._locks_after

    def refused(self, request: web.Request, body: bytes = b"") -> web.Response | None:
        """None: the request is let in. body: of the refusal."""
        shown = request.headers.get("Authorization")
        if shown is not None:
            nonce = next((one for one in self._nonces if f'"{one}"' in shown), "")
            self._nonces.discard(nonce)
            right = bool(nonce) and digest.verify(
                shown, request.method, users=self._users, realm=self._realm, nonce=nonce
            )
            if right and not self.locked:
                self.logins.append(True)
                return None
            self.logins.append(False)
        nonce = secrets.token_hex(8)
        self._nonces.add(nonce)
        value = f'Digest realm="{self._realm}", qop="auth", nonce="{nonce}", algorithm=MD5'
        return web.Response(status=401, body=body, headers={"WWW-Authenticate": value})
