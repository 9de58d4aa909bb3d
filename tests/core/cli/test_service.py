"""What a doctor finds where systemd keeps Ronda, under a user who is not the one who asks."""

from __future__ import annotations

import errno
import os
import pwd
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from nvr_core.cli import doctor, installed, systemd
from nvr_core.cli.finding import Finding
from nvr_core.wire import lock
from tests.core.cli.test_doctor import of

USER = pwd.getpwnam("daemon")
"""Of every Debian: it plays the user ronda."""


@dataclass
class Machine:
    """A machine on which systemd keeps Ronda, under a user of its own."""

    root: Path
    config: Path

    def found(self) -> list[Finding]:
        return list(doctor.examined(self.config))

    def faults(self) -> list[str]:
        return [one.sentence for one in self.found() if one.state == "fault"]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    with ExitStack() as held:
        # Not tmp_path: nobody but root may enter what is above it.
        root = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="ronda-")))
        root.chmod(0o755)
        page = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        config = root / "ronda.toml"
        config.write_text(
            f'data = "data"\nstorage.folder = "footage"\nserver.port = {page.getsockname()[1]}\n'
        )
        for name in ("data", "footage", "run"):
            (root / name).mkdir(mode=0o700)
            os.chown(root / name, USER.pw_uid, USER.pw_gid)
        os.chown(config, USER.pw_uid, USER.pw_gid)
        config.chmod(0o600)
        monkeypatch.setattr(systemd, "RUNTIME", root / "run")
        monkeypatch.setattr(installed, "FOLDER", root / "etc" / "systemd" / "system")
        words = ["install", "--prefix", str(root), "--user", USER.pw_name, "--config", str(config)]
        assert CliRunner().invoke(systemd.command, words).exit_code == 0
        held.enter_context(lock.single(root / "run" / "server.lock"))
        yield Machine(root, config)


def test_a_machine_that_systemd_keeps_is_well(kept: Machine) -> None:
    assert kept.faults() == []
    found = kept.found()
    assert f"the server runs, process {os.getpid()}" in of(found, "page", "well")
    assert str(kept.root / "run") in of(found, "runtime", "well") + of(found, "runtime", "remark")
    assert of(found, "data", "well").endswith("can be written to by user daemon")


def test_rights_are_those_of_who_runs_it_not_of_who_asks(kept: Machine) -> None:
    before = os.geteuid(), os.getegid(), os.getgroups()
    os.chown(kept.root / "footage", 0, 0)
    kept.config.chmod(0o600)
    os.chown(kept.config, 0, 0)
    unread, unwritten = kept.faults()
    assert f"user daemon, who runs the programs, cannot read {kept.config}" in unread
    assert f"{kept.root / 'footage'} cannot be written to by user daemon" in unwritten
    assert (os.geteuid(), os.getegid(), os.getgroups()) == before


@pytest.mark.usefixtures("few_files")
def test_a_unit_has_a_limit_of_its_own(kept: Machine) -> None:
    assert kept.faults() == []


def test_without_units_it_asks_for_the_owner_of_the_data_folder(
    kept: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "FOLDER", kept.root / "none")
    assert kept.faults() == [], "the server is found where systemd keeps it"
    os.chown(kept.root / "footage", 0, 0)
    assert "by user daemon" in kept.faults()[0]


def test_who_may_not_look_is_told_so(kept: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> int | None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(lock, "holder", closed)
    assert kept.faults() == []
    assert "cannot be seen" in of(kept.found(), "page", "remark")


def test_units_that_name_other_folders_are_found(kept: Machine) -> None:
    assert "fit the settings" in of(kept.found(), "systemd", "well")
    text = kept.config.read_text()
    (kept.root / "larger").mkdir()
    os.chown(kept.root / "larger", USER.pw_uid, USER.pw_gid)
    kept.config.write_text(text.replace('"footage"', '"larger"'))
    (told,) = kept.faults()
    assert "was made for other settings" in told
    assert str(kept.root / "larger") in told
    again = f"ronda systemd install --user daemon --config {kept.config}"
    assert f"run as root: {again} && systemctl daemon-reload" in told
    words = ["install", "--prefix", str(kept.root), *again.split()[3:]]
    assert CliRunner().invoke(systemd.command, words).exit_code == 0
    assert kept.faults() == []


def test_units_of_another_version_are_a_remark(kept: Machine) -> None:
    unit = kept.root / "etc" / "systemd" / "system" / "ronda-analyst.service"
    unit.write_text(unit.read_text().replace("Nice=5", "Nice=3"))
    assert kept.faults() == []
    told = of(kept.found(), "systemd", "remark")
    assert "ronda-analyst.service was made by another version of Ronda" in told
    assert "it does not say Nice=5" in told
