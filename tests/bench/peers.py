"""Who is measured: a bare C loop, ffmpeg, and Ronda, each pulling the same cameras."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nvr_core.clock import SystemClock
from nvr_core.recorder.running import installation_id
from nvr_core.wire import codec, seal, volume
from nvr_core.wire.ids import new_id
from nvr_core.wire.wants import Source, StreamWant, Want

TICKS = os.sysconf("SC_CLK_TCK")
PREFIX = "bench-"
CAMERA_CORE, RECORDER_CORE = "0", "1"


@dataclass
class Peer:
    """Processes that record the same N streams into a folder."""

    name: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def cpu(self) -> float:
        """Seconds of user and system time of all processes so far."""
        return sum(_cpu(process.pid) for process in self.processes)

    def memory(self) -> float:
        """PSS of all processes in MiB, files in memory-backed folders not included."""
        return sum(_pss(process.pid) for process in self.processes) / 1024

    def stop(self) -> None:
        """End what was started; refuses to call a peer that died by itself measured."""
        dead = [process.args for process in self.processes if process.poll() is not None]
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(15)
        if dead:
            raise RuntimeError(f"{self.name} ended by itself: {dead[0]!r}")


def cameras(count: int, cache: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Simulated cameras on a core of their own: 1080p25 H.264, 4 Mbit/s, a key frame in 2 s."""
    command = [sys.executable, "-m", "nvr_core.simulators", "--port", "0", "--cache", str(cache)]
    for number in range(count):
        command += [
            "--camera",
            f"name={PREFIX}{number:02d},label=bench,size=1920x1080,fps=25,gop_s=2,"
            f"bitrate=4000000,grain=12,seconds=10,sub=0,delay_ms={number * 40 // count}",
        ]
    process = subprocess.Popen(["taskset", "-c", CAMERA_CORE, *command], stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, int(json.loads(process.stdout.readline())["port"])


def floor(port: int, count: int, folder: Path) -> Peer:
    """The C loop: epoll, recv, write."""
    program = folder / "floor"
    source = Path(__file__).with_name("floor.c")
    subprocess.run(["cc", "-O2", "-o", str(program), str(source)], check=True)
    words = [str(program), str(port), PREFIX, str(count), str(folder)]
    return Peer("C loop", [_pinned(words)])


def ffmpeg(port: int, count: int, folder: Path) -> Peer:
    """Debian's ffmpeg, one process a stream, as recorders built on it run it."""
    peer = Peer("ffmpeg")
    for number in range(count):
        words = ["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp"]
        words += ["-i", f"rtsp://127.0.0.1:{port}/{PREFIX}{number:02d}", "-c", "copy", "-an"]
        words += ["-f", "segment", "-segment_time", "60", "-segment_format", "mp4"]
        words += ["-segment_format_options", "movflags=+frag_keyframe+empty_moov"]
        peer.processes.append(_pinned([*words, str(folder / f"{number}-%03d.mp4")]))
    return peer


def ronda(port: int, count: int, folder: Path, *options: str) -> Peer:
    """Our recorder with the product's defaults; its desired set is sealed as a server leaves it."""
    data, runtime, clock = folder / "data", folder / "runtime", SystemClock()
    data.mkdir()
    volume.prepare(folder / "volume", installation_id(data, clock))
    streams = tuple(
        StreamWant(
            camera=new_id(clock),
            stream="main",
            source=Source(url=f"rtsp://127.0.0.1:{port}/{PREFIX}{number:02d}"),
            login_group=f"device-{number}",
            volume=str(folder / "volume"),
        )
        for number in range(count)
    )
    want = codec.encode(Want(serial=1, streams=streams))
    sealed = data / "want" / "rtsp.sealed"
    sealed.parent.mkdir()
    sealed.write_bytes(seal.seal(seal.load_or_make_key(data), want, b"want rtsp"))
    words = [sys.executable, "-m", "nvr_core.recorder", "--name", "rtsp"]
    words += ["--data", str(data), "--runtime", str(runtime), *options]
    return Peer("Ronda" + "".join(f" {option}" for option in options), [_pinned(words)])


def wait_for_files(folder: Path, count: int, patience: float) -> None:
    """Return when every stream has a file with bytes in it."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = [path for path in folder.rglob("*") if path.suffix in (".mp4", ".bin")]
        if sum(1 for path in found if "open" not in path.parts and path.stat().st_size) >= count:
            return
        time.sleep(0.2)
    raise RuntimeError(f"{count} streams were not recorded within {patience:g} s in {folder}")


def _pinned(words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["taskset", "-c", RECORDER_CORE, *words], stderr=subprocess.DEVNULL)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
