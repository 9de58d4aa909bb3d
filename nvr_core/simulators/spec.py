"""What a simulated camera is: its name, its two streams, its login, its faults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from nvr_core.simulators.faults import Faults
from nvr_core.simulators.loops import LoopSpec, SoundCodec, SoundSpec, VideoCodec

Stream = Literal["main", "sub"]
Auth = Literal["digest", "digest-sha256", "digest-both", "basic"]
Scene = Literal["", "gang", "pos", "dermaga"]
SCENES: tuple[Literal["gang", "pos", "dermaga"], ...] = ("gang", "pos", "dermaga")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class CameraSpec:
    """One camera. Cameras of equal pictures share their loops, so a hundred cost one encoding."""

    name: str
    """Its path on the server: letters, digits, dot, dash, underscore."""
    codec: VideoCodec = "h264"
    width: int = 640
    height: int = 360
    fps: int = 12
    seconds: int = 60
    """Length of the loop; with less than 60 the drawn second starts anew more often."""
    gop_s: float = 1.0
    """Seconds from key frame to key frame (row 16: 10 or more)."""
    bframes: int = 0
    """B-frames between two other frames (row 6)."""
    bitrate: int = 0
    """Bits per second of the main stream, 0: constant quality."""
    grain: int = 0
    """Noise in the picture, 0 to 100."""
    declared_fps: int = 0
    """A frame rate that the SPS claims (row 15); 0: the true one."""
    audio: SoundCodec | Literal[""] = ""
    sub: bool = True
    """There is a second stream of half the size at NAME/sub."""
    sub_codec: VideoCodec | Literal[""] = ""
    """Empty: that of the main stream."""
    label: str | None = None
    """What is drawn in the corner; by default the name."""
    scene: Scene = ""
    """What the camera looks at; empty: what its name begins with, else one of them."""
    user: str = ""
    """Empty: everybody may watch."""
    password: str = field(default="", repr=False)
    auth: Auth = "digest"
    timeout_s: int = 60
    """Seconds without a sign of life after which a session ends."""
    delay_ms: int = 0
    """Frames leave that much after their time: spreads many cameras over a frame's time."""
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"A camera cannot be named {self.name!r}: up to 40 letters, digits, dots, dashes "
                "or underscores, the first a letter or digit."
            )
        if self.timeout_s < 1:
            raise ValueError(
                f"{self.name}: timeout_s={self.timeout_s} is too short; 1 is the least."
            )
        self.picture("main")
        self.picture("sub")

    @property
    def streams(self) -> tuple[Stream, ...]:
        return ("main", "sub") if self.sub else ("main",)

    def picture(self, stream: Stream) -> LoopSpec:
        """The loop that a stream shows."""
        main = LoopSpec(
            codec=self.codec,
            width=self.width,
            height=self.height,
            fps=self.fps,
            seconds=self.seconds,
            gop_s=self.gop_s,
            bframes=self.bframes,
            bitrate=self.bitrate,
            label=self.name if self.label is None else self.label,
            scene=self.scene or _scene_of(self.name),
            declared_fps=self.declared_fps,
            grain=self.grain,
        )
        if stream == "main":
            return main
        return replace(
            main,
            codec=self.sub_codec or self.codec,
            width=max(160, self.width // 8 * 4),
            height=max(92, self.height // 8 * 4),
            bitrate=self.bitrate // 4,
        )

    @property
    def sound(self) -> SoundSpec | None:
        """The loop that is heard with either stream."""
        return SoundSpec(codec=self.audio) if self.audio else None


def _scene_of(name: str) -> str:
    """'pos-rw-06' looks at a post; of names that say nothing each always sees the same."""
    named = [scene for scene in SCENES if name.startswith(scene)]
    return named[0] if named else SCENES[sum(name.encode()) % len(SCENES)]
