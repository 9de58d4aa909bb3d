"""Logging in by Basic and Digest, MD5 and SHA-256 (RFC 7617, RFC 7616, RFC 2617)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

STRENGTH = {"basic": 1, "md5": 2, "md5-sess": 2, "sha-256": 3, "sha-256-sess": 3}
"""Of several challenges the strongest is answered."""

PARAMETER = re.compile(r'\s*([\w!#$%&\'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^,]*))')
SCHEME = re.compile(r"[\s,]{0,8}(Basic|Digest)\b(?!\s*=)", re.IGNORECASE)


@dataclass(frozen=True)
class Credentials:
    """A user name and a password; the password stays out of every repr."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What a camera asks for in WWW-Authenticate."""

    scheme: str
    """basic or digest."""
    realm: str = ""
    nonce: str = ""
    opaque: str | None = None
    algorithm: str = ""
    """As the camera wrote it, to be sent back unchanged; empty means MD5."""
    qop: bool = False
    """Asks for quality of protection 'auth'."""
    stale: bool = False
    """Only the nonce was too old: the login was right."""

    @classmethod
    def parse(cls, values: Iterable[str]) -> Challenge | None:
        """The strongest challenge in these header values that can be answered, or None."""
        best: Challenge | None = None
        for value in values:
            for scheme, fields in _schemes(value):
                challenge = cls._read(scheme, fields)
                if challenge and (best is None or challenge.strength > best.strength):
                    best = challenge
        return best

    @classmethod
    def _read(cls, scheme: str, fields: dict[str, str]) -> Challenge | None:
        if scheme == "basic":
            return cls(scheme=scheme, realm=fields.get("realm", ""))
        offered = [
            word.strip().lower() for word in fields.get("qop", "").split(",") if word.strip()
        ]
        algorithm = fields.get("algorithm", "")
        if (algorithm.lower() or "md5") not in STRENGTH or "nonce" not in fields:
            return None
        if offered and "auth" not in offered:
            return None  # auth-int alone: no camera was seen to ask for it
        return cls(
            scheme=scheme,
            realm=fields.get("realm", ""),
            nonce=fields["nonce"],
            opaque=fields.get("opaque"),
            algorithm=algorithm,
            qop=bool(offered),
            stale=fields.get("stale", "").strip().lower() == "true",
        )

    @property
    def strength(self) -> int:
        return STRENGTH["basic" if self.scheme == "basic" else self.algorithm.lower() or "md5"]

    def answer(
        self, credentials: Credentials, method: str, uri: str, count: int = 1, cnonce: str = ""
    ) -> str:
        """The Authorization value for one request; count is how often this nonce was used."""
        user = credentials.user
        if self.scheme == "basic":
            pair = f"{user}:{credentials.password}".encode()
            return "Basic " + base64.b64encode(pair).decode()
        parts = [
            f'username="{_escape(user)}"',
            f'realm="{_escape(self.realm)}"',
            f'nonce="{_escape(self.nonce)}"',
            f'uri="{_escape(uri)}"',
        ]
        nc = f"{count:08x}"
        parts.append(
            'response="'
            + _response(
                self.algorithm,
                credentials,
                self.realm,
                self.nonce,
                method,
                uri,
                (nc, cnonce) if self.qop else None,
                cnonce,
            )
            + '"'
        )
        if self.algorithm:
            parts.append(f"algorithm={self.algorithm}")
        if self.opaque is not None:
            parts.append(f'opaque="{_escape(self.opaque)}"')
        if self.qop:
            parts += ["qop=auth", f"nc={nc}"]
        if self.qop or self.algorithm.lower().endswith("-sess"):
            parts.append(f'cnonce="{cnonce}"')
        return "Digest " + ", ".join(parts)


