"""A process that prints as many containers do, lines with numbers, and serves them as the API server does logs.

Run as `python -m bench.log_printers STREAMS BYTES_A_SECOND SECONDS`; it says its port, and prints once it is told
to by a line. Only what was printed in the last seconds can be asked for again.
"""

import asyncio
import sys
import time
from collections import deque

from longshore.archive.logs.lines import read_time
from support.log_servers import parse_call

LINE = 120
TICK = 0.02
KEPT = 300
"""Ticks of each container that can be asked for again."""


class Container:
    """Prints so many lines in each tick."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._count = 0
        self._ticks: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._changed = asyncio.Event()
        self.is_over = False

    def print(self, nanoseconds: int, stamp: bytes) -> None:
        """One tick."""
        numbers = range(self._count, self._count + self._lines)
        text = b"".join([(b"%s %d " % (stamp, number)).ljust(LINE - 1, b".") + b"\n" for number in numbers])
        self._count += self._lines
        self._ticks.append((nanoseconds, text))
        self.wake()

    def end(self) -> None:
        """Print no more."""
        self.is_over = True
        self.wake()

    def wake(self) -> None:
        """Have streams look."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def serve(self, since: int, writer: asyncio.StreamWriter, *, is_followed: bool) -> None:
        """What was printed then or later, and what comes."""
        last = since - 1
        while True:
            changed = self._changed
            fresh = [tick for tick in self._ticks if tick[0] > last]
            if fresh:
                last = fresh[-1][0]
                writer.write(b"".join(text for _, text in fresh))
                await writer.drain()
            elif self.is_over or not is_followed:
                return
            else:
                await changed.wait()


async def run(streams: int, rate: int, seconds: int) -> None:
    """Print for so many seconds; then serve what was printed."""
    containers = [Container(round(rate * TICK / LINE / streams)) for _ in range(streams)]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = parse_call((await reader.readuntil(b"\r\n\r\n")).decode().split(" ")[1])
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
        since = read_time(f"{call.since} ".encode()) if call.since else 0
        number = int(call.pod.split("-")[1])
        await containers[number].serve(since or 0, writer, is_followed=call.is_followed)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=streams)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - whoever started this reads it
    await asyncio.to_thread(sys.stdin.readline)
    start = time.monotonic()
    for tick in range(round(seconds / TICK)):
        now = time.time_ns()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**9)).encode() + b".%09dZ" % (now % 10**9)
        for container in containers:
            container.print(now, stamp)
        await asyncio.sleep(max(0.0, start + (tick + 1) * TICK - time.monotonic()))
    for container in containers:
        container.end()
    print("over", flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(run(*map(int, sys.argv[1:])))
