"""A recorder that starts without a server goes on with the desired set that was in force."""

from pathlib import Path

import pytest

from nvr_core.clock import SystemClock
from nvr_core.recorder.options import Options
from nvr_core.recorder.running import Setting, last_want, recording, take
from nvr_core.wire import codec, seal
from nvr_core.wire.wants import Ack, Want

KEY = bytes(range(32))
OLD, NEW = Want(serial=1, streams=()), Want(serial=2, streams=())


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """The older set lies sealed in the data folder."""
    found = Setting(
        name="rtsp",
        data=tmp_path / "data",
        runtime=tmp_path / "runtime",
        options=Options(),
        clock=SystemClock(),
    )
    (found.data / "want").mkdir(parents=True)
    found.runtime.mkdir()
    sealed = seal.seal(KEY, codec.encode(OLD), b"want rtsp")
    (found.data / "want" / "rtsp.sealed").write_bytes(sealed)
    return found


def test_the_copy_in_memory_is_the_newest(setting: Setting) -> None:
    (setting.runtime / "rtsp.want").write_bytes(codec.encode(NEW))
    assert last_want(setting, KEY) == NEW


@pytest.mark.parametrize(
    "content",
    [None, b"", codec.encode(NEW)[:-9], codec.encode(Ack(number=1)), b'{"type":"newer"}'],
    ids=["missing", "empty", "torn", "another-message", "of-a-newer-version"],
)
def test_without_a_whole_copy_in_memory_the_sealed_one_counts(
    setting: Setting, content: bytes | None
) -> None:
    if content is not None:
        (setting.runtime / "rtsp.want").write_bytes(content)
    assert last_want(setting, KEY) == OLD


def test_a_copy_that_cannot_be_read_is_no_reason_not_to_start(setting: Setting) -> None:
    (setting.runtime / "rtsp.want").mkdir()
    assert last_want(setting, KEY) == OLD
    (setting.data / "want" / "rtsp.sealed").unlink()
    assert last_want(setting, KEY) is None


def test_with_both_copies_damaged_the_server_is_waited_for(setting: Setting) -> None:
    (setting.runtime / "rtsp.want").write_bytes(b"{")
    (setting.data / "want" / "rtsp.sealed").write_bytes(b"x" * 99)
    assert last_want(setting, KEY) is None


async def test_a_set_that_is_ignored_now_is_not_in_force_after_a_restart_either(
    setting: Setting,
) -> None:
    async with recording(setting) as running:
        for want in (NEW, OLD):
            take(running, want)
        await running.paper.idle()
        assert last_want(setting, running.key) == NEW


async def test_garbage_that_lies_on_no_volume_is_said_once(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    async with recording(setting) as running:
        for serial in (1, 2):
            running.recorder.want(Want(serial=serial, streams=(), reclaim=("/etc/a.mp4",)))
    assert [record.getMessage().count("/etc/a.mp4") for record in caplog.records].count(1) == 1
