"""What can be asked, each with its fields; a server takes no field that it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nvr_core.admin import answers
from nvr_core.admin.answers import Said
from nvr_core.clock import SECOND

DAY = 24 * 3600 * SECOND
LATEST = 1 << 62
"""µs; far beyond the year 9999, and within what the catalogue can store."""


class Question(BaseModel):
    """One question. Times are wall times in µs UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    answer: ClassVar[type[Said]]
    """What each line of the answer is."""
    changes: ClassVar[bool] = False
    """Whether it asks for something to be changed."""


class Spanning(Question):
    """A question about a stretch of time: from began to ended, else the last so many µs."""

    began: int | None = Field(None, ge=0, lt=LATEST)
    ended: int | None = Field(None, ge=0, lt=LATEST)
    last: int = Field(DAY, gt=0, lt=LATEST)

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if (self.began is None) != (self.ended is None):
            raise ValueError("began and ended belong together; write both, or none")
        if self.began is not None and self.ended is not None and self.ended <= self.began:
            raise ValueError(f"ended ({self.ended}) is not after began ({self.began})")
        return self

    def span(self, now: int) -> tuple[int, int]:
        """(began, ended) at this wall time."""
        if self.began is None or self.ended is None:
            return max(0, now - self.last), now
        return self.began, self.ended


class Cameras(Question):
    """The cameras that are watched, or the one with this name or id."""

    name = "cameras"
    answer = answers.Camera

    camera: str | None = None


class Gaps(Spanning):
    """The gaps and pauses of one camera, in order."""

    name = "gaps"
    answer = answers.Gap

    camera: str


class Coverage(Spanning):
    """How much of what was wanted was recorded, of these cameras or of all."""

    name = "coverage"
    answer = answers.Covered

    cameras: tuple[str, ...] = ()


class Segments(Question):
    """The segments of one camera that touch [began, ended): all of its streams, or one.

    What is being written is among them when it began before `ended`, and comes last.
    """

    name = "segments"
    answer = answers.Segment

    camera: str
    stream: str | None = None
    began: int = Field(ge=0, lt=LATEST)
    ended: int = Field(ge=0, lt=LATEST)

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.ended <= self.began:
            raise ValueError(f"ended ({self.ended}) is not after began ({self.began})")
        return self


class Hello(Question):
    """Who answers, and in which zone: the head of every answer says so, and nothing follows it."""

    name = "hello"
    answer = answers.Said


class Volumes(Question):
    """Where footage lies, and for how long there is room."""

    name = "volumes"
    answer = answers.Volume


class Check(Question):
    """Whether the catalogue and the disks say the same.

    mend: put right what is safe to.
    """

    name = "check"
    answer = answers.Checked

    mend: bool = False


class Rebuild(Question):
    """Rows for all footage on the volumes that has none.

    roots: folders of volumes that are looked at besides those that are known.
    """

    name = "rebuild"
    answer = answers.Checked

    roots: tuple[str, ...] = ()


class Events(Question):
    """Events that began at `since` or later, else in the last day, the newest first.

    follow: the oldest first, and then each new one as it is stored, without end.
    """

    name = "events"
    answer = answers.Event

    since: int | None = Field(None, ge=0, lt=LATEST)
    follow: bool = False


class Search(Question):
    """The devices that answer: everybody by multicast, and each address of these networks.

    It takes half a minute and says how far it is. networks: such as 192.168.1.0/24.
    """

    name = "search"
    answer = answers.Found

    networks: tuple[str, ...] = Field((), max_length=256)


class Devices(Question):
    """The devices, or the one with this name or id."""

    name = "devices"
    answer = answers.Device

    device: str | None = None


class DeviceAdded(Question):
    """Add a device: it is opened once before it is stored, and its channels are watched.

    provider: the vendor's name. options: its settings as text. unchecked: store it unopened.
    """

    name = "device-add"
    answer = answers.Device
    changes = True

    provider: str
    device: str
    options: Mapping[str, str] = Field(default_factory=dict, repr=False)
    uplink: str = ""
    unchecked: bool = False


class DevicesImported(Question):
    """Add the devices of a table, all or none; every mistake in it is told.

    table: CSV, in base64. dry_run: only check it.
    """

    name = "device-import"
    answer = answers.Imported
    changes = True

    table: str = Field(repr=False)
    dry_run: bool = False


class DeviceChanged(Question):
    """Other settings for a device: they are opened once before they are stored.

    options: those that change, as text. to: another name. unchecked: store them unopened.
    """

    name = "device-set"
    answer = answers.Device
    changes = True

    device: str
    options: Mapping[str, str] = Field(default_factory=dict, repr=False)
    to: str = ""
    uplink: str | None = None
    unchecked: bool = False


class DeviceRemoved(Question):
    """Forget a device; what was recorded of its cameras stays.

    cameras: also where cameras still need it; these are no longer watched.
    """

    name = "device-remove"
    answer = answers.Removed
    changes = True

    device: str
    cameras: bool = False


class CameraAdded(Question):
    """Watch a channel of a device, under this name."""

    name = "camera-add"
    answer = answers.Camera
    changes = True

    device: str
    channel: str
    camera: str = ""


class CameraRemoved(Question):
    """Watch a camera no more; what was recorded of it stays."""

    name = "camera-remove"
    answer = answers.Removed
    changes = True

    camera: str


class CameraRenamed(Question):
    """Give a camera another name."""

    name = "camera-rename"
    answer = answers.Camera
    changes = True

    camera: str
    to: str


class Schedules(Question):
    """When cameras are kept: of all that are watched, or of this one."""

    name = "schedules"
    answer = answers.Schedule

    camera: str | None = None


class Scheduled(Question):
    """Keep a camera at these hours: always, never, or days and times."""

    name = "schedule"
    answer = answers.Schedule
    changes = True

    camera: str
    hours: str
