"""Packets of a loop: sizes, stamps, and sender reports byte by byte."""

from __future__ import annotations

from struct import unpack_from

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.simulators.loops import Coded, Loop, LoopSpec, SoundSpec, make_loop
from nvr_core.simulators.packets import Burst, PacketForm, bursts, sender_report
from nvr_core.simulators.payloads import H264, H265, fragments, picture, scramble

SETS = (b"\x67sps", b"\x68pps")


def loop_of(*nals: bytes) -> Loop:
    return make_loop(LoopSpec(fps=1, seconds=1), SETS, [Coded(0, True, nals)])


@given(size=st.integers(2, 70_000), largest=st.integers(50, 9_000))
@pytest.mark.parametrize(("codec", "head"), [(H264, b"\x65"), (H265, b"\x26\x01")])
def test_fragments_hold_the_unit_and_fit(
    codec: type[H264] | type[H265], head: bytes, size: int, largest: int
) -> None:
    nal = head + bytes(byte % 251 for byte in range(size))
    pieces = list(picture(codec, [nal], largest))
    assert max(map(len, pieces)) <= largest
    if len(nal) <= largest:
        assert pieces == [nal]
        return
    flags = [piece[len(head)] & 0xC0 for piece in pieces]
    assert flags == [0x80, *([0] * (len(pieces) - 2)), 0x40]
    assert b"".join(piece[len(head) + 1 :] for piece in pieces) == nal[len(head) :]


def test_an_empty_fragment_has_a_header_and_nothing_else() -> None:
    pieces = list(fragments(H264, b"\x65" + bytes(100), 60, empty=True))
    assert [len(piece) for piece in pieces] == [60, 2, 44]


def test_parameter_sets_that_do_not_fit_together_travel_alone() -> None:
    (burst,) = bursts(loop_of(b"\x65x"), PacketForm(largest=200))
    assert len(burst.starts) == 2
    big = make_loop(LoopSpec(), (b"\x67" + bytes(150), b"\x68"), [Coded(0, True, (b"\x65x",))])
    (burst,) = bursts(big, PacketForm(largest=166))
    assert len(burst.starts) == 3


@given(
    channel=st.integers(0, 254),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 2**32 - 1),
    ssrc=st.integers(0, 2**32 - 1),
)
def test_a_stamped_burst_bears_the_viewers_numbers(
    channel: int, sequence: int, timestamp: int, ssrc: int
) -> None:
    (burst,) = bursts(loop_of(b"\x65" + bytes(3000)), PacketForm(largest=1000))
    stamped = burst.stamped(channel, sequence, timestamp, ssrc)
    pieces = [bytes(piece) for piece in burst.pieces(stamped)]
    assert b"".join(pieces) == stamped
    for place, piece in enumerate(pieces):
        assert (piece[0], piece[1], len(piece) - 4) == (
            0x24,
            channel,
            unpack_from(">H", piece, 2)[0],
        )
        marker = 0x80 if piece is pieces[-1] else 0
        assert (piece[4], piece[5]) == (0x80, marker | 96)
        assert unpack_from(">HII", piece, 6) == ((sequence + place) & 0xFFFF, timestamp, ssrc)
    assert burst.octets == sum(len(piece) - 16 for piece in pieces)


def test_aac_has_its_unit_header() -> None:
    loop = make_loop(SoundSpec(codec="aac"), [b"\x12\x88"], [Coded(0, True, (bytes(300),))])
    (burst,) = bursts(loop, PacketForm())
    assert burst.template[16:20] == b"\x00\x10" + (300 << 3).to_bytes(2, "big")
    assert burst.template[5] == 0x80 | 97


@pytest.mark.parametrize(("codec", "number"), [("pcmu", 0), ("pcma", 8)])
def test_g711_is_sent_as_it_is(codec: str, number: int) -> None:
    spec = SoundSpec(codec="pcmu" if codec == "pcmu" else "pcma")
    (burst,) = bursts(make_loop(spec, [], [Coded(0, True, (b"sound",))]), PacketForm())
    assert (burst.template[5], burst.template[16:]) == (number, b"sound")


def test_scrambled_units_keep_type_and_size_only() -> None:
    nal = b"\x65" + bytes(500)
    noise = scramble(H264, nal)
    assert (noise[0], len(noise)) == (0x65, 501)
    assert b"\0" not in noise[1:]
    assert scramble(H264, nal) == noise


def test_a_sender_report_says_ntp_time_to_the_microsecond() -> None:
    report = sender_report(0xABCD, 1_700_000_000_250_000, 2**32 + 7, 10, 2**33)
    assert unpack_from(">BBHIIIIII", report) == (
        *(0x80, 200, 6, 0xABCD),
        *(1_700_000_000 + 2_208_988_800, 2**30, 7, 10, 0),
    )
    assert len(report) % 4 == 0
    assert report[28:30] == b"\x81\xca"
    assert unpack_from(">H", report, 30)[0] == (len(report) - 28) // 4 - 1


def test_a_burst_is_small_in_memory() -> None:
    assert not hasattr(Burst.__new__(Burst), "__dict__")
