"""The volumes of this installation: made once, remembered, and from then on only looked at."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from nvr_core.wire import durable, volume
from nvr_core.wire.errors import SentenceError

log = logging.getLogger(__name__)

NAME = "volumes.json"


class VolumesError(SentenceError):
    """volumes.json cannot be used, or the folder is no place for our footage."""


class Volumes:
    """Which folders hold our footage, and whether they are there now. Calls look at disks."""

    def __init__(self, data: Path, installation: str) -> None:
        """Raises VolumesError when the file in the data folder cannot be understood."""
        self._file = data / NAME
        self._installation = installation
        self._roots = _load(self._file)

    def prepare(self, root: Path) -> None:
        """Make the folder a volume of ours, unless it was one before: then it may be missing.

        A volume that was made once and is not there lies on a disk that is not mounted. Making it
        anew would fill the disk under the mount point. Raises VolumesError for the volume of
        another installation, OSError.
        """
        if sentence := volume.foreign(root, self._installation):
            raise VolumesError(sentence)
        if root not in self._roots:
            volume.prepare(root, self._installation)
            self._roots = (*self._roots, root)
            durable.write(self._file, {"volumes": [str(one) for one in self._roots]})
        elif sentence := self.trouble(root):
            log.error(
                "%s. It was a volume before, so nothing is written there until it is back. If "
                "another disk takes its place, take the folder out of %s and start the server "
                "again",
                sentence,
                self._file,
            )

    def trouble(self, root: Path) -> str:
        """Empty when the volume is there and ours, else a sentence that says why not."""
        return volume.check(root, self._installation)

    def there(self) -> frozenset[Path]:
        """The volumes that are there and ours now."""
        return frozenset(root for root in self._roots if not self.trouble(root))

    def of(self, path: str) -> Path | None:
        """The volume that a file lies on; None for a file that lies on none of ours."""
        return next((root for root in self._roots if path.startswith(f"{root}/")), None)

    def absent(self, paths: Iterable[str]) -> frozenset[str]:
        """Those files that are gone for good: missing on a volume that is there.

        The volume is looked at before and after, because a disk may go or come at any moment.
        Raises OSError when a disk does not answer the question.
        """
        before = self.there()
        missing = [path for path in paths if not Path(path).exists()]
        both = before & self.there() if missing else before
        return frozenset(path for path in missing if self.of(path) in both)


def _load(file: Path) -> tuple[Path, ...]:
    try:
        return tuple(Path(str(one)) for one in json.loads(file.read_bytes())["volumes"])
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError) as error:
        raise VolumesError(
            f"{file} cannot be read ({error}). It says which folders are volumes: put back a copy "
            "of it. Only when there is none, mount all disks for footage, and then move it away."
        ) from error