class Authorizer:
    """Answers the challenges of one connection and knows when to stop trying.

    A wrong login must not be tried twice (cameras lock accounts), but a nonce that ran out must
    not look like a wrong login: some cameras renew it without saying stale.
    """

    def __init__(self, user: str, password: str) -> None:
        self._credentials = Credentials(user, password)
        self._challenge: Challenge | None = None
        self._uses = 0
        self._stale_in_a_row = 0

    def challenged(self, values: list[str]) -> bool:
        """Take the WWW-Authenticate values of a 401. True: worth trying again.

        False: the login itself was refused, or nothing in the values can be answered.
        """
        before, uses = self._challenge, self._uses
        now = Challenge.parse(values)
        if now is None:
            return False
        # Who sends a second request with the same nonce was let in by the first.
        was_let_in = before is not None and uses > 1
        self._stale_in_a_row = self._stale_in_a_row + 1 if now.stale and not was_let_in else 0
        fresh = before is None or now.nonce != before.nonce
        worth = before is None or (fresh and (was_let_in or 0 < self._stale_in_a_row <= 2))
        self._challenge, self._uses = now, 0
        return worth

    def header(self, method: str, uri: str) -> str | None:
        """The Authorization value for the next request, None before the first challenge."""
        if self._challenge is None:
            return None
        self._uses += 1
        return self._challenge.answer(
            self._credentials, method, uri, self._uses, secrets.token_hex(8)
        )


def verify(header: str, method: str, *, users: Mapping[str, str], realm: str, nonce: str) -> bool:
    """The camera's side: does this Authorization value prove a login of users (name: password)?"""
    for scheme, fields in _schemes(header):
        if scheme == "basic":
            return _verify_basic(header, users)
        user = fields.get("username", "")
        if user not in users or fields.get("nonce") != nonce or fields.get("realm") != realm:
            return False
        algorithm = fields.get("algorithm", "")
        if (algorithm.lower() or "md5") not in STRENGTH:
            return False
        counted = (fields.get("nc", ""), fields.get("cnonce", "")) if "qop" in fields else None
        expected = _response(
            algorithm,
            Credentials(user, users[user]),
            realm,
            nonce,
            method,
            fields.get("uri", ""),
            counted,
            fields.get("cnonce", ""),
        )
        return hmac.compare_digest(expected.encode(), fields.get("response", "").lower().encode())
    return False


def _verify_basic(header: str, users: Mapping[str, str]) -> bool:
    try:
        text = base64.b64decode(header.strip()[5:].strip(), validate=True).decode()
    except ValueError:
        return False
    user, _, password = text.partition(":")
    return user in users and hmac.compare_digest(users[user].encode(), password.encode())


def _response(
    algorithm: str,
    credentials: Credentials,
    realm: str,
    nonce: str,
    method: str,
    uri: str,
    counted: tuple[str, str] | None,
    cnonce: str,
) -> str:
    """RFC 7616, 3.4.1; counted is (nc, cnonce) with qop=auth, None in the way of RFC 2069."""
    sha = algorithm.lower().startswith("sha-256")

    def hashed(text: str) -> str:
        octets = text.encode("utf-8", "surrogateescape")
        if sha:
            return hashlib.sha256(octets).hexdigest()
        # MD5 is what most cameras offer; the digest is of their making, not a choice of ours.
        return hashlib.md5(octets, usedforsecurity=False).hexdigest()

    secret = hashed(f"{credentials.user}:{realm}:{credentials.password}")
    if algorithm.lower().endswith("-sess"):
        secret = hashed(f"{secret}:{nonce}:{cnonce}")
    request = hashed(f"{method}:{uri}")
    if counted is None:
        return hashed(f"{secret}:{nonce}:{request}")
    return hashed(f"{secret}:{nonce}:{counted[0]}:{counted[1]}:auth:{request}")


def _schemes(value: str) -> list[tuple[str, dict[str, str]]]:
    """Every (scheme, parameters) in a header value; several may share one line."""
    found: list[tuple[str, dict[str, str]]] = []
    at = 0
    while at < len(value):
        scheme = SCHEME.match(value, at)
        if scheme:
            found.append((scheme[1].lower(), {}))
            at = scheme.end()
            continue
        parameter = PARAMETER.match(value, at)
        if parameter:
            quoted, plain = parameter[2], parameter[3]
            text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else (plain or "").strip()
            if found:
                found[-1][1].setdefault(parameter[1].lower(), text)
            at = parameter.end()
        # Whatever else stands here (a token of another scheme, a stray quote) ends at a comma.
        comma = value.find(",", at)
        at = len(value) if comma < 0 else comma + 1
    return found


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
