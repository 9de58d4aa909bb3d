"""What deletion does to a disk, in the order that a crash may cut anywhere. All of it blocks."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from nvr_core.state.files import Held
from nvr_core.state.steps import Step, onward
from nvr_core.storage.places import Place

log = logging.getLogger(__name__)

LEVELS = 3
"""Day, month and year: folders that go when they are empty."""


def unlink(place: Place, held: Sequence[Held], step: Step = onward) -> list[Held]:
    """Unlink files that are garbage, durably. Returns those of which nothing is left.

    Nothing is touched while the volume is not there. A file that is missing is gone only when the
    volume is there before and after: what cannot be seen is not deleted.
    """
    if place.trouble():
        return []
    gone: list[Held] = []
    missing: list[Held] = []
    for one in held:
        step(f"unlink: {one.key}")
        try:
            place.path(one.key).unlink()
        except FileNotFoundError:
            missing.append(one)
        except OSError as error:
            log.error("%s cannot be deleted (%s); check the disk", place.path(one.key), error)
            if error.errno in (errno.EIO, errno.EROFS, errno.ENODEV):
                break  # the others cannot be deleted either
        else:
            gone.append(one)
        step(f"unlinked: {one.key}")
    if missing and not place.trouble():
        gone += missing
    durable = _synced(place, {place.path(one.key).parent for one in gone}, step)
    if place.trouble():
        return []  # another folder than ours may have been synced
    return [one for one in gone if place.path(one.key).parent in durable]


def absent(place: Place, held: Iterable[Held]) -> list[Held]:
    """Those of the files that are gone for good: missing on a volume that is there, before and
    after. Raises OSError when the disk does not answer."""
    if place.trouble():
        return []
    missing = [one for one in held if not _there(place.path(one.key))]
    return [] if missing and place.trouble() else missing


def remove_empty(place: Place, keys: Iterable[str], step: Step = onward) -> None:
    """Remove day folders that are empty, and the month and year above them."""
    for folder in sorted({Path(key).parent for key in keys}):
        # <camera>/<stream>/<year>/<month>/<day>: the stream's own folder stays.
        for level in [folder, *folder.parents][:LEVELS]:
            if len(level.parts) <= 2:
                break
            step(f"rmdir: {level}")
            try:
                place.path(str(level)).rmdir()
            except OSError:
                break
            step(f"removed: {level}")


def _there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _synced(place: Place, folders: Iterable[Path], step: Step) -> set[Path]:
    """fsync(2) of each folder, or of what is left above it. Returns those that it reached."""
    done = set()
    for folder in sorted(folders):
        level = folder
        step(f"sync: {folder.name}")
        try:
            while level != place.root and not _there(level):
                level = level.parent
            file = os.open(level, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            log.error("%s cannot be synced (%s); check the disk", folder, error)
            continue
        step(f"synced: {folder.name}")
        done.add(folder)
    return done
