"""SOAP 1.2 as ONVIF devices speak it: envelopes, faults, and the login inside an envelope.

Pure. Requests are written by hand and answers read by local names: schemas of the standard, which
devices do not keep, cost 54 MB and four times the time of a call (facts measured for zeep).
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

from nvr_core.contract import Login
from nvr_core.kit.elements import Element, ElementsError, escaped, parse

__all__ = ["CONTENT_TYPE", "Fault", "content_of", "created", "envelope", "user_token"]

CONTENT_TYPE = "application/soap+xml; charset=utf-8"
_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_TOKEN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"  # noqa: S105 -- the name of a profile
_MESSAGE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"


class Fault(Exception):
    """The device refuses a request (SOAP 1.2, part 1, 5.4)."""

    def __init__(self, codes: frozenset[str], reason: str) -> None:
        super().__init__(reason)
        self.codes = codes
        """Its code and subcodes without their prefixes: Sender, NotAuthorized."""
        self.reason = reason
        """What the device says, in its own words; "" when it says nothing."""


def created(wall: int) -> str:
    """A wall time in µs as a token carries it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=wall)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def user_token(login: Login, wall: int, nonce: bytes) -> str:
    """The header that proves a login without showing it (Web Services Security UsernameToken
    Profile 1.0, 3.1): the hash holds the time, so `wall` must be the device's own.

    nonce: 16 bytes that were never used before.
    """
    made = created(wall)
    proof = hashlib.sha1(  # noqa: S324 -- the profile's
        nonce + made.encode() + login.password.reveal().encode()
    ).digest()
    return (
        f'<s:Header><Security s:mustUnderstand="1" xmlns="{_WSSE}"><UsernameToken>'
        f"<Username>{escaped(login.user)}</Username>"
        f'<Password Type="{_TOKEN}#PasswordDigest">{base64.b64encode(proof).decode()}</Password>'
        f'<Nonce EncodingType="{_MESSAGE}#Base64Binary">'
        f"{base64.b64encode(nonce).decode()}</Nonce>"
        f'<Created xmlns="{_WSU}">{made}</Created>'
        "</UsernameToken></Security></s:Header>"
    )


def envelope(body: str, header: str = "") -> bytes:
    """A whole request. body: XML that names its own namespaces."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{_ENVELOPE}">'
        f"{header}<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def content_of(answer: bytes) -> Element:
    """What stands in the body of an answer. Raises Fault, and ElementsError for what is none."""
    root = parse(answer)
    if root.name != "Envelope":
        raise ElementsError(f"it is no SOAP but a <{root.name[:40]}>")
    content = root.first("Body")
    if content is None or not content.children:
        raise ElementsError("its SOAP body is empty")
    first = content.children[0]
    if first.name == "Fault":
        raise _fault(first)
    return first


def _fault(element: Element) -> Fault:
    values = [one.text for one in element.within("Value")]
    values.append(element.value("faultcode"))  # SOAP 1.1, which some devices fall back to
    codes = frozenset(one.rpartition(":")[2] for one in values if one)
    reason = element.value("Reason/Text") or element.value("faultstring")
    return Fault(codes, " ".join(reason.split())[:200])
