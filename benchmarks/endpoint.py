"""A small OpenAI-compatible endpoint in a process of its own, for the benchmarks.

Every answer takes `latency` seconds. A request with memory tools is answered with one `add_memory`
of what the user said, any other, and what comes of a tool, with a short sentence. It keeps the
connection open, and it costs little: the processor that is measured is the client's.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any


@contextmanager
def endpoint(latency: float) -> Iterator[str]:
    """The base URL of a running endpoint."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, latency), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def _serve(port_to: Connection, latency: float) -> None:
    async def main() -> None:
        server = await asyncio.start_server(lambda r, w: _talk(r, w, latency), "127.0.0.1", 0)
        port_to.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency: float) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            request = json.loads(await reader.readexactly(length))
            await asyncio.sleep(latency)
            body = json.dumps(_completion(_message(request))).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % len(body)
                + body
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _message(request: dict[str, Any]) -> dict[str, Any]:
    last = request["messages"][-1]
    if not request.get("tools") or last["role"] == "tool":
        return {"role": "assistant", "content": "Thanks for telling me."}
    said = last["content"]
    arguments = json.dumps({"memory": f"The user says: {said}", "topics": ["said"]})
    call = {"name": "add_memory", "arguments": arguments}
    tool_calls = [{"id": "call_1", "type": "function", "function": call}]
    return {"role": "assistant", "content": None, "tool_calls": tool_calls}


def _completion(message: dict[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    fixed = {"id": "b", "object": "chat.completion", "created": 0, "model": "bench"}
    return {**fixed, "choices": [choice], "usage": usage}
