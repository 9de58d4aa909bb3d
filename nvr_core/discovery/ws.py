"""WS-Discovery: the question who is there, and what answers to it say.

Pure: datagrams in and out. SOAP 1.2 over UDP port 3702 (WS-Discovery, April 2005, as ONVIF Core 7.3
takes it). Answers come from anybody in the network, so they are bounded like everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urlsplit

from nvr_core.contract import Announcement, Protocols
from nvr_core.kit.elements import Element, ElementsError, parse

GROUP = "239.255.255.250"
PORT = 3702
DATAGRAM = 1 << 16
"""Bytes."""
MATCHES = 16
"""Devices of one answer."""
SCOPES = 64
WORD = 200
"""Characters of a scope, a type or an address."""
TYPES = ("dn:NetworkVideoTransmitter", "tds:Device", "")
"""Asked one after the other: some devices answer one of them only, and the empty question is
answered by printers too."""

_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_NAME = "onvif://www.onvif.org/name/"


def probe(message: str, kind: str) -> bytes:
    """A Probe. message: its UUID, to which answers refer; kind: one of TYPES."""
    types = f"<d:Types>{kind}</d:Types>" if kind else ""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<e:Envelope xmlns:e="{_ENVELOPE}" xmlns:w="{_ADDRESSING}" xmlns:d="{_DISCOVERY}"'
        ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
        ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><e:Header>'
        f"<w:MessageID>uuid:{message}</w:MessageID>"
        "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
        f"<w:Action>{_DISCOVERY}/Probe</w:Action>"
        f"</e:Header><e:Body><d:Probe>{types}</d:Probe></e:Body></e:Envelope>"
    ).encode()


def announcements(datagram: bytes, sender: str) -> list[Announcement]:
    """The devices in ProbeMatches or Hello; none for whatever else the bytes are.

    sender: the address that they came from. It stands instead of what devices say of their own,
    which may be 0.0.0.0 or of a network nobody is in; the port and path are theirs.
    """
    try:
        root = parse(datagram, most=DATAGRAM)
    except ElementsError:
        return []
    body = root.first("Body") if root.name == "Envelope" else None
    if body is None:
        return []
    return [_announced(one, sender) for one in islice(_matches(body), MATCHES)]


def _matches(body: Element) -> Iterator[Element]:
    yield from body.all("ProbeMatches/ProbeMatch")
    yield from body.all("Hello")


def _announced(match: Element, sender: str) -> Announcement:
    port, path = _place(match.value("XAddrs"), sender)
    words = match.value("Scopes").split()[:SCOPES]
    scopes = tuple(unquote(one[:WORD]) for one in words)
    types = " ".join(one.rpartition(":")[2] for one in match.value("Types").split()[:SCOPES])
    uuid = match.value("EndpointReference/Address").lower().rpartition("uuid:")[2]
    return Announcement(
        protocol=Protocols.WS_DISCOVERY,
        address=sender,
        port=port,
        path=path,
        name=next((one.removeprefix(_NAME) for one in scopes if one.startswith(_NAME)), ""),
        type=types[:WORD],
        uuid=uuid[:WORD],
        scopes=scopes,
    )


def _place(text: str, sender: str) -> tuple[int, str]:
    """Port and path of the address that is the sender's own, else of the first that can be read."""
    found = []
    for word in text.split()[:SCOPES]:
        try:
            parts = urlsplit(word[:WORD])
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.hostname:
            found.append((parts.hostname != sender, port, parts.path))
    if not found:
        return 0, ""
    _, port, path = min(found, key=lambda one: one[0])
    return port, path
