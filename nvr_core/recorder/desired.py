"""From a desired set to the pullers that are needed: what starts, what stays, what ends."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from os.path import normpath

from nvr_core.recorder.puller import source_key
from nvr_core.wire.wants import StreamWant, Want


def grouped(streams: Iterable[StreamWant]) -> dict[str, tuple[StreamWant, ...]]:
    """Wants by the conversation that serves them, video before audio.

    A second want for one stream, or a second video of one source, is left out: the first counts.
    """
    groups: dict[str, list[StreamWant]] = defaultdict(list)
    seen: set[str] = set()
    for want in sorted(streams, key=lambda want: want.audio):
        group = groups[source_key(want)]
        if want.key in seen or any(other.audio == want.audio for other in group):
            continue
        seen.add(want.key)
        group.append(want)
    return {key: tuple(group) for key, group in groups.items() if group}


def below(paths: Iterable[str], root: str) -> tuple[str, ...]:
    """Those of the paths that lie below this folder as they are written, without ".."."""
    top = root.rstrip("/") + "/"
    return tuple(path for path in paths if path.startswith(top) and normpath(path) == path)


def stray(paths: Iterable[str], roots: Iterable[str]) -> frozenset[str]:
    """Those of the paths that lie below none of these folders."""
    given = tuple(paths)
    return frozenset(given).difference(*(below(given, root) for root in roots))


def newer(have: Want | None, got: Want) -> bool:
    """An older set than the one in force is ignored; the same one again is welcome."""
    return have is None or got.serial >= have.serial


def source_changed(old: StreamWant, new: StreamWant) -> bool:
    """A changed login or url takes effect at the next connect, which should then be now."""
    return (old.source.login, old.source.url) != (new.source.login, new.source.url)


def summary(want: Want) -> str:
    """One line for the log, without anything secret."""
    kept = sum(1 for stream in want.streams if stream.keep_always or stream.windows)
    return json.dumps({"serial": want.serial, "streams": len(want.streams), "kept": kept})
