"""What a person says of an ONVIF device."""

from __future__ import annotations

from nvr_core.contract import DeviceConfig, Text, Transport, option


class OnvifConfig(DeviceConfig):
    """Its port is that of ONVIF: 80, and 8000, 2020 or 8899 at some brands."""

    transport: Transport = option(
        Transport.TCP,
        label=Text("Transport"),
        means=Text("How RTP travels; with udp the network may lose some of it."),
    )
    audio: bool = option(
        False, label=Text("Audio"), means=Text("Whether sound is recorded too, into its own files.")
    )
