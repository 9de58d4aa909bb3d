"""Nobody who listens, or does not, keeps the recorder from stopping."""

import asyncio
import socket
from pathlib import Path

from nvr_core.clock import SystemClock
from nvr_core.recorder.serving import Serving
from nvr_core.recorder.telling import Telling
from nvr_core.recorder.worker import Worker
from nvr_core.wire import codec
from nvr_core.wire.facts import Notice
from nvr_core.wire.journal import Journal
from nvr_core.wire.wants import Hello


async def test_a_listener_that_reads_nothing_does_not_delay_the_end(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    worker, journal = Worker("journal", loop), Journal(tmp_path / "journal")
    path = tmp_path / "r.sock"
    serving = Serving(
        path,
        Telling(journal, 1, worker, SystemClock()),
        present=lambda: [Notice(code="long", sentence="x" * (4 << 20))],
        wanted=lambda want: None,
        acknowledged=lambda number: None,
    )
    await serving.start()
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.setblocking(False)
        await loop.sock_connect(deaf, str(path))
        await loop.sock_sendall(deaf, codec.encode(Hello()))
        assert await loop.sock_recv(deaf, 1)  # what waits is more than the socket takes
        async with asyncio.timeout(5):
            await serving.stop()
            while await loop.sock_recv(deaf, 1 << 20):
                pass
    assert not path.exists()
    assert await worker.stop(1.0)
    journal.close()
