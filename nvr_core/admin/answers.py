"""What is answered, line by line; a command leaves out fields that only a newer server knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


class Said(BaseModel):
    """One line of an answer. Times are wall times in µs UTC, lengths µs, sizes bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Head(Said):
    """Who answers; the first line of every answer."""

    version: str
    zone: str
    """The office's zone, in which times are shown: Asia/Jakarta."""
    now: int


class Progress(Said):
    """How far a long answer is. It may come at any time, and stands for nothing else."""

    sentence: str
    done: int = 0
    of: int | None = None
    """None: not known."""


class OpenGap(Said):
    """A gap or pause that goes on."""

    gap: str
    cause: str
    pause: bool
    began: int
    sentence: str


class Stream(Said):
    """One stream of a camera that was recorded once."""

    stream: str
    bytes: int
    oldest: int | None
    """None: nothing is kept."""
    recorded: int
    """Of the last 24 hours."""
    wanted: int
    """Of the last 24 hours, pauses left out."""
    open: OpenGap | None


class Camera(Said):
    """A camera, and what is kept of it."""

    camera: str
    name: str
    removed_at: int | None
    streams: tuple[Stream, ...]


class Gap(Said):
    """A stretch without footage: missing, or wished."""

    camera: str
    name: str
    stream: str
    gap: str
    cause: str
    told_cause: str
    """The recorder's word, where the server knows better."""
    pause: bool
    began: int
    ended: int | None
    """None: it goes on."""
    filled: int
    """µs of it for which footage was imported since."""
    sentence: str


class Covered(Said):
    """How much of a stream was recorded in a span."""

    camera: str
    name: str
    stream: str
    began: int
    ended: int
    recorded: int
    wanted: int
    """The span within the stream's life, pauses left out."""
    missing: Mapping[str, int]
    """By cause; "untold": nobody said anything of that time."""


class Copy(Said):
    """One place where a segment lies."""

    volume: str
    root: str
    """The volume's folder."""
    key: str
    """Path below it."""
    bytes: int | None
    """None: it is being written."""
    verified: int | None
    """When its hash was last found right; None: nobody looked since it was written."""


class Segment(Said):
    """A segment, and every place where it lies."""

    camera: str
    name: str
    stream: str
    segment: str
    start: int
    duration: int | None
    """None: it is being written, or was left torn and waits to be repaired."""
    codec: str
    width: int
    height: int
    frames: int
    sha256: str | None
    """Hexadecimal; None: there is none."""
    clock_error: int | None
    """Bound of the clock's error when it was written; -1: the clock was not synchronised; None:
    nobody told it, and the file itself says it."""
    lost_packets: int
    damaged_frames: int
    no_key: bool
    """Decoding begins in the segment before."""
    repaired: bool
    """Closed after a crash."""
    imported: bool
    """Fetched later from a device."""
    copies: tuple[Copy, ...]


class Volume(Said):
    """A place for footage. What only its disk could tell is None while that is not there."""

    volume: str
    root: str
    role: str
    trouble: str
    """Empty, or a sentence."""
    files: int
    bytes: int
    oldest: int | None
    limit: int | None
    """Most bytes of footage; None: what the disk can spare."""
    reserve: int | None
    size: int | None
    free: int | None
    days_left: float | None
    """Of recording until the oldest must go; None: not known."""


class Checked(Said):
    """What a check or a rebuild found; its last and only line."""

    looked_at: int
    """Rows and files."""
    adopted: int
    """Files that have a row now and had none."""
    mended: bool
    sound: bool
    """Nothing is wrong; with mended: before it was mended."""
    counts: Mapping[str, int]
    """How many of each kind: missing, orphan, size, twice, torn, foreign, unread, garbage, away,
    totals, tiling."""
    sentences: tuple[str, ...]
    """For people, one for each kind, with a few examples."""


class Event(Said):
    """Something seen."""

    event: str
    topic: str
    subject: str
    name: str
    """Of the camera that it is about; empty when it is about another thing."""
    began: int
    ended: int | None
    severity: str
    source: str
    detail: Mapping[str, Any]


class Channel(Said):
    """One lens of a device."""

    channel: str
    """What its plugin calls it."""
    name: str
    camera: str
    """Name of the camera that it is watched as; empty when nobody watches it."""


class Device(Said):
    """A device, and how its plugin holds it."""

    device: str
    name: str
    provider: str
    state: str
    """live, retrying, needs-login, misconfigured, broken, opening; "closed" without a server."""
    since: int | None
    """None: closed."""
    sentence: str
    """Why it is not live."""
    again_at: int | None
    """When it is opened again; None: nobody knows, or a person must act."""
    uplink: str
    origin: str
    """office, or file: it stands in ronda.toml."""
    settings: Mapping[str, Any]
    """Without secrets."""
    channels: tuple[Channel, ...]
    manufacturer: str = ""
    """As it told when it was opened last; empty while it told nothing."""
    model: str = ""
    firmware: str = ""
    identities: tuple[tuple[str, str], ...] = ()
    """(kind, value): mac, serial or uuid."""


class Found(Said):
    """A device that answers in the network, whether or not it was added."""

    address: str
    port: int
    vendor: str
    """The plugin that knows it best."""
    certainty: str
    """exact: its own brand's protocol answered; generic: a standard that every brand speaks."""
    manufacturer: str
    model: str
    firmware: str
    name: str
    identities: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    """Other plugins that would open it."""
    added: str
    """Name of the device of the office that it is; empty: it was not added."""
    refusal: str
    """Why it cannot be added as it is; empty: it can."""


class Imported(Said):
    """What becomes of a row of a table, or one mistake in it."""

    row: int
    """As a spreadsheet counts: the names of the columns are row 1. 0: the file as a whole."""
    column: str
    """Of a mistake; empty: the row as a whole."""
    name: str
    state: str
    """added; good (it would be added); there (the office has just this device); wrong."""
    sentence: str
    """What would be right; empty for what is."""


class Removed(Said):
    """What is there no more."""

    name: str
    cameras: tuple[str, ...]
    """Names of cameras that are no longer watched."""


class Schedule(Said):
    """When a camera is kept."""

    camera: str
    name: str
    hours: str
    """always, never, or days and times in the office's zone."""
    keeps: bool
    """Whether it is kept now."""
    until: int | None
    """When that changes next; None: never, or not within eight days."""
    by: str
    """Who set it; empty where nobody did."""
