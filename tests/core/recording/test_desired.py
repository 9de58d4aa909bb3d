from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recording import desired
from nvr_core.recording.desired import Desired
from nvr_core.recording.live import Key
from nvr_core.recording.reads import Reads
from nvr_core.wire import codec, seal
from nvr_core.wire.wants import Login, Source, StreamWant, Want

KEY = bytes(range(32))


class Fixed(SystemClock):
    def __init__(self, wall: int) -> None:
        self._wall = wall

    def wall(self) -> int:
        return self._wall


def wanted(watched: frozenset[Key]) -> Mapping[str, tuple[StreamWant, ...]]:
    stream = StreamWant(
        camera="gang",
        stream="main",
        source=Source(url="rtsp://10.0.0.7/1", login=Login(user="admin", password="rahasia")),
        login_group="admin@10.0.0.7",
        volume="/srv/volume",
        fragment_ms=250 if ("gang", "main") in watched else 500,
    )
    return {"rtsp": (stream,), "av": ()}


@pytest.fixture
def reads() -> Iterator[Reads]:
    reads = Reads()
    yield reads
    reads.close()


class Sent(list[tuple[str, Want]]):
    def __init__(self) -> None:
        super().__init__()
        self.more = asyncio.Event()

    def take(self, name: str, want: Want) -> None:
        self.append((name, want))
        self.more.set()


def of(data: Path, reads: Reads, sent: Sent, wall: int = 1000) -> Desired:
    return Desired(
        data=data, key=KEY, clock=Fixed(wall), reads=reads, wanted=wanted, send=sent.take
    )


def sealed(data: Path, name: str) -> Want:
    content = (data / "want" / f"{name}.sealed").read_bytes()
    assert b"rahasia" not in content
    want = codec.decode(seal.unseal(KEY, content, f"want {name}".encode()))
    assert isinstance(want, Want)
    return want


async def test_a_start_says_and_seals_the_whole_set(tmp_path: Path, reads: Reads) -> None:
    sent = Sent()
    await of(tmp_path, reads, sent).begin()
    assert [name for name, _ in sent] == ["rtsp", "av"]
    for name, want in sent:
        assert sealed(tmp_path, name) == want
    assert {path.name for path in (tmp_path / "want").iterdir()} == {"rtsp.sealed", "av.sealed"}
    assert (tmp_path / "want" / "rtsp.sealed").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("wall", [5, 1000, 2000])
async def test_a_later_server_says_a_later_number_whatever_its_clock_says(
    tmp_path: Path, reads: Reads, wall: int
) -> None:
    first, second = Sent(), Sent()
    await of(tmp_path, reads, first).begin()
    await of(tmp_path, reads, second, wall).begin()
    assert second[0][1].serial > first[0][1].serial


async def test_a_damaged_seal_is_replaced(tmp_path: Path, reads: Reads) -> None:
    sent = Sent()
    (tmp_path / "want").mkdir()
    (tmp_path / "want" / "rtsp.sealed").write_bytes(b"nonsense")
    await of(tmp_path, reads, sent).begin()
    assert sealed(tmp_path, "rtsp") == sent[0][1]


async def test_watching_shortens_fragments_at_once_and_only_where_it_matters(
    tmp_path: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = Sent()
    it = of(tmp_path, reads, sent)
    await it.begin()
    it.watch(frozenset({("gang", "main")}))
    (_, _, (name, want)) = sent
    assert (name, want.streams[0].fragment_ms) == ("rtsp", 250)
    assert want.serial == sent[0][1].serial + 1
    assert sealed(tmp_path, "rtsp").streams[0].fragment_ms == 500
    it.watch(frozenset({("gang", "main")}))
    assert len(sent) == 3


async def test_fragments_grow_long_again_some_time_after_the_last_viewer(
    tmp_path: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(desired, "LINGER", 0.05)
    sent = Sent()
    it = of(tmp_path, reads, sent)
    await it.begin()
    it.watch(frozenset({("gang", "main")}))
    it.watch(frozenset())
    it.watch(frozenset({("gang", "main")}))
    await asyncio.sleep(0.1)
    assert len(sent) == 3, "who comes back in time changes nothing"
    sent.more.clear()
    it.watch(frozenset())
    assert len(sent) == 3
    async with asyncio.timeout(5):
        await sent.more.wait()
    assert sent[-1][1].streams[0].fragment_ms == 500


async def test_what_may_be_deleted_is_said_and_sealed_and_outlives_the_server(
    tmp_path: Path, reads: Reads
) -> None:
    sent = Sent()
    it = of(tmp_path, reads, sent)
    await it.begin()
    it.watch(frozenset({("gang", "main")}))
    await it.reclaim(("/srv/volume/a.mp4", "/srv/volume/b.mp4"))
    await it.reclaim(("/srv/volume/a.mp4", "/srv/volume/b.mp4"))
    name, want = sent[-1]
    assert (name, len(sent)) == ("rtsp", 4), "a recorder without streams need not know"
    assert want.reclaim == ("/srv/volume/a.mp4", "/srv/volume/b.mp4")
    assert want.serial > sent[-2][1].serial
    assert want.streams[0].fragment_ms == 250
    kept = sealed(tmp_path, "rtsp")
    assert kept.reclaim == want.reclaim
    assert kept.streams[0].fragment_ms == 500, "after a power cut nobody watches"
    it.watch(frozenset())
    later = Sent()
    await of(tmp_path, reads, later).begin()
    assert later[0][1].reclaim == want.reclaim


async def test_files_of_a_volume_that_is_no_longer_written_to_are_not_listed(
    tmp_path: Path, reads: Reads
) -> None:
    first, second = Sent(), Sent()
    it = of(tmp_path, reads, first)
    await it.begin()
    await it.reclaim(("/srv/volume/a.mp4", "/srv/volume-before/b.mp4"))
    await of(tmp_path, reads, second).begin()
    assert second[0][1].reclaim == ("/srv/volume/a.mp4",)
