"""WS-Discovery: questions that devices answer, and answers that may say anything."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from nvr_core.contract import Protocols
from nvr_core.discovery import ws
from nvr_core.kit.elements import parse

MATCH = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl">
<SOAP-ENV:Body><d:{word}s><d:{word}><wsa:EndpointReference>
<wsa:Address>{endpoint}</wsa:Address></wsa:EndpointReference>
<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>
<d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Kamera%20Gang%203
 onvif://www.onvif.org/hardware/DS-2CD2143 onvif://www.onvif.org/MAC/28:57:be:00:00:01</d:Scopes>
<d:XAddrs>{xaddrs}</d:XAddrs></d:{word}></d:{word}s></SOAP-ENV:Body></SOAP-ENV:Envelope>"""
UUID_TEXT = "5f5a69c2-e0ae-504f-829b-28572e000001"


def match(xaddrs: str, endpoint: str = f"urn:uuid:{UUID_TEXT}") -> bytes:
    return (
        MATCH.format(word="ProbeMatch", endpoint=endpoint, xaddrs=xaddrs)
        .replace("ProbeMatchs", "ProbeMatches")
        .encode()
    )


def test_a_probe_asks_for_one_type() -> None:
    root = parse(ws.probe(str(UUID(int=7)), "dn:NetworkVideoTransmitter"))
    assert root.value("Header/MessageID") == "uuid:00000000-0000-0000-0000-000000000007"
    assert root.value("Body/Probe/Types") == "dn:NetworkVideoTransmitter"
    empty = parse(ws.probe("x", "")).first("Body/Probe")
    assert empty is not None
    assert empty.children == []


def test_what_a_device_says_of_itself() -> None:
    (one,) = ws.announcements(match("http://10.0.0.7/onvif/device_service"), "10.0.0.7")
    assert one.protocol is Protocols.WS_DISCOVERY
    assert (one.address, one.port, one.path) == ("10.0.0.7", 80, "/onvif/device_service")
    assert (one.name, one.uuid) == ("Kamera Gang 3", UUID_TEXT)
    assert one.type == "NetworkVideoTransmitter Device"
    assert "onvif://www.onvif.org/hardware/DS-2CD2143" in one.scopes


def test_the_sender_counts_and_not_what_it_says_of_its_address() -> None:
    for xaddrs, port in (
        ("http://0.0.0.0:8000/onvif/device_service", 8000),
        ("http://169.254.3.4/onvif/device_service http://10.0.0.7:8899/onvif/device_service", 8899),
        ("https://kamera.local/onvif/device_service", 443),
        ("http://[fe80::1]:2020/onvif/device_service", 2020),
        ("http://10.0.0.7:99999/x", 0),
        ("rtsp://10.0.0.7/ nonsense", 0),
        ("", 0),
    ):
        (one,) = ws.announcements(match(xaddrs), "10.0.0.7")
        assert (one.address, one.port) == ("10.0.0.7", port), xaddrs


def test_a_hello_is_an_announcement() -> None:
    hello = match("http://10.0.0.7/x").replace(b"d:ProbeMatches>", b"d:Hello>")
    hello = hello.replace(b"<d:ProbeMatch>", b"").replace(b"</d:ProbeMatch>", b"")
    (one,) = ws.announcements(hello, "10.0.0.7")
    assert one.uuid == UUID_TEXT


def test_our_own_question_is_no_device() -> None:
    assert ws.announcements(ws.probe("x", ws.TYPES[0]), "10.0.0.7") == []


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything(datagram: bytes) -> None:
    ws.announcements(datagram, "10.0.0.7")


@given(st.text(max_size=80), st.text(max_size=60))
def test_no_words_raise_anything(xaddrs: str, endpoint: str) -> None:
    ws.announcements(match(xaddrs, endpoint), "10.0.0.7")
