"""Which calls stand only in their own files: threads, the recorder's disk, and the clocks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rules.tree import Module, Verdict, modules


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


THREADS = words(
    "Thread Timer ThreadPoolExecutor ProcessPoolExecutor start_new_thread to_thread"
    " run_in_executor multiprocessing"
)
OS_DISK = words(
    "open write pwrite writev pwritev truncate ftruncate fsync fdatasync sync unlink remove"
    " rename replace renames link symlink mkdir makedirs rmdir removedirs mkfifo"
    " posix_fallocate copy_file_range sendfile utime"
)
PATH_DISK = words(
    "open write_text write_bytes touch unlink rename rmdir mkdir symlink_to hardlink_to"
)
CLOCKS = words("time time_ns clock_gettime clock_gettime_ns ctime")
"""Not time.monotonic: a measured interval is no time of day, and asyncio's timers stand on it."""
TODAY = words("now utcnow today")


def dotted(node: ast.expr) -> str:
    """os.path.join for such an expression; "" for what is no chain of names."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            left = dotted(value)
            return f"{left}.{name}" if left else name
    return ""


def names_a_thread(node: ast.AST) -> bool:
    """Any mention is enough: a class that is passed on starts threads too."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name.split(".")[0] in THREADS
    return False


def touches_disk(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="os" | "shutil", names=names):
            return any(alias.name in OS_DISK or node.module == "shutil" for alias in names)
        case ast.Call(func=func):
            owner, _, name = dotted(func).rpartition(".")
            if owner in ("os", "shutil"):
                return owner == "shutil" or name in OS_DISK
            of_a_class = owner.rpartition(".")[2][:1].isupper() and owner != "Path"
            if name == "open" and owner and not node.args and not node.keywords:
                return False  # of our own: who opens a file of the recorder says how
            # One argument: Path.replace. str.replace has two, datetime's are named.
            by_path = name in PATH_DISK or (
                name == "replace" and len(node.args) == 1 and not node.keywords
            )
            return dotted(func) == "open" or (
                isinstance(func, ast.Attribute) and by_path and not of_a_class
            )
    return False


def reads_a_clock(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="time", names=names):
            return any(alias.name in CLOCKS for alias in names)
        case ast.Attribute(value=ast.Name(id="time"), attr=name):
            return name in CLOCKS
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in TODAY:
            return dotted(value).split(".")[-1] in ("datetime", "date")
        case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr=name), args=[]):
            return name in ("gmtime", "localtime")
    return False


def opens_a_file(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in ("open", "io.open")


def is_global(node: ast.AST) -> bool:
    return isinstance(node, ast.Global)


@dataclass(frozen=True)
class Fence:
    """Calls of one kind, the packages where they are watched, and the files that may have them."""

    what: str
    why: str
    found: Callable[[ast.AST], bool]
    watched: tuple[str, ...]
    homes: tuple[str, ...] = ()


FENCES = (
    Fence(
        what="a thread",
        why="threads are started only where docs/design says, so that the rest needs no locks",
        found=names_a_thread,
        watched=("nvr_core", "nvr_plugins", "nvr_web"),
        homes=(
            "nvr_core.state",
            "nvr_core.host",
            "nvr_core.analyst",
            "nvr_core.recorder.disk",
            "nvr_core.recorder.sync",
            "nvr_core.recorder.av_source",
            "nvr_core.recorder.worker",  # the thread of a volume's writer and of its sync
            "nvr_core.recording.reads",  # a slow disk stops no page
            "nvr_core.testing.fake_context",  # lends a thread, as the host does
        ),
    ),
    Fence(
        what="a disk call",
        why="the recorder's disk calls pass recorder/disk.py, where a slow disk is bounded",
        found=touches_disk,
        watched=("nvr_core.recorder",),
        homes=(
            "nvr_core.recorder.disk",
            "nvr_core.recorder.sync",
            "nvr_core.recorder.repair",  # torn files, two at a time, beside the recording
            "nvr_core.recorder.serving",  # its socket file, which lies in memory
        ),
    ),
    Fence(
        what="a clock",
        why="time is given (nvr_core.clock), never taken",
        found=reads_a_clock,
        watched=("nvr_core", "nvr_plugins", "nvr_web"),
        homes=("nvr_core.clock",),
    ),
    Fence(
        what="a file",
        why="media is pure: it is handed files, it opens none",
        found=opens_a_file,
        watched=("nvr_core.media",),
    ),
    Fence(
        what="a global",
        why="nothing is kept at module level",
        found=is_global,
        watched=("nvr_core", "nvr_plugins", "nvr_web"),
    ),
)


def nodes(module: Module) -> Iterator[tuple[ast.AST, int]]:
    """Every node that has a line, but for awaited calls: nothing that is awaited blocks."""
    awaited = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Await)}
    for node in ast.walk(module.tree):
        line = getattr(node, "lineno", 0)
        if line and id(node) not in awaited:
            yield node, line


def calls(root: Path, fence: Fence) -> Verdict:
    """The calls of one fence stand only in its homes."""
    watched = [module for module in modules(root) if module.within(*fence.watched)]
    return Verdict(
        looked_at=len(watched),
        breaches=[
            module.breach(line, f"{fence.what}: {fence.why}")
            for module in watched
            if not module.within(*fence.homes)
            for node, line in nodes(module)
            if fence.found(node)
        ],
    )
