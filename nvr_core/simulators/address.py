"""RTSP addresses as requests name them: which camera, which stream, which track."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Track = Literal["video", "audio"]
TRACKS: tuple[Track, Track] = ("video", "audio")
TRACK = re.compile(r"/?trackID=([01])/?(?=\?|$)")
ADDRESS = re.compile(r"(rtsps?://)(?:[^/@]*@)?([^/:?]+(?::\d+)?)(/[^?]*)?(\?.*)?")


@dataclass(frozen=True)
class Address:
    """One request's address, taken apart."""

    base: str
    """The address of the stream, without login and track."""
    path: str
    """Name of the camera, with /sub for its second stream; no slashes around it."""
    query: str
    """What follows the question mark, without it and without the track."""
    track: Track | None
    behind_query: bool
    """The track is named after the query, as some cameras want it."""


def read_address(url: str) -> Address | None:
    """Take an address apart; None for what is no RTSP address (rtsp://rtsp://… is none)."""
    parts = ADDRESS.fullmatch(url)
    if parts is None or parts[2] in ("rtsp:", "rtsps:"):
        return None
    path, query = parts[3] or "", parts[4] or ""
    in_query, in_path = TRACK.search(query), TRACK.search(path)
    found = in_query or in_path
    path, query = TRACK.sub("", path).rstrip("/"), TRACK.sub("", query).rstrip("/")
    return Address(
        base=f"{parts[1]}{parts[2]}{path}{query}",
        path=path.strip("/"),
        query=query.lstrip("?"),
        track=TRACKS[int(found[1])] if found else None,
        behind_query=in_query is not None,
    )
