"""What a simulated camera does wrong: one switch per fault that was seen in the field.

A test sets the switch and knows what happens on the wire. Row numbers are those of
docs/design/faults.md. Rows 6 (B-frames), 16 (long GOP) and the false frame rate inside the SPS
(15) are properties of the picture: fields of CameraSpec. Row 24 (rtsps) is a site's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SdpDamage = Literal[
    "many-s", "broken-c", "no-origin", "odd-m", "misplaced-fmtp", "bad-sprop", "trailing-blanks"
]
HeaderQuirk = Literal["cseq-case", "no-content-type", "trailing-blanks", "needs-user-agent"]
LIMIT_STATUSES = (453, 403, 401, 500)


@dataclass(frozen=True, kw_only=True)
class Faults:
    """Every switch off: a well-behaved camera. Seconds count from a session's PLAY."""

    # -- time
    jump_s: float = 0
    """Row 1: RTP timestamps step by that much, forwards or (negative) back, and stay there."""
    jump_every_s: float = 10
    """Row 1: how often that happens."""
    backwards_every: int = 0
    """Row 1: each n-th video frame bears a timestamp three frames older; the next is right."""
    report_jump_s: float = 0
    """Row 2: from the second RTCP sender report on, its wall clock is wrong by that much."""
    report_every_s: float = 5
    """How often sender reports are sent; 0 sends none."""
    drift_ppm: float = 0
    """Row 3: the camera's clock (timestamps and reports) is fast by that many parts per million."""
    wrap_after_s: float = 0
    """Row 4: RTP timestamps pass 2^32 that many seconds after PLAY, sequence numbers 2^16."""
    # -- pictures
    marked_sei: bool = False
    """Row 5: before each frame an SEI with the frame's timestamp and a marker of its own."""
    sets_not_in_sdp: bool = False
    """Row 8: parameter sets are in the stream only."""
    sets_late_s: float = 0
    """Row 8: parameter sets are not in the SDP, and not in the stream for that many seconds."""
    sets_only_in_sdp: bool = False
    """Row 9: parameter sets are in the SDP only."""
    change_every_s: float = 0
    """Row 10: the picture changes to the sub stream's size and back, with new parameter sets."""
    annex_b: bool = False
    """Row 22: one RTP payload holds several NAL units with start codes between them."""
    empty_fragments: bool = False
    """Row 22: fragments without content, and RTP packets without payload."""
    sps_tail: bool = False
    """Row 22: bytes that do not belong to it follow the SPS, in SDP and stream."""
    scrambled: bool = False
    """The camera's own encryption: headers of NAL units are right, the rest is noise."""
    # -- RTSP
    keepalive: Literal["any", "options", "get_parameter", "set_parameter", "none"] = "any"
    """Row 11: the one method that keeps a session alive; Public offers it alone."""
    keepalive_status: int = 501
    """Row 11: the answer to the others."""
    stray_packets: bool = False
    """Row 12: before the reply to PLAY, packets of nobody's session and of an unknown channel."""
    ghosts: bool = False
    """Row 12: a session whose connection breaks counts until its time-out; TEARDOWN ends it."""
    channels: Literal["asked", "shifted", "unsaid"] = "asked"
    """Row 13: interleaved channels are others than asked for, or the answer does not say."""
    session_changes: bool = False
    """Row 14: every SETUP answers another session id; only the newest is known afterwards."""
    framerate: str = ""
    """Row 15: the text after a=framerate: in the SDP, such as 0, 0S or 60."""
    audio_sdp: Literal["whole", "no-config", "no-rtpmap"] = "whole"
    """Row 17: the audio's SDP lacks its configuration, or says nothing about the codec."""
    sdp: tuple[SdpDamage, ...] = ()
    """Row 18: damages of the SDP."""
    control: Literal[
        "relative", "absolute", "double-scheme", "no-base", "wrong-host", "after-query", "bare"
    ] = "relative"
    """Row 19: how the SDP and Content-Base name the tracks; only that reading is then accepted."""
    headers: tuple[HeaderQuirk, ...] = ()
    """Row 20: quirks of RTSP headers."""
    rtp_info: Literal["right", "missing", "zero", "wrong", "relative"] = "right"
    """Row 21: what RTP-Info says."""
    session_limit: int = 0
    """Row 23: how many sessions the camera serves at once; 0 is no limit."""
    limit_status: int = 453
    """Row 23: the answer beyond it: 453, 403 or 500 to SETUP, 401 to DESCRIBE."""
    redirect: str = ""
    """Row 26: DESCRIBE is sent there, a path of the same server or a whole address."""
    redirect_status: int = 302
    """Row 26: the answer, 301 or 302."""
    # -- transport
    udp_only: bool = False
    """Row 25: TCP is refused with 461."""
    datagram: int = 1400
    """Row 25: largest RTP packet in bytes; 10000 is what some send."""
    loss: float = 0
    """Row 27: the part (0 to 1) of RTP packets that is not sent, by a fixed series of chances."""
    reorder_every: int = 0
    """Row 27: each n-th UDP packet leaves after the one behind it."""
    # -- the device
    dead: Literal["", "reset", "mute"] = ""
    """Every connection is reset at its first request, or requests are never answered."""
    refuse_login: bool = False
    """Every login is wrong."""
    lock_after: int = 0
    """After so many wrong logins even the right one is refused, until the camera starts anew."""
    stale_after: int = 0
    """A nonce serves so many requests; then 401 with stale=true and a new one."""
    slow_start_s: float = 0
    """The first packet comes that long after PLAY."""
    mid_gop: bool = False
    """Sending starts at the next frame, not at the next key frame."""
    freeze_after_s: float = 0
    """From then on the connection stands open and nothing comes."""
    close_after_s: float = 0
    """Then the camera closes the connection."""
    reset: bool = False
    """It does so by a TCP reset."""
    encoding: str = ""
    """The SDP gives the video this name, such as JPEG: a codec that nobody stores."""

    def __post_init__(self) -> None:
        if not 200 <= self.datagram <= 60_000:
            raise ValueError(f"datagram={self.datagram} is not possible: 200 to 60000 bytes.")
        if self.limit_status not in LIMIT_STATUSES:
            raise ValueError(f"limit_status={self.limit_status} must be 453, 403, 401 or 500.")
        if self.redirect_status not in (301, 302):
            raise ValueError(f"redirect_status={self.redirect_status} must be 301 or 302.")
        if not 0 <= self.loss <= 1:
            raise ValueError(f"loss={self.loss} is not a part: 0 (nothing) to 1 (everything).")

    @property
    def sets_in_sdp(self) -> bool:
        return not (self.sets_not_in_sdp or self.sets_late_s)
