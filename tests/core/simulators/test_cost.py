"""What a hundred viewers cost."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nvr_core.testing.raw_rtsp import connect

VIEWERS = 100
SECONDS = 4
BITS = 4_000_000
CAMERAS = [
    f"name=bench-{n},label=bench,scene=gang,size=1920x1080,fps=25,gop_s=2,bitrate={BITS},grain=12,"
    f"seconds=2,sub=no,delay_ms={n * 40 // VIEWERS}"
    for n in range(VIEWERS)
]
READER = """
import selectors, socket, sys
chooser = selectors.DefaultSelector()
for number in sys.argv[1].split(","):
    one = socket.socket(fileno=int(number))
    one.setblocking(False)
    chooser.register(one, selectors.EVENT_READ)
room, total = bytearray(1 << 18), 0
print("reading", flush=True)
while True:
    for key, _ in chooser.select():
        count = key.fileobj.recv_into(room)
        if not count:
            print(total)
            sys.exit()
        total += count
"""
"""Another process that takes everything and looks at nothing."""


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used, its kernel time included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.timeout(180)
async def test_a_hundred_streams_of_full_hd_cost_at_most_half_a_core(
    loop_cache: Path,
) -> None:
    cameras = [word for camera in CAMERAS for word in ("--camera", camera)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nvr_core.simulators", "--port", "0", "--cache", str(loop_cache)),
        *cameras,
        stdout=subprocess.PIPE,
    )
    reader = None
    try:
        assert process.stdout is not None
        ready = json.loads(await process.stdout.readline())
        sockets = []
        for camera in ready["cameras"]:
            async with connect("127.0.0.1", ready["port"]) as client:
                await client.play(camera["main"])
                raw = client.writer.get_extra_info("socket")
                sockets.append(os.dup(raw.fileno()))
        reader = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", READER, ",".join(map(str, sockets))),
            pass_fds=sockets,
            stdout=subprocess.PIPE,
        )
        for one in sockets:
            os.close(one)
        assert reader.stdout is not None
        assert await reader.stdout.readline() == b"reading\n"
        await asyncio.sleep(2)  # every camera has come to its key frame
        before = cpu(process.pid)
        await asyncio.sleep(SECONDS)
        cores = (cpu(process.pid) - before) / SECONDS
        process.terminate()
        await process.wait()
        received = int(await reader.stdout.read())
    finally:
        for program in (process, reader):
            if program is not None and program.returncode is None:
                program.kill()
                await program.wait()
    logging.getLogger(__name__).info("%d streams cost %.3f cores", VIEWERS, cores)
    # All of them did receive their megabits, from the first key frame on.
    assert received * 8 > VIEWERS * BITS * SECONDS * 0.9
    assert cores <= 0.5, f"{VIEWERS} streams cost {cores:.2f} cores"
