"""What a person says of a Hikvision device."""

from __future__ import annotations

from nvr_core.contract import DeviceConfig, Text, Transport, option


class HikvisionConfig(DeviceConfig):
    """Its port is that of its web page."""

    tls: bool = option(
        False,
        label=Text("HTTPS"),
        means=Text("Whether its web page is reached by https; its port is then mostly 443."),
    )
    rtsp_port: int = option(554, label=Text("RTSP port"), least=1, most=65535)
    transport: Transport = option(
        Transport.TCP,
        label=Text("Transport"),
        means=Text("How RTP travels; with udp the network may lose some of it."),
    )
    audio: bool = option(
        False, label=Text("Audio"), means=Text("Whether sound is recorded too, into its own files.")
    )
