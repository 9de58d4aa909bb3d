"""What a write that failed means: for a whole store, or for the folder of one stream alone."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

from nvr_core.recorder import disk
from nvr_core.wire import volume
from nvr_core.wire.facts import Cause

OF_ONE_FOLDER = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EMLINK,
        errno.EUCLEAN,
    }
)
"""Reasons of a path, not of a disk: the folder next to it may be well."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a store takes nothing now."""

    cause: Cause
    sentence: str
    folder: Path | None = None
    """The one stream's folder that is meant; None: nobody can write there."""


def meaning(root: Path, error: Exception) -> Trouble:
    """What this error of a write below the store's root says."""
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT):
        return Trouble(
            Cause.DISK_FULL,
            f"{root} is full; remove what is not Ronda's from that disk, or lower limit in "
            "ronda.toml, [storage], and restart the server",
        )
    if code == errno.ENODEV and isinstance(error, OSError):
        return Trouble(Cause.DISK_LOST, str(error.strerror))
    folder = _stream_folder(root, error)
    if folder is not None:
        return Trouble(
            Cause.DISK_LOST,
            f"{folder} cannot be written ({error}); see what stands there, or let Ronda write "
            f"to it; the rest of {root} is well",
            folder,
        )
    return Trouble(
        Cause.DISK_LOST,
        f"{root} cannot be written ({error}); check the disk and how it is mounted",
    )


def _stream_folder(root: Path, error: Exception) -> Path | None:
    """The folder '<camera>/<stream>' that refuses to hold a new file; None for all else."""
    if not isinstance(error, OSError) or error.errno not in OF_ONE_FOLDER or not error.filename:
        return None
    path = Path(error.filename)
    if isinstance(error, disk.TornWrite) or not path.is_relative_to(root):
        return None  # a file that could be made stands in a good folder
    camera, *below = path.relative_to(root).parts or (volume.OPEN,)
    if camera == volume.OPEN or (not below and error.errno != errno.EEXIST):
        return None  # whoever cannot make a camera's folder cannot make any
    return root.joinpath(camera, *below[:1])
