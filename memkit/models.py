"""Asking a model: any endpoint that speaks the OpenAI chat completions API.

A model takes a `ModelCall` that holds the request, sends it, and fills in what came back. That one
record is what the agent works with and what the table `model_calls` keeps.
"""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI

from memkit.errors import ModelError
from memkit.records import JsonObject, ModelCall

OnText = Callable[[str], None]


class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    `base_url` is the endpoint (default: `OPENAI_BASE_URL`, else OpenAI's own), `api_key` the key
    (default: `OPENAI_API_KEY`; an endpoint of your own may need none), `timeout` the seconds to
    wait for an answer. One client lives as long as the model object; `aclose()` closes it.
    """

    def __init__(
        self,
        id: str = "gpt-4o",
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        self.id = id
        self.base_url = base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        self._api_key = api_key or os.environ.get("OPENAI_API_KEY") or self._key_for_own_endpoint()
        self._timeout = timeout
        # A client belongs to the event loop that first used it: one each, forgotten with its loop.
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI]
        self._clients = weakref.WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r})"

    def request(
        self, messages: Sequence[JsonObject], tools: Sequence[JsonObject] = ()
    ) -> JsonObject:
        """The JSON body of a request for the next message, with the tools it may use."""
        body: JsonObject = {"model": self.id, "messages": list(messages)}
        return {**body, "tools": list(tools)} if tools else body

    async def send(self, call: ModelCall, on_text: OnText | None = None) -> ModelCall:
        """Send the request and fill in the answer, its tokens and the time it took.

        With `on_text` the answer is streamed: it is called with each piece of text as it comes.
        Raises `ModelError`, also kept in `call.error`, if there is no usable answer.
        """
        began = time.perf_counter()
        try:
            completion = await self._completion(call.request, on_text)
            _fill_in(call, completion)
        except asyncio.CancelledError:
            call.error = "cancelled before the answer was complete"
            raise
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            call.error = self._explain(error)
            raise ModelError(call.error) from error
        finally:
            call.latency = time.perf_counter() - began
        return call

    async def aclose(self) -> None:
        """Close the client of this event loop; the next request would make a new one."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    async def _completion(self, request: JsonObject, on_text: OnText | None) -> Any:
        chat = self._client().chat.completions
        if on_text is None:
            return await chat.create(**request)
        async with chat.stream(**request, stream_options={"include_usage": True}) as events:
            async for event in events:
                if event.type == "content.delta":
                    on_text(event.delta)
            return await events.get_final_completion()

    def _client(self) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._new_client()
        return self._clients[loop]

    def _new_client(self, **settings: Any) -> AsyncOpenAI:
        return AsyncOpenAI(
            base_url=self.base_url, api_key=self._api_key, timeout=self._timeout, **settings
        )

    def _key_for_own_endpoint(self) -> str:
        if "api.openai.com" not in self.base_url:
            return "no-key"  # the client insists on one; a local server ignores it
        raise ModelError(
            "OpenAIChat has no API key: set OPENAI_API_KEY, pass api_key=..., give the base_url of "
            "a server of your own, or use OfflineChat(), which needs none"
        )

    def _explain(self, error: Exception) -> str:
        """What went wrong and what to do, for a person; the key is never part of it."""
        match error:
            case openai.APITimeoutError():
                return f"no answer from {self.base_url} within {self._timeout:g} s; try again"
            case openai.APIConnectionError():
                return f"no connection to {self.base_url}: is the server running, the URL right?"
            case openai.AuthenticationError():
                return f"{self.base_url} refused the API key; check OPENAI_API_KEY or api_key"
            case openai.NotFoundError():
                return f"{self.base_url} does not know this path or the model {self.id!r}"
            case openai.APIStatusError():
                return f"{self.base_url} answered with status {error.status_code}: {error.message}"
        return f"{self.base_url} gave an answer that is no chat completion: {error}"


def _fill_in(call: ModelCall, completion: Any) -> None:
    """Copy the assistant message and the tokens out of a completion; `ValueError` if it is none."""
    try:
        message = completion.choices[0].message
        kept: JsonObject = {"role": "assistant", "content": _clean(message.content or "")}
        if message.tool_calls:
            kept["tool_calls"] = [_tool_call(each) for each in message.tool_calls]
    except (AttributeError, IndexError, TypeError) as error:
        raise ValueError(f"it has no message ({error})") from error
    call.response = kept
    if completion.usage:
        call.prompt_tokens = completion.usage.prompt_tokens
        call.completion_tokens = completion.usage.completion_tokens


def _tool_call(tool_call: Any) -> JsonObject:
    """The part of a tool call that is sent back with its result."""
    function = tool_call.function
    named = {"name": _clean(function.name), "arguments": _clean(function.arguments)}
    return {"id": tool_call.id, "type": "function", "function": named}


def _clean(text: str) -> str:
    """`text` without what no store can hold: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
