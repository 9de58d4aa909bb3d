"""What DESCRIBE answers: the SDP (RFC 4566), how its tracks are named, and the damages to both."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from nvr_core.simulators.address import TRACKS, Address, Track
from nvr_core.simulators.faults import Faults
from nvr_core.simulators.loops import Loop, LoopSpec
from nvr_core.simulators.packets import payload_type, tail_behind_sps

INNER_HOST = "192.168.1.64"
"""What a camera behind address translation believes to be its address."""
ABSOLUTE = "absolute"
"""A folder in the addresses of control=absolute: who ignores them cannot guess it."""


def content_base(address: Address, faults: Faults) -> str | None:
    """The Content-Base header of the answer, None: there is none."""
    if faults.control == "no-base":
        return None
    if faults.control == "double-scheme":
        return f"rtsp://{address.base}/"
    if faults.control == "wrong-host":
        return _elsewhere(address) + "/"
    return address.base + "/"


def named_track(address: Address, faults: Faults) -> Track | None:
    """The track that a SETUP means, None when it does not follow what the SDP said (row 19)."""
    if faults.control == "bare":
        return "video" if address.track is None else None
    if faults.control == "absolute" and not address.path.endswith("/" + ABSOLUTE):
        return None
    if faults.control == "after-query" and address.query and not address.behind_query:
        return None
    return address.track


def describe(name: str, address: Address, tracks: Sequence[Loop], faults: Faults) -> bytes:
    """The SDP of one stream; tracks are its picture and, if there is one, its sound."""
    if faults.control == "bare":
        tracks = tracks[:1]  # one control for the whole presentation can mean one track only
    lines = ["v=0"]
    if "no-origin" not in faults.sdp:
        lines.append("o=- 0 0 IN IP4 127.0.0.1")
    lines.append(f"s={name}")
    if "many-s" in faults.sdp:
        lines += ["s=", "s=RTSP Session", "s= "]
    lines += ["c=IN  " if "broken-c" in faults.sdp else "c=IN IP4 0.0.0.0", "t=0 0"]
    lines += ["a=tool:Ronda simulator", "a=control:*", "a=range:npt=now-"]
    if "odd-m" in faults.sdp:
        lines += ["m=application/TP-LINK 0 RTP/AVP smart/1/90000", "a=rtpmap:95 TP-LINK/90000"]
    parameters = [_format(loop, faults) for loop in tracks]
    if "misplaced-fmtp" in faults.sdp:
        parameters = parameters[1:] + parameters[:1]
    for kind, loop, fmtp in zip(TRACKS, tracks, parameters, strict=False):
        lines += _media(kind, loop, faults)
        if fmtp:
            lines.append(fmtp)
        if faults.control != "bare":
            lines.append(f"a=control:{_control(kind, address, faults)}")
    if "misplaced-fmtp" in faults.sdp and len(tracks) == 1:  # no other track: before all of them
        lines.remove(parameters[0])
        lines.insert(lines.index("t=0 0") + 1, parameters[0])
    blanks = "  " if "trailing-blanks" in faults.sdp else ""
    return "".join(f"{line}{blanks}\r\n" for line in lines).encode()


def _elsewhere(address: Address) -> str:
    scheme, _, rest = address.base.partition("://")
    return f"{scheme}://{INNER_HOST}:554/{rest.partition('/')[2]}"


def _control(kind: Track, address: Address, faults: Faults) -> str:
    track = f"trackID={TRACKS.index(kind)}"
    if faults.control == "absolute":
        return f"{address.base}/{ABSOLUTE}/{track}"
    if faults.control == "wrong-host":
        return f"{_elsewhere(address)}/{track}"
    return track


def _media(kind: Track, loop: Loop, faults: Faults) -> list[str]:
    codec = loop.spec.codec
    number = payload_type(codec)
    lines = [f"m={kind} 0 RTP/AVP {number}"]
    if isinstance(loop.spec, LoopSpec):
        encoding = faults.encoding or codec.upper()
        lines.append(f"a=rtpmap:{number} {encoding}/{loop.clock_rate}")
        lines.append(f"a=framerate:{faults.framerate or loop.spec.fps}")
    elif faults.audio_sdp != "no-rtpmap":
        encoding = "MPEG4-GENERIC" if codec == "aac" else codec.upper()
        lines.append(f"a=rtpmap:{number} {encoding}/{loop.clock_rate}/1")
    return lines


def _format(loop: Loop, faults: Faults) -> str:
    """The fmtp line of a track, empty when there is nothing to say."""
    number = payload_type(loop.spec.codec)
    if isinstance(loop.spec, LoopSpec):
        sets = tail_behind_sps(loop) if faults.sps_tail else loop.sets
        texts = [base64.b64encode(one).decode() for one in sets]
        if "bad-sprop" in faults.sdp:
            texts = [text[: len(text) // 2 - 1] + "!" for text in texts]
        if loop.spec.codec == "h264":
            fields = ["packetization-mode=1", f"profile-level-id={loop.sets[0][1:4].hex()}"]
            if faults.sets_in_sdp:
                fields.append("sprop-parameter-sets=" + ",".join(texts))
        else:
            names = ("sprop-vps", "sprop-sps", "sprop-pps")
            fields = [f"{name}={text}" for name, text in zip(names, texts, strict=True)]
            fields = fields if faults.sets_in_sdp else []
    elif loop.spec.codec == "aac" and faults.audio_sdp == "whole":
        # RFC 3640, 3.3.6: high bit-rate AAC, 13 bits of size and 3 of index for each unit.
        fields = ["streamtype=5", "profile-level-id=1", "mode=AAC-hbr", "sizelength=13"]
        fields += ["indexlength=3", "indexdeltalength=3", f"config={loop.sets[0].hex()}"]
    else:
        fields = []
    return f"a=fmtp:{number} {';'.join(fields)}" if fields else ""
