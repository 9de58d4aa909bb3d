"""A connection that ends leaves its receive buffer to the next, and nothing else of itself."""

import asyncio
import gc
import weakref

from nvr_core.media.interleaved import CAPACITY
from nvr_core.recorder.buffers import Buffers
from nvr_core.recorder.connection import Connection

OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"


class Counted(Buffers):
    """Counts what it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.made: set[int] = set()
        self.taken = 0
        self.back = asyncio.Event()

    def give(self, buffer: bytearray) -> None:
        super().give(buffer)
        self.back.set()

    def take(self) -> bytearray:
        buffer = super().take()
        assert len(buffer) == CAPACITY
        self.made.add(id(buffer))
        self.taken += 1
        return buffer


async def test_connections_one_after_the_other_share_one_buffer_and_die() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.read()
        writer.close()

    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(answer, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    buffers = Counted()

    async def converse() -> Connection:
        connection = Connection(loop, buffers)
        await loop.create_connection(lambda: connection, "127.0.0.1", port)
        response = await connection.request("OPTIONS", "rtsp://127.0.0.1/", {}, 5.0)
        assert response.status == 200
        return connection

    async def hang_up(connection: Connection) -> None:
        buffers.back.clear()
        connection.close()
        async with asyncio.timeout(10):
            await buffers.back.wait()  # the loop calls connection_lost after that

    gc.disable()
    try:
        for _ in range(20):
            ended = await converse()
            await hang_up(ended)
            last = weakref.ref(ended)
            del ended
            await asyncio.sleep(0)  # the transport lets go of it when it has told it
            assert last() is None
    finally:
        gc.enable()
    assert (buffers.taken, len(buffers.made)) == (20, 1)
    together = [await converse() for _ in range(3)]
    assert len(buffers.made) == 3
    for connection in together:
        await hang_up(connection)
    await hang_up(await converse())
    assert len(buffers.made) == 3
    server.close()
    await server.wait_closed()


async def test_a_camera_that_does_not_answer_takes_no_buffer() -> None:
    buffers = Counted()
    connection = Connection(asyncio.get_running_loop(), buffers)
    connection.close()
    assert buffers.taken == 0
