"""Which bytes hold which moment, and how small that is kept."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from nvr_core.clock import SECOND
from nvr_core.state import files, footage, keeping, ledger, sqlite
from nvr_core.wire.facts import Numbered, SegmentClosed
from nvr_core.wire.parts import PackedParts
from tests.core.state.telling import BEGAN, Teller
from tests.core.wire.test_parts import camera

MINUTE = 60 * SECOND


def told(connection: Connection, lengths: list[int]) -> list[SegmentClosed]:
    teller = Teller()
    teller.record(lengths)
    ledger.apply(connection, "rtsp", teller.numbered())
    return [fact for _, fact in teller.facts if isinstance(fact, SegmentClosed)]


def test_a_span_has_every_segment_that_touches_it_page_by_page(connection: Connection) -> None:
    facts = told(connection, [MINUTE] * 25)
    began, ended = BEGAN + 90 * SECOND, BEGAN + 20 * MINUTE
    expected = [one.segment for one in facts[1:20]]
    whole = footage.between(connection, 1, began, ended)
    assert [one.segment for one in whole] == expected
    found: list[str] = []
    after = None
    while page := footage.between(connection, 1, began, ended, after=after, limit=4):
        found += [one.segment for one in page]
        after = page[-1]
    assert found == expected
    assert [one.segment for one in footage.all_of(connection, 1, began, ended)] == expected


def test_a_segment_says_where_its_bytes_lie(connection: Connection) -> None:
    fact = told(connection, [MINUTE] * 2)[1]
    found = footage.segment(connection, fact.segment)
    assert found is not None
    assert f"{footage.roots(connection)[found.volume]}/{found.key}" == fact.path
    assert found.parts() == tuple(fact.parts)
    assert (found.start, found.end, found.size) == (fact.start, fact.start + MINUTE, fact.size)
    encoding = footage.encodings_of(connection, [found])[found.encoding]
    assert (encoding.codec, encoding.width) == (fact.codec, fact.width)
    assert footage.wall(found, 90_000, fact.base + 90_000) == fact.start + SECOND
    assert footage.segment(connection, "nobody's") is None
    assert footage.record(connection, "nobody's") is None


def test_what_follows_a_segment_and_what_is_newest(connection: Connection) -> None:
    facts = told(connection, [MINUTE] * 5)
    second = footage.segment(connection, facts[1].segment)
    assert second is not None
    following = footage.following(connection, second, 2)
    assert [one.segment for one in following] == [one.segment for one in facts[2:4]]
    assert [one.segment for one in footage.newest(connection, 1, 2)] == [
        facts[4].segment,
        facts[3].segment,
    ]


def test_a_copy_does_not_show_a_segment_twice_and_outlives_the_first(
    connection: Connection, clock: Any
) -> None:
    told(connection, [MINUTE] * 3)
    first = next(keeping.oldest(connection, 1)).held
    # Another volume, as a copy makes it.
    replaced = Numbered(number=5_000_000, at=BEGAN, fact=told_elsewhere())
    ledger.apply(connection, "rtsp", [replaced])
    copy = files.Held(first.segment, first.stream, 2, "copies/1.mp4", first.size)
    files.here(connection, [copy], verified_at=BEGAN)
    assert len(footage.between(connection, 1, 0, 1 << 62)) == 3
    files.drop(connection, [first], at=BEGAN, why="aged")
    (found, *_) = footage.between(connection, 1, 0, 1 << 62)
    assert (found.volume, found.key) == (2, "copies/1.mp4")
    files.become(connection, [copy], files.QUARANTINED)
    assert len(footage.between(connection, 1, 0, 1 << 62)) == 2
    assert files.in_state(connection, 2, files.QUARANTINED, 5) == [copy]


def told_elsewhere() -> SegmentClosed:
    teller = Teller(camera="01900000-0000-7000-8000-0000000000cc")
    teller.record([MINUTE])
    fact = next(fact for _, fact in teller.facts if isinstance(fact, SegmentClosed))
    name = "02900000-0000-7000-8000-0000000000cc"
    return replace(fact, segment=name, path=fact.path.replace("/vol/", "/usb/"))


def test_the_oldest_of_a_volume_come_in_order_over_all_streams(connection: Connection) -> None:
    one, other = Teller(), Teller(camera="01900000-0000-7000-8000-0000000000cd")
    one.record([MINUTE] * 70)
    other._ids = one._ids
    other.now += 30 * SECOND
    other.record([MINUTE] * 70)
    ledger.apply(connection, "rtsp", one.numbered())
    ledger.apply(connection, "av", other.numbered())
    aged = list(keeping.oldest(connection, 1))
    assert [one.start for one in aged] == [BEGAN + place * 30 * SECOND for place in range(140)]
    assert [one.start for one in keeping.oldest(connection, 1, 2)][:2] == [
        aged[1].start,
        aged[3].start,
    ]


def test_a_segment_costs_at_most_700_bytes(connection: Connection) -> None:
    before = sqlite.size(connection)
    chance = random.Random(1)
    count, streams = 20_000, 20
    minutes = [PackedParts.of(camera(60, 100, seed)) for seed in range(50)]
    facts = []
    for number in range(count):
        place, stream = divmod(number, streams)
        start = BEGAN + place * MINUTE + stream
        stamp = f"{start // 1000:012x}"
        segment = f"{stamp[:8]}-{stamp[8:]}-7000-8000-{chance.getrandbits(48):012x}"
        folder = f"01900000-0000-7000-8000-00000000{stream:04x}"
        fact = SegmentClosed(
            camera=folder,
            stream="main",
            run=f"01900000-0000-7000-8000-00000001{stream:04x}",
            segment=segment,
            recorder_start="01900000-0000-7000-8000-000000000001",
            sequence=place,
            path=f"/vol/{folder}/main/2026/11/23/120000000-0123456789ab-{place:06d}.mp4",
            ring=False,
            start=start,
            duration=MINUTE,
            frames=1500,
            size=chance.randrange(30_000_000, 40_000_000),
            sha256=hashlib.sha256(segment.encode()).hexdigest(),
            parts=minutes[number % 50],
            codec="avc1.64001f",
            timescale=90_000,
            init_size=812,
            base=place * 5_400_000,
            width=1920,
            height=1080,
        )
        facts.append(Numbered(number=number + 1, at=start, fact=fact))
    ledger.apply(connection, "rtsp", facts)
    used = (sqlite.size(connection) - before) / count
    assert used <= 700, f"{used:.0f} bytes a segment"
    aged = [one.held for one in keeping.oldest(connection, 1)]
    files.drop(connection, aged[: count // 2], at=BEGAN, why="aged")
    left = (sqlite.size(connection) - before) / count
    assert left <= 0.95 * used, f"half was deleted, and {left:.0f} of {used:.0f} bytes are in use"
    while keeping.shed(connection, now=BEGAN + 2 * keeping.REMAINS):
        pass
    least = (sqlite.size(connection) - before) / count
    assert least <= 0.55 * used, f"half was forgotten, and {least:.0f} of {used:.0f} are in use"
