"""From the bytes of a response to the JSON texts in it: one, or the events of a stream."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from memkit.models.shapes import Unusable, without_markup

DONE = "[DONE]"


async def bodies(response: httpx2.Response) -> AsyncIterator[tuple[str, bool]]:
    """The JSON texts in a response, and whether they came as events: one, or those of a stream.

    Lines that belong to one text are put together again, with or without an empty line after it.
    """
    text, is_event = "", False
    async for line in _lines(response):
        if not text and line.startswith((":", "event:", "id:", "retry:")):
            continue
        is_event |= line.startswith("data:")
        text = f"{text}\n{line.removeprefix('data:')}".strip()
        if text and (text == DONE or from_json(text) != text or (is_event and not line)):
            yield text, is_event
            text = ""
    if text:
        yield text, is_event


async def _lines(response: httpx2.Response) -> AsyncIterator[str]:
    """The lines of a response: only a newline ends one, as texts may hold other separators."""
    rest = b""
    async for piece in response.aiter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode("utf-8-sig", "replace").strip()
    yield rest.decode("utf-8-sig", "replace").strip()


def parsed(text: str) -> Any:
    """Parse JSON, including what it forbids but endpoints send; `Unusable` if it cannot be read."""
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        what = f"it is not JSON ({error}): {without_markup(text)[:80]}" if text else "it is empty"
        raise Unusable(what) from error


def from_json(text: str) -> Any:
    """What a text says as JSON, or else the text itself."""
    try:
        return parsed(text)
    except Unusable:
        return text
