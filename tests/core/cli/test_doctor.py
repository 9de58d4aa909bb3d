"""What a doctor finds: each lack by itself, as a sentence that says what to do."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nvr_core import settings
from nvr_core.cli import doctor, findings, machine
from nvr_core.cli.finding import Finding
from nvr_core.cli.service import Service
from nvr_core.clock import SystemClock
from nvr_core.media.segment import ClockState
from nvr_core.settings import Settings
from nvr_core.wire import lock, volume
from nvr_core.wire.installation import installation_id

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes ronda.toml: a runtime folder on this disk, a free port, and what the test adds."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    def settings_file(text: str = "", data: str = "data") -> Path:
        path = tmp_path / "ronda.toml"
        path.write_text(f'data = "{data}"\nruntime = "run"\nserver.port = {port}\n{text}')
        return path

    return settings_file


def examined(*arguments: str | Path) -> Result:
    return CliRunner().invoke(doctor.command, [str(one) for one in arguments])


def told(config: Path) -> list[Finding]:
    return list(doctor.examined(config))


def of(found: list[Finding], name: str, state: str) -> str:
    """The sentences of this name and state in one text."""
    return "\n".join(one.sentence for one in found if (one.name, one.state) == (name, state))


def test_a_sound_machine_has_no_fault(write: Write) -> None:
    shown = examined("--config", write())
    assert shown.exit_code == 0, shown.output
    assert "FAULT" not in shown.output
    for part in ("Python 3.", "aiohttp", "can be written to", "syncfs works", "is free"):
        assert part in shown.output


def test_scripts_get_json_and_the_exit_code(write: Write) -> None:
    shown = examined("--json", "--config", write(data="/proc/ronda"))
    assert shown.exit_code == 1
    whole = json.loads(shown.output)
    assert whole["well"] is False
    assert {row["state"] for row in whole["findings"]} <= {"well", "remark", "fault"}
    sound = json.loads(examined("--json", "--config", write()).output)
    assert sound["well"] is True


def test_without_settings_it_looks_at_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(settings, "SYSTEM", tmp_path / "none.toml")
    shown = examined()
    assert shown.exit_code == 0
    assert "NOTE  settings  there is no ronda.toml in this folder" in shown.output


def test_wrong_settings_are_a_fault(write: Write) -> None:
    assert 'field limit: "x" is not a size' in of(
        told(write('storage.limit = "x"')), "settings", "fault"
    )


def test_a_library_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LIBRARIES", ("click", "no_such_library"))
    states = [(one.state, one.sentence) for one in machine.libraries()]
    assert states[0][0] == "well"
    assert states[1][0] == "fault"
    assert "no_such_library cannot be loaded" in states[1][1]
    assert "scripts/install runtime" in states[1][1]


def test_a_python_that_nobody_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "NEWEST_PYTHON", (3, 10))
    (found,) = machine.python()
    assert (found.state, "is newer than 3.10" in found.sentence) == ("remark", True)


def test_a_data_folder_that_cannot_be_written_to(write: Write) -> None:
    found = told(write(data="/proc/ronda"))
    assert "/proc/ronda cannot be written to" in of(found, "data", "fault")
    assert "ronda.toml, field data" in of(found, "data", "fault")


def test_a_limit_beyond_the_disk(write: Write) -> None:
    found = told(write('storage.limit = "900 TiB"'))
    assert "900 TiB is more than the whole disk" in of(found, "storage", "fault")


def test_little_space(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "TIGHT_SPACE", 1 << 60)
    assert "has only" in of(told(write()), "storage", "remark")


def test_a_foreign_volume(write: Write, tmp_path: Path) -> None:
    config = write()
    installation = installation_id(tmp_path / "data", SystemClock())
    volume.prepare(tmp_path / "data" / "volume", installation)
    assert not of(told(config), "storage", "fault")
    (tmp_path / "data" / "volume" / volume.NAME).write_text('{"installation": "another"}')
    assert "belongs to another installation" in of(told(config), "storage", "fault")


def test_a_file_system_that_cannot_be_synced(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(root: Path) -> None:
        raise OSError(38, "Function not implemented", str(root))

    monkeypatch.setattr(findings, "sync_file_system", refuse)
    assert "use ext4 or XFS" in of(told(write()), "storage", "fault")


def test_a_runtime_folder_on_a_disk_and_one_that_is_small(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "_in_memory", lambda _folder: False)
    assert "lies on a disk" in of(told(write()), "runtime", "remark")
    monkeypatch.setattr(findings, "LEAST_RUNTIME", 1 << 60)
    assert "may need" in of(told(write()), "runtime", "remark")


def test_memory_is_told_from_disk() -> None:
    assert findings._in_memory(Path("/dev/shm"))
    assert not findings._in_memory(Path("/proc/self"))


def test_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for synchronised, state in ((True, "well"), (False, "remark")):
        seen = ClockState(synchronised=synchronised, error_us=4000)
        monkeypatch.setattr(machine, "kernel_clock", lambda seen=seen: seen)
        (found,) = machine.clock()
        assert found.state == state
    assert "timesyncd" in found.sentence


def test_a_port_that_is_taken_or_ours(write: Write, tmp_path: Path) -> None:
    config = write()
    port = settings.load(config).server.port
    (tmp_path / "run").mkdir()
    with socket.create_server(("127.0.0.1", port)):
        assert f"port {port} on 127.0.0.1 cannot be used" in of(told(config), "page", "fault")
        with lock.single(tmp_path / "run" / "server.lock"):
            assert "the server runs" in of(told(config), "page", "well")


@pytest.mark.usefixtures("few_files")
def test_too_few_files(tmp_path: Path) -> None:
    empty: Settings = settings.parse("", tmp_path / "ronda.toml")
    service = Service.of(empty, tmp_path / "ronda.toml")
    (found,) = findings.files(empty, service)
    assert (found.state, "ulimit -n 200" in found.sentence) == ("fault", True)


def test_looking_makes_no_runtime_folder(tmp_path: Path, write: Write) -> None:
    told(write())
    assert not (tmp_path / "run").exists()
