"""A live HLS feed as a stream of bytes: follows the playlist and joins its segments.

FFmpeg could follow playlists too; fetching.py says why it does not get to.
"""

from __future__ import annotations

import time
from collections import deque

from nvr_core.media.errors import MediaError, UnsupportedMedia
from nvr_core.recorder import playlist
from nvr_core.recorder.failures import DeviceFull, Silent, Unreachable, Unsupported
from nvr_core.recorder.fetching import Body, Fetcher
from nvr_core.recorder.http_failures import shown
from nvr_core.recorder.interruption import Interruption
from nvr_core.recorder.playlist import MediaSegment, Playlist, Resource

PLAYLIST_LIMIT = 4 << 20
"""Bytes of a playlist."""

STARTS_BEHIND = 2
"""Segments that are there already when a live feed begins: the second is a cushion."""

HURRY_BEHIND = 4
"""With as many waiting we are slower than the feed, whose old segments will vanish."""

SOONEST = 0.5
"""Seconds between two looks at a playlist, whatever it says of itself."""


class HlsFeed:
    """Chapters of a feed: within each, times and codecs run on. One thread uses it."""

    paced = True

    def __init__(
        self,
        fetcher: Fetcher,
        interruption: Interruption,
        address: str,
        text: bytes,
        patience: float,
    ) -> None:
        """text: what is at the address; a playlist of variants or of segments.

        patience: seconds without a new segment after which a feed has failed; three segments'
        length if that is longer.
        """
        self._fetcher = fetcher
        self._interruption = interruption
        self._patience = patience
        self._address = address
        self._waiting: deque[MediaSegment] = deque()
        self._next: int | None = None
        """Sequence number of the first segment that was not seen yet."""
        self._ended = False
        self._looked = self._grew = time.monotonic()
        self._pause = 0.0
        self._head: Resource | None = None
        """What the chapter began with."""
        found = self._parse(text)
        variant = found.best()
        if found.variants:
            if variant is None:
                raise Unsupported(f"{shown(address)} offers sound only, and no picture")
            self._address = variant.url
            found = self._look()
        self._take(found)

    def next(self) -> Chapter | None:
        """The next chapter, None when the feed is over. Raises SourceFailed, Interrupted."""
        segment = self.coming()
        if segment is None:
            return None
        self._head = segment.head
        return Chapter(self, segment.head)

    def hurried(self) -> bool:
        """More waits to be fetched than there should."""
        return not self._ended and len(self._waiting) >= HURRY_BEHIND

    def coming(self) -> MediaSegment | None:
        """The segment that comes next, waited for; None at the end. It is not taken yet."""
        while not self._waiting:
            if self._ended:
                return None
            self._interruption.wait(self._looked + self._pause - time.monotonic())
            try:
                self._take(self._look())
            except (Unreachable, DeviceFull):
                # One refused look costs nothing as long as the next ones find what was added.
                if time.monotonic() - self._grew > self._patience:
                    raise
        return self._waiting[0]

    def fetch(self, resource: Resource) -> Body:
        return self._fetcher.get(resource.url, resource.start, resource.size)

    def same_chapter(self, segment: MediaSegment) -> bool:
        """Whether it goes on where the one before it ended."""
        return not segment.discontinuity and segment.head == self._head

    def taken(self) -> None:
        """The segment that came next is being read."""
        self._waiting.popleft()

    def _look(self) -> Playlist:
        body = self._fetcher.get(self._address)
        try:
            return self._parse(body.read_all(PLAYLIST_LIMIT))
        finally:
            body.close()
            self._looked = time.monotonic()

    def _parse(self, text: bytes) -> Playlist:
        try:
            return playlist.parse(text.decode("utf-8", "replace"), self._address)
        except UnsupportedMedia as error:
            raise Unsupported(f"{shown(self._address)}: {error}") from None
        except MediaError as error:
            raise Unreachable(f"{shown(self._address)} cannot be understood: {error}") from None

    def _take(self, found: Playlist) -> None:
        """Keep what is new of it, and decide when to look again (RFC 8216, 6.3.4)."""
        self._ended = found.ended
        segments = found.segments
        last = segments[-1].sequence if segments else -1
        if self._next is None:
            new = segments if found.ended else segments[-STARTS_BEHIND:]
        elif 0 <= last < self._next - 1:
            new = segments[-1:]  # the feed was started anew and counts from the beginning
        else:
            new = tuple(s for s in segments if s.sequence >= (self._next or 0))
        now = time.monotonic()
        if new:
            self._next = last + 1
            self._waiting += new
            self._grew = now
        patience = max(self._patience, 3 * found.target)
        if not found.ended and now - self._grew > patience:
            raise Silent(
                f"{shown(self._address)} lists nothing new for {now - self._grew:.0f} s; "
                "look at what makes the feed"
            )
        length = new[-1].duration if new else found.target / 2
        self._pause = max(SOONEST, min(length, patience / 3))


class Chapter:
    """The bytes of segments that belong together, as a file that is only read."""

    def __init__(self, feed: HlsFeed, head: Resource | None) -> None:
        self._feed = feed
        self._body: Body | None = feed.fetch(head) if head is not None else None
        self._begun = False

    def read(self, most: int) -> bytes:
        """At least one byte; b"" where the chapter ends. Raises SourceFailed, Interrupted."""
        while True:
            if self._body is not None:
                got = self._body.read(most)
                if got:
                    return got
                self.close()
            segment = self._feed.coming()
            if segment is None or (self._begun and not self._feed.same_chapter(segment)):
                return b""
            self._body = self._feed.fetch(segment.resource)
            self._feed.taken()
            self._begun = True

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None
