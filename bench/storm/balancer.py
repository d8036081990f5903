"""Passes each new connection on to the next of several web servers, and to another one if that doesn't answer.

python -m bench.storm.balancer PORT TARGET TARGET …        (ports on loopback)
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress


class Balancer:
    def __init__(self, targets: Sequence[int]) -> None:
        self.targets = list(targets)

    async def serve(self, port: int) -> None:
        async with await asyncio.start_server(self._connect, "127.0.0.1", port) as server:
            await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self.targets:
            self.targets.append(self.targets.pop(0))
            with suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", self.targets[-1])
                await asyncio.gather(_pass(reader, back), _pass(there, writer))
                return
        writer.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    own, *others = (int(port) for port in sys.argv[1:])
    asyncio.run(Balancer(others).serve(own))
