"""What ronda.toml asks of a machine: one question a function, each answered with a sentence."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nvr_core.cli import systemd
from nvr_core.cli.finding import Finding, fault, remark, well
from nvr_core.cli.service import Service
from nvr_core.clock import SystemClock
from nvr_core.kit import sizes
from nvr_core.recorder.sync import sync_file_system
from nvr_core.settings import Settings
from nvr_core.wire import installation, lock, volume

TIGHT_SPACE = 10 << 30
MEMORY_A_STREAM = 24 << 20
"""Half a minute of 4 Mbit/s, and half as much again: what a stream needs in the runtime folder."""

LEAST_RUNTIME = 64 << 20
FILES_A_CAMERA = 10
FILES_BESIDE = 200


def readable(config: Path, service: Service) -> Iterator[Finding]:
    try:
        with service.acting():
            config.open("rb").close()
    except OSError as error:
        yield fault(
            "settings",
            f"user {service.user}, who runs the programs, cannot read {config} "
            f"({error.strerror}); run: chown {service.user} {config}",
        )


def data_folder(settings: Settings, service: Service) -> Iterator[Finding]:
    yield _writable("data", settings.data, "field data", service)


def storage(settings: Settings, service: Service) -> Iterator[Finding]:
    root = settings.volume
    writable = _writable("storage", root, "[storage], field folder", service)
    yield writable
    if writable.state == "fault":
        return
    there = _nearest(root)
    if (root / volume.NAME).exists():
        yield from _owner(settings, root)
    space = shutil.disk_usage(there)
    limit = settings.storage.limit
    if limit is not None and limit > space.total:
        yield fault(
            "storage",
            f"[storage], field limit: {sizes.spoken(limit)} is more than the whole disk of {root} "
            f"({sizes.spoken(space.total)}); it would run full; write less, or leave it out",
        )
    elif space.free < TIGHT_SPACE:
        yield remark("storage", f"{root} has only {sizes.spoken(space.free)} free")
    else:
        yield well("storage", f"{root} has {sizes.spoken(space.free)} free")
    if os.stat(there).st_dev == os.stat("/").st_dev:
        yield remark(
            "storage",
            f"{root} lies on the system's own disk: footage and system share its space and speed; "
            "a disk of its own is better",
        )
    try:
        sync_file_system(there)
        yield well("storage", "syncfs works: a power cut costs about two seconds of footage")
    except (OSError, AttributeError) as error:
        yield fault(
            "storage",
            f"the file system of {root} cannot be synced as a whole ({error}): no footage there "
            "would be sure to survive a power cut; use ext4 or XFS",
        )


def _owner(settings: Settings, root: Path) -> Iterator[Finding]:
    ours = (settings.data / installation.NAME).exists()
    own = installation.installation_id(settings.data, SystemClock()) if ours else ""
    if trouble := volume.check(root, own):
        yield fault("storage", trouble)


def runtime(settings: Settings, service: Service) -> Iterator[Finding]:
    folder = service.runtime
    if not _in_memory(folder):
        yield remark(
            "runtime",
            f"{folder} lies on a disk: live pictures that are not recorded wear it out; name a "
            "folder in memory in ronda.toml, field runtime",
        )
    free = shutil.disk_usage(_nearest(folder)).free
    streams = sum(
        1 + (not camera.keep) if camera.sub else not camera.keep for camera in settings.camera
    )
    needed = max(LEAST_RUNTIME, streams * MEMORY_A_STREAM)
    if free < needed:
        yield remark(
            "runtime",
            f"{folder} has {sizes.spoken(free)} free, and {streams} streams that live there may "
            f"need {sizes.spoken(needed)}: they would reach back less than half a minute",
        )
    else:
        yield well("runtime", f"{folder} has {sizes.spoken(free)} free")


def page(settings: Settings, service: Service) -> Iterator[Finding]:
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    why = ""
    server, unseen = _holder(service.runtime)
    if server is None and not unseen:
        try:
            with socket.socket(family) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((host, port))
            yield well("page", f"port {port} is free")
            return
        except OSError as error:
            why = error.strerror or str(error)
        # A server that systemd keeps lives there, whatever its units are called.
        server, unseen = _holder(systemd.RUNTIME)
    if server is not None:
        yield well("page", f"the server runs, process {server}, on port {port}")
    elif unseen:
        yield remark("page", f"whether the server runs cannot be seen ({unseen}); ask as root")
    else:
        yield fault(
            "page",
            f"port {port} on {host} cannot be used ({why}); name another in ronda.toml, "
            "[server], field port",
        )


def _holder(runtime: Path) -> tuple[int | None, str]:
    """The server's pid, None when none runs; and why that cannot be seen."""
    try:
        return lock.holder(runtime / "server.lock"), ""
    except OSError as error:
        return None, f"{runtime}: {error.strerror}"


