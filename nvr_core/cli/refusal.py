"""What the system refuses, as a sentence for whoever typed the command."""

from __future__ import annotations

import errno
import os

ADVICE = {
    errno.EACCES: "is not ours",
    errno.EPERM: "is not ours",
    errno.EROFS: "lies on a disk that is mounted read-only",
    errno.ENOSPC: "lies on a full disk; free space, or name another folder",
    errno.EDQUOT: "lies on a disk of which our share is full; free space, or name another folder",
    errno.ENOENT: "is not there and cannot be made; name another one",
    errno.ENOTDIR: "is no folder, or something on the way to it is a file",
    errno.ENAMETOOLONG: "is too long a name",
    errno.EMFILE: "cannot be opened beside so many; raise the limit with ulimit -n",
    errno.ENFILE: "cannot be opened: the whole machine has too many files open",
    errno.EIO: "cannot be read or written; check the disk",
}
"""Number of an error → how the sentence about its file goes on."""


def sentence(error: OSError) -> str:
    """The file, what that means, and the system's own words."""
    why = os.strerror(error.errno) if error.errno else str(error)
    if error.filename is None:
        return f"the system refuses: {error.strerror or why}"
    # A rename has two files; what cannot be done concerns the new name.
    name = os.fsdecode(error.filename2 or error.filename)
    return f"{name} {ADVICE.get(error.errno or 0, 'cannot be used')}: {why}"
