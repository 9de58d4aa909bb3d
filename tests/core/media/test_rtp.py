"""RTP headers, losses, late packets, restarts, and times that never wrap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nvr_core.media.rtp import WRAP, Receiver, Reorder, SequenceTracker, Unwrapper
from tests.core.media.wire import rtp


class Taken:
    """A depacketizer that only notes what it is given."""

    def __init__(self) -> None:
        self.all: list[tuple[bytes, int, bool, bool]] = []

    def packet(
        self, buf: bytes | bytearray, start: int, end: int, timestamp: int, marker: bool, lost: bool
    ) -> None:
        self.all.append((bytes(buf[start:end]), timestamp, marker, lost))

    def flush(self) -> None:
        raise AssertionError("a receiver never flushes")


def receive(*packets: bytes, payload_type: int | None = 96) -> tuple[Receiver, Taken]:
    taken = Taken()
    receiver = Receiver(taken, payload_type)
    for packet in packets:
        surrounded = b"\xff" * 7 + packet + b"\xff" * 7
        receiver.packet(surrounded, 7, 7 + len(packet))
    return receiver, taken


def test_payload_time_and_marker() -> None:
    receiver, taken = receive(
        rtp(b"a", 1, 3600), rtp(b"b", 2, 3600, marker=True), rtp(b"c", 3, 7200)
    )
    assert taken.all == [
        (b"a", WRAP + 3600, False, False),
        (b"b", WRAP + 3600, True, False),
        (b"c", WRAP + 7200, False, False),
    ]
    assert (receiver.packets, receiver.lost, receiver.resyncs, receiver.ignored) == (3, 0, 0, 0)


def test_padding_extension_and_sources_are_cut_away() -> None:
    padded = bytearray(rtp(b"body\0\0\3", 1, 0))
    padded[0] |= 0x20
    extended = bytearray(rtp(b"\xab\xac\0\2" + bytes(8) + b"body", 2, 0))
    extended[0] |= 0x10
    mixed = bytearray(rtp(bytes(8) + b"\0\0\0\1" + bytes(4) + b"body\1", 3, 0, marker=True))
    mixed[0] |= 0x32
    _, taken = receive(bytes(padded), bytes(extended), bytes(mixed))
    assert [payload for payload, *_ in taken.all] == [b"body"] * 3
    assert [marker for _, _, marker, _ in taken.all] == [False, False, True]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        rtp(b"", 1, 0)[:11],
        b"\0" + rtp(b"x", 1, 0)[1:],
        b"\x8f" + rtp(b"x", 1, 0)[1:],
        b"\x90" + rtp(b"\0\0\xff\xff", 1, 0)[1:],
        b"\x90" + rtp(b"\0", 1, 0)[1:],
        b"\xa0" + rtp(b"ab\xff", 1, 0)[1:],
    ],
)
def test_what_is_no_rtp_is_counted_and_passed_over(packet: bytes) -> None:
    receiver, taken = receive(packet, rtp(b"x", 5, 0))
    assert len(taken.all) == 1
    assert receiver.ignored == 1


def test_other_payload_types_are_passed_over_without_a_loss() -> None:
    receiver, taken = receive(
        rtp(b"a", 1, 0), rtp(b"noise", 2, 0, payload_type=13), rtp(b"b", 3, 0)
    )
    assert [(payload, lost) for payload, _, _, lost in taken.all] == [(b"a", False), (b"b", False)]
    assert (receiver.ignored, receiver.lost) == (1, 0)
    _, taken = receive(rtp(b"a", 1, 0, payload_type=0), rtp(b"noise", 2, 0), payload_type=0)
    assert len(taken.all) == 1


def test_another_senders_other_payload_types_change_nothing() -> None:
    receiver, taken = receive(
        rtp(b"a", 1, 0), rtp(b"again", 9000, 7, payload_type=13, ssrc=99), rtp(b"b", 2, 0)
    )
    assert [(payload, lost) for payload, _, _, lost in taken.all] == [(b"a", False), (b"b", False)]
    assert (receiver.ignored, receiver.lost, receiver.resyncs, receiver.ssrc) == (1, 0, 0, 7)


@pytest.mark.parametrize("payload_type", [None, -1])
def test_a_track_that_names_no_payload_type_takes_any(payload_type: int | None) -> None:
    packets = [rtp(b"x", n, 0, payload_type=33 + n, marker=n == 2) for n in range(4)]
    receiver, taken = receive(*packets, payload_type=payload_type)
    assert [marker for _, _, marker, _ in taken.all] == [False, False, True, False]
    assert receiver.ignored == 0


def test_losses_are_counted_and_told() -> None:
    receiver, taken = receive(rtp(b"a", 65534, 0), rtp(b"b", 1, 0), rtp(b"c", 2, 0))
    assert [lost for *_, lost in taken.all] == [False, True, False]
    assert (receiver.packets, receiver.lost, receiver.resyncs) == (3, 2, 0)


def test_sequence_numbers_wrap_without_a_loss() -> None:
    packets = [rtp(b"x", n & 0xFFFF, 0) for n in range(65530, 65550)]
    receiver, taken = receive(*packets)
    assert len(taken.all) == 20
    assert not any(lost for *_, lost in taken.all)
    assert receiver.sequence.highest == 65549


def test_late_packets_and_copies_are_passed_over() -> None:
    receiver, taken = receive(*(rtp(bytes([n]), n, 0) for n in (10, 11, 13, 12, 14, 14, 15)))
    assert [payload[0] for payload, *_ in taken.all] == [10, 11, 13, 14, 15]
    assert (receiver.lost, receiver.ignored, receiver.resyncs) == (1, 2, 0)


def test_a_sender_that_begins_anew_just_behind_is_followed() -> None:
    receiver, taken = receive(*(rtp(bytes([n]), n, 0) for n in (50, 51, 20, 21, 22)))
    assert [payload[0] for payload, *_ in taken.all] == [50, 51, 21, 22]
    assert [lost for *_, lost in taken.all] == [False, False, True, False]
    assert receiver.resyncs == 1


def test_a_sender_that_begins_far_away_is_followed_at_once() -> None:
    receiver, taken = receive(rtp(b"a", 100, 0), rtp(b"b", 30000, 0), rtp(b"c", 30001, 0))
    assert [lost for *_, lost in taken.all] == [False, True, False]
    assert (receiver.resyncs, receiver.lost, receiver.packets) == (1, 0, 3)


def test_another_sender_begins_its_own_line_of_numbers_and_times() -> None:
    receiver, taken = receive(
        rtp(b"a", 100, 9_000_000), rtp(b"b", 101, 90_000, ssrc=8), rtp(b"c", 102, 93_600, ssrc=8)
    )
    assert [lost for *_, lost in taken.all] == [False, True, False]
    times = [time for _, time, _, _ in taken.all]
    assert times[0] < times[1] == times[2] - 3600
    assert (receiver.resyncs, receiver.ssrc) == (1, 8)


def test_row_4_times_go_on_beyond_32_bits() -> None:
    start = WRAP - 7200
    packets = [rtp(b"x", n, (start + 3600 * n) % WRAP) for n in range(6)]
    _, taken = receive(*packets)
    times = [time for _, time, _, _ in taken.all]
    assert [time - times[0] for time in times] == [3600 * n for n in range(6)]


def test_row_6_times_may_step_back_also_at_the_wrap_and_at_the_start() -> None:
    shown = [0, 10800, 3600, 7200, 14400]
    for start in (0, WRAP - 5000, 12345):
        _, taken = receive(*(rtp(b"x", n, (start + t) % WRAP) for n, t in enumerate(shown)))
        times = [time for _, time, _, _ in taken.all]
        assert [time - times[0] for time in times] == shown
    unwrapper = Unwrapper()
    assert unwrapper.unwrap(0) - unwrapper.unwrap(WRAP - 3600) == 3600


@given(st.integers(0, WRAP - 1), st.lists(st.integers(-(2**31) + 1, 2**31 - 1), max_size=30))
def test_unwrapping_keeps_every_step(start: int, steps: list[int]) -> None:
    unwrapper = Unwrapper()
    before = unwrapper.unwrap(start)
    for step in steps:
        after = unwrapper.unwrap((before + step) % WRAP)
        assert after >= 0
        assert (after - before - step) % WRAP == 0
        if before + step >= 0:
            assert after - before == step
        before = after


def test_a_report_is_placed_on_the_line_without_moving_it() -> None:
    unwrapper = Unwrapper()
    unwrapper.unwrap(WRAP - 100)
    unwrapper.unwrap(50)
    assert unwrapper.near(WRAP - 10) == 2 * WRAP - 10
    assert unwrapper.near(60) == 2 * WRAP + 60
    assert unwrapper.unwrap(70) == 2 * WRAP + 70


def test_a_tracker_tells_late_from_lost() -> None:
    tracker = SequenceTracker()
    steps = [tracker.step(number) for number in (7, 8, 10, 9, 11, 5000)]
    assert steps == [0, 0, 1, tracker.LATE, 0, tracker.RESTART]


@given(st.binary(max_size=64), st.integers(0, 70))
def test_no_bytes_raise(octets: bytes, end: int) -> None:
    receiver, _ = receive(rtp(b"x", 1, 1))
    receiver.packet(octets, 0, min(end, len(octets)))
    receiver.packet(bytearray(octets), 0, min(end, len(octets)))


def numbers(packets: list[bytes]) -> list[int]:
    return [int.from_bytes(packet[2:4], "big") for packet in packets]


def pushed(window: int, order: list[int]) -> list[int]:
    reorder = Reorder(window)
    out = [packet for n in order for packet in reorder.push(rtp(b"", n & 0xFFFF, 0))]
    return numbers(out + reorder.flush())


def test_reordered_packets_come_in_order() -> None:
    assert pushed(8, [1, 2, 5, 3, 4, 6, 8, 7]) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert pushed(8, [65535, 1, 0, 2]) == [65535, 0, 1, 2]


def test_a_lost_packet_is_waited_for_while_the_window_lasts() -> None:
    reorder = Reorder(3)
    out = [numbers(reorder.push(rtp(b"", n, 0))) for n in (1, 3, 4, 5, 6)]
    assert out == [[1], [], [], [3, 4, 5], [6]]
    assert reorder.push(rtp(b"", 2, 0)) == []


def test_copies_and_what_is_no_rtp_are_dropped() -> None:
    assert pushed(8, [1, 2, 2, 4, 4, 3, 1]) == [1, 2, 3, 4]
    assert Reorder(8).push(b"") == []
    assert Reorder(8).push(b"\0" * 12) == []


def test_a_new_line_of_numbers_gives_up_the_old_one() -> None:
    assert pushed(8, [1, 3, 4, 20000, 20001]) == [1, 3, 4, 20000, 20001]


@given(st.integers(0, 65535), st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_what_is_displaced_within_the_window_is_all_restored(first: int, jitter: list[int]) -> None:
    """Each packet comes up to five places late: nothing is lost, nothing out of order."""
    delayed = sorted(range(1, len(jitter) + 1), key=lambda n: n + jitter[n - 1])
    order = [first, *(first + n for n in delayed)]
    assert pushed(8, order) == [n & 0xFFFF for n in sorted(order)]
