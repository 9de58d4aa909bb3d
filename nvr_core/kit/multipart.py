"""Events as devices send them: an endless multipart answer, whatever its boundaries and lengths.

Pure: bytes in, parts out. Devices announce one boundary and write another, put a blank into it, and
count bytes wrongly by a few (vendors.md, 2.1 and 2.2). So a boundary is learnt from the first line
that looks like one, and a length is a hint: a part ends where the next boundary stands, or when the
device has said nothing more for a while and about as much is there as it promised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["HEAD", "MOST", "QUIET", "SLACK", "EventPart", "EventParts", "PartError"]

QUIET = 0.3
"""Seconds without a byte after which `pause` is asked."""
MOST = 1 << 20
"""Bytes of a part."""
HEAD = 8 << 10
"""Bytes of a part's header, and of what may stand before the first boundary."""
SLACK = 16
"""Bytes by which a length may be wrong."""
_LINE = re.compile(rb"(?:\A|\n)--[ \t]?([!-~](?:[ -~]{0,198}[!-~])?)[ \t]{0,16}\r?\n")
"""The first boundary: two hyphens and a name (RFC 2046, 5.1.1), and the blank that Dahua writes."""
_EMPTY_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")


class PartError(ValueError):
    """Why the bytes cannot be taken apart, in half a sentence."""


@dataclass(frozen=True, kw_only=True)
class EventPart:
    """One part: its header by names in lower case, and its body as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class EventParts:
    """Takes a body apart as it arrives."""

    def __init__(self, *, most: int = MOST) -> None:
        self._most = most
        self._held = bytearray()
        self._edge: re.Pattern[bytes] | None = None
        """A line that is the boundary, once it is known."""
        self._headers: dict[str, str] | None = None
        """Of the part whose body is being read."""
        self._searched = 0
        """Bytes of the body in which no boundary begins."""

    def feed(self, chunk: bytes) -> list[EventPart]:
        """Parts that these bytes complete. Raises PartError: then the connection is of no use."""
        self._held += chunk
        parts = []
        while (part := self._next()) is not None:
            parts.append(part)
        return parts

    def pause(self) -> EventPart | None:
        """The part that is whole though no boundary has come after it; ask for it after QUIET."""
        if self._headers is None:
            return None
        promised = self._length()
        if not self._held.rstrip(b"\r\n"):
            return None
        if promised is not None and len(self._held) < promised - SLACK:
            return None
        part = self._made(len(self._held))
        self._held.clear()
        return part

    def _next(self) -> EventPart | None:
        if self._headers is None and not self._headed():
            return None
        assert self._edge is not None  # a header stands behind one
        start = max(self._searched, self._unsearchable())
        found = self._edge.search(self._held, start)
        if found is None:
            if len(self._held) > self._most:
                raise PartError(f"a part has more than {self._most} bytes")
            # A boundary that has only begun is looked for again.
            self._searched = max(0, len(self._held) - 256)
            return None
        part = self._made(found.start())
        del self._held[: found.start()]
        return part

    def _headed(self) -> bool:
        """Take the boundary and the header of the next part off; False: they are not there yet."""
        edge = (self._edge or _LINE).search(self._held)
        if edge is None:
            if len(self._held) > HEAD:
                if self._edge is None:
                    raise PartError(f"no boundary stands in its first {HEAD} bytes")
                del self._held[: -HEAD // 2]  # after a part that a pause ended
            return False
        if self._edge is None:
            name = re.escape(edge[1].removesuffix(b"--") or edge[1])
            self._edge = re.compile(rb"(?:\A|\r?\n)--[ \t]?" + name + rb"(?:--)?[ \t]*\r?\n")
        after = edge.end()
        if self._held[after : after + 2].startswith((b"\n", b"\r\n")):
            end, after_head = after, after + (1 if self._held[after] == 0x0A else 2)
        else:
            blank = _EMPTY_LINE.search(self._held, after)
            if blank is None:
                if len(self._held) - after > HEAD:
                    raise PartError(f"the header of a part has more than {HEAD} bytes")
                return False
            end, after_head = blank.start(), blank.end()
        self._headers = _fields(bytes(self._held[after:end]))
        del self._held[:after_head]
        self._searched = 0
        return True

    def _length(self) -> int | None:
        text = (self._headers or {}).get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def _is_binary(self) -> bool:
        kind = (self._headers or {}).get("content-type", "").strip().lower()
        return kind.startswith(("image/", "video/", "application/octet-stream"))

    def _unsearchable(self) -> int:
        """Bytes of a picture that are not looked through: they may look like anything."""
        return max(0, (self._length() or 0) - SLACK) if self._is_binary() else 0

    def _made(self, end: int) -> EventPart:
        """The part whose body ends here. Lines that end a text are no part of it; a picture ends
        where its length says, when only they are between."""
        assert self._headers is not None
        body = bytes(self._held[:end])
        promised = self._length()
        if not self._is_binary():
            body = body.rstrip(b"\r\n")
        elif promised is not None and not body[promised:].strip(b"\r\n"):
            body = body[:promised]
        part = EventPart(headers=self._headers, body=body)
        self._headers, self._searched = None, 0
        return part


def _fields(head: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in head.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields
