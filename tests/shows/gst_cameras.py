"""An RTSP server that is not ours: Debian's gst-rtsp-server playing clips, run by Debian's Python.

Usage: /usr/bin/python3 gst_cameras.py CERTIFICATE.pem NAME=CLIP.mp4 …; prints the two ports, plain
and TLS, as one JSON line. Each viewer gets a clip from its beginning. Ends with its standard input.
"""

import importlib
import json
import subprocess
import sys
from typing import Any

gi = importlib.import_module("gi")  # of Debian's Python only: the project's own has no such module
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
Gio, GLib, Gst, GstRtspServer = (
    importlib.import_module(f"gi.repository.{name}")
    for name in ("Gio", "GLib", "Gst", "GstRtspServer")
)

PAYLOADERS = {
    "h264": "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1",
    "hevc": "h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1",
}


def codec_of(clip: str) -> str:
    words = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries"]
    words += ["stream=codec_name", "-of", "csv=p=0", clip]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def launch_line(clip: str) -> str:
    """The pipeline of one clip: video and AAC, paced by their own times."""
    video = PAYLOADERS[codec_of(clip)]
    return (
        f"( filesrc location={clip} ! qtdemux name=d d.video_0 ! queue ! {video} "
        "d.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 )"
    )


def serve(clips: dict[str, str], certificate: str) -> Any:
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    if certificate:
        auth = GstRtspServer.RTSPAuth()
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
        role = GstRtspServer.RTSPToken()
        role.set_string("media.factory.role", "anybody")
        auth.set_default_token(role)
        server.set_auth(auth)
    for name, clip in clips.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch_line(clip))
        if certificate:
            factory.add_role_from_structure(
                Gst.Structure.from_string(
                    "anybody,media.factory.access=true,media.factory.construct=true"
                )[0]
            )
        server.get_mount_points().add_factory(f"/{name}", factory)
    server.attach(None)
    return server


def main() -> None:
    Gst.init(None)
    clips = dict(word.split("=", 1) for word in sys.argv[2:])
    servers = [serve(clips, ""), serve(clips, sys.argv[1])]
    ports = [server.get_bound_port() for server in servers]
    print(json.dumps({"plain": ports[0], "tls": ports[1]}), flush=True)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin, GLib.IO_HUP, lambda *_: loop.quit())
    loop.run()


if __name__ == "__main__":
    main()
