"""The depacketizer that a camera's own description asks for, or a sentence why there is none."""

from __future__ import annotations

import base64
import binascii
import re

from nvr_core.media import aac, g711
from nvr_core.media.bits import START_CODE
from nvr_core.media.depacketize_aac import AacDepacketizer, Headers
from nvr_core.media.depacketize_g711 import G711Depacketizer
from nvr_core.media.depacketize_h264 import H264Depacketizer
from nvr_core.media.depacketize_h265 import H265Depacketizer
from nvr_core.media.errors import MediaError, UnsupportedMedia
from nvr_core.media.parameter_sets import H264Sets, H265Sets, ParameterSets
from nvr_core.media.rtsp_fields import whole_number
from nvr_core.media.sdp import MediaDescription
from nvr_core.media.track import Depacketizer, FrameSink

VIDEO_CHOICES = "H.264 or H.265"
AUDIO_CHOICES = "AAC or G.711 (PCMA, PCMU)"


def create(media: MediaDescription, sink: FrameSink) -> Depacketizer:
    """A depacketizer for this track that gives its frames to the sink.

    Raises UnsupportedMedia with a sentence that says what to choose in the camera.
    """
    if media.encoding == "H264":
        return _h264(media, sink)
    if media.encoding in ("H265", "HEVC"):
        return _h265(media, sink)
    if media.encoding == "MPEG4-GENERIC":
        return _aac(media, sink)
    if media.encoding in ("PCMA", "PCMU"):
        law: g711.Law = "pcma" if media.encoding == "PCMA" else "pcmu"
        rate = media.clock_rate or 8000
        return G711Depacketizer(sink, g711.config(law, rate, media.channels or 1))
    choices = AUDIO_CHOICES if media.kind == "audio" else VIDEO_CHOICES
    named = f"as {media.encoding}" if media.encoding else "without naming its encoding"
    raise UnsupportedMedia(
        f"the camera sends {media.kind or 'a track'} {named}, which is not stored; "
        f"choose {choices} in the camera's settings"
    )


def _h264(media: MediaDescription, sink: FrameSink) -> Depacketizer:
    if media.fmtp.get("packetization-mode") == "2":
        raise UnsupportedMedia(
            "the camera interleaves H.264 (packetization-mode 2), which is not stored; "
            "choose another profile or H.265 in the camera's settings"
        )
    sets = H264Sets()
    _take(sets, media.fmtp.get("sprop-parameter-sets", ""))
    return H264Depacketizer(sink, sets)


def _h265(media: MediaDescription, sink: FrameSink) -> Depacketizer:
    if whole_number(media.fmtp.get("sprop-max-don-diff", "0"), 0, 0) is None:
        raise UnsupportedMedia(
            "the camera sends H.265 out of decoding order (sprop-max-don-diff above 0), which is "
            "not stored; choose H.264 in the camera's settings"
        )
    sets = H265Sets()
    for name in ("sprop-vps", "sprop-sps", "sprop-pps"):
        _take(sets, media.fmtp.get(name, ""))
    return H265Depacketizer(sink, sets)


def _take(sets: ParameterSets, value: str) -> None:
    """Base64 NAL units between commas; what is damaged is left for the stream to bring itself."""
    for text in value.split(","):
        clean = re.sub(r"[^A-Za-z0-9+/]", "", text)
        try:
            octets = base64.b64decode(clean + "=" * (-len(clean) % 4))
        except binascii.Error:
            continue
        for nal in octets.split(START_CODE):
            if nal.strip(b"\0"):
                sets.take(nal)


def _aac(media: MediaDescription, sink: FrameSink) -> Depacketizer:
    text = media.fmtp.get("config", "")
    try:
        config = aac.config(bytes.fromhex(text))
    except UnsupportedMedia as error:
        raise UnsupportedMedia(f"the camera's audio cannot be stored: {error}") from None
    except (MediaError, ValueError):
        said = f"a config of {text[:40]!r}" if text else "no config"
        raise UnsupportedMedia(
            f"the camera sends AAC audio with {said} in its description, so that nothing could "
            f"decode it; choose G.711 in the camera's settings, or leave audio off"
        ) from None
    for name in ("ctsdeltalength", "dtsdeltalength", "auxiliarydatasizelength", "constantsize"):
        if media.fmtp.get(name, "0") not in ("0", ""):
            raise UnsupportedMedia(
                f"the camera sends AAC with {name}={media.fmtp[name][:20]}, which is not stored; "
                "choose G.711 in the camera's settings, or leave audio off"
            )
    low = media.fmtp.get("mode", "").lower() == "aac-lbr"
    headers = Headers(
        size=_bits(media, "sizelength", 6 if low else 13),
        index=_bits(media, "indexlength", 2 if low else 3),
        index_delta=_bits(media, "indexdeltalength", 2 if low else 3),
    )
    return AacDepacketizer(sink, config, headers, media.clock_rate or config.sample_rate)


def _bits(media: MediaDescription, name: str, usual: int) -> int:
    """A field width of the AU headers; what is missing or absurd is as usual in this mode."""
    width = whole_number(media.fmtp.get(name, ""), 0 if name != "sizelength" else 1, 32)
    return usual if width is None else width
