"""The camera's clock out of sender reports, and what we tell it back."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media import rtcp
from nvr_core.media.rtp import Receiver
from tests.core.media.test_rtp import Taken
from tests.core.media.wire import rtp


def sender_report(seconds: int, fraction: int, stamp: int) -> bytes:
    return struct.pack(">BBHIIIIII", 0x80, 200, 6, 0xABCD, seconds, fraction, stamp, 10, 1000)


BYE = struct.pack(">BBHI", 0x81, 203, 1, 0xABCD)
EMPTY = struct.pack(">BBHI", 0x80, 201, 1, 0xABCD)


def test_a_sender_report_ties_the_cameras_clock_to_its_stream() -> None:
    """2026-01-01T00:00:00.5Z is 1767225600.5 s after 1970."""
    octets = sender_report(1_767_225_600 + 2_208_988_800, 1 << 31, 90_000)
    report = rtcp.parse(b"xx" + octets + b"yy", 2, 2 + len(octets))
    assert report == rtcp.SenderReport(ssrc=0xABCD, ntp=1_767_225_600_500_000, rtp=90_000)


def test_row_3_a_clock_that_nobody_set_is_told_as_it_is() -> None:
    octets = sender_report(12, 0, 1)
    report = rtcp.parse(octets, 0, len(octets))
    assert report is not None
    assert report.ntp == (12 - 2_208_988_800) * 1_000_000


def test_reports_are_found_in_compound_packets() -> None:
    octets = EMPTY + sender_report(rtcp.NTP_TO_UNIX, 0, 5) + BYE
    report = rtcp.parse(octets, 0, len(octets))
    assert report == rtcp.SenderReport(ssrc=0xABCD, ntp=0, rtp=5)
    assert rtcp.says_goodbye(octets, 0, len(octets))
    assert not rtcp.says_goodbye(EMPTY, 0, len(EMPTY))


@pytest.mark.parametrize(
    "octets",
    [b"", b"\x80\xc8", sender_report(0, 0, 0)[:20], b"\0" + sender_report(0, 0, 0)[1:], EMPTY],
)
def test_what_is_no_report_is_none(octets: bytes) -> None:
    assert rtcp.parse(octets, 0, len(octets)) is None


@given(st.binary(max_size=80))
def test_no_bytes_raise(octets: bytes) -> None:
    rtcp.parse(octets, 0, len(octets))
    rtcp.says_goodbye(bytearray(octets), 0, len(octets))


def test_we_tell_what_came_and_what_did_not() -> None:
    receiver = Receiver(Taken(), 96)
    for number in (65534, 65535, 2, 3):
        packet = rtp(b"x", number, 0, ssrc=0xABCD)
        receiver.packet(packet, 0, len(packet))
    told = rtcp.receiver_report(receiver)
    head, ours, theirs, lost, highest = struct.unpack_from(">IIIII", told)
    assert head == 0x81C90007
    assert ours != theirs == 0xABCD
    assert (lost, highest) == (2, 0x10003)
    description = told[32:]
    assert description[:2] == b"\x81\xca"
    assert len(description) == 4 + 4 * int.from_bytes(description[2:4], "big")
    assert b"\1\5ronda\0" in description


def test_before_the_first_packet_a_report_is_empty() -> None:
    told = rtcp.receiver_report(Receiver(Taken(), 96))
    assert told[:4] == b"\x80\xc9\0\1"
    assert told[8:10] == b"\x81\xca"
