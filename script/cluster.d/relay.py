"""A slow way: python3 relay.py PORT HOST PORT MILLISECONDS. What comes to this port goes on after that time, and so does
what comes back."""

import asyncio
import sys

PORT, HOST, TARGET, DELAY = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]) / 1000


async def carry(reader, writer):
    """Each piece is late by the same time; none waits for the one before."""
    loop = asyncio.get_running_loop()
    try:
        while piece := await reader.read(65536):
            loop.call_later(DELAY, writer.write, piece)
    except OSError:
        pass
    loop.call_later(DELAY, writer.close)


async def connect(reader, writer):
    onward = await asyncio.open_connection(HOST, TARGET)
    await asyncio.gather(carry(reader, onward[1]), carry(onward[0], writer))


async def main():
    server = await asyncio.start_server(connect, "0.0.0.0", PORT)
    await server.serve_forever()


asyncio.run(main())