def files(settings: Settings, service: Service) -> Iterator[Finding]:
    needed = FILES_BESIDE + FILES_A_CAMERA * len(settings.camera)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if service.units is not None and service.units.most_files:
        limit = service.units.most_files  # a shell's own limit means nothing there
    if limit != resource.RLIM_INFINITY and limit < needed:
        yield fault(
            "files",
            f"a program may open {limit} files, and {len(settings.camera)} cameras may need "
            f"{needed}; raise it with: ulimit -n {needed}",
        )
    else:
        yield well("files", f"{len(settings.camera)} cameras may need {needed} open files")


def units(settings: Settings, service: Service) -> Iterator[Finding]:
    """Paths stand in the units, baked in by `ronda systemd install`."""
    if service.units is None:
        return
    lacking = service.units.lacking(settings)
    paths = [one for one in lacking if one[1].startswith(("ExecStart=", "ReadWritePaths="))]
    for unit, line in paths[:1]:
        yield fault(
            "systemd",
            f"{unit} was made for other settings, it does not say {line}; run as root: "
            f"{service.units.again}",
        )
    for unit, line in lacking[:1] if not paths else ():
        yield remark(
            "systemd",
            f"{unit} was made by another version of Ronda, it does not say {line}; run as root: "
            f"{service.units.again}",
        )
    if not lacking:
        yield well("systemd", f"the units in {service.units.folder} fit the settings")


def _writable(name: str, folder: Path, place: str, service: Service) -> Finding:
    """Whether the programs' user can make files there, tried with a real one."""
    there = _nearest(folder)
    try:
        with service.acting(), tempfile.TemporaryFile(dir=there) as trial:
            trial.write(b"ronda")
            trial.flush()
    except OSError as error:
        return fault(
            name,
            f"{folder} cannot be written to by user {service.user} ({error.strerror or error}); "
            f"give it to that user, or name another in ronda.toml, {place}",
        )
    return well(name, f"{folder} can be written to by user {service.user}")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _in_memory(folder: Path) -> bool:
    """Whether a tmpfs or ramfs is mounted there (/proc/self/mounts, proc(5))."""
    best, kind = "", ""
    for line in Path("/proc/self/mounts").read_text(errors="replace").splitlines():
        _, place, this, *_ = line.split()
        place = place.replace("\\040", " ")
        if folder.is_relative_to(place) and len(place) >= len(best):
            best, kind = place, this
    return kind in ("tmpfs", "ramfs")


def of_the_settings(settings: Settings, config: Path, service: Service) -> Iterator[Finding]:
    """What ronda.toml asks of this machine, for those who run it."""
    if service.within_reach:
        yield from readable(config, service)
        yield from data_folder(settings, service)
        yield from storage(settings, service)
    else:
        yield remark(
            "data",
            f"only root and user {service.user}, whose programs these are, can try the folders: "
            "run ronda doctor as one of them",
        )
    yield from runtime(settings, service)
    yield from page(settings, service)
    yield from files(settings, service)
    yield from units(settings, service)
