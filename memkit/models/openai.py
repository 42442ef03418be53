"""Asking a model: any endpoint that speaks the OpenAI chat completions API.

A model takes a `ModelCall` that holds the request, sends it, and fills in what came back. That one
record is what the agent works with and what the table `model_calls` keeps.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx2
import openai
from openai import AsyncOpenAI, DefaultAioHttpClient
from openai.types.chat import ChatCompletion

from memkit.errors import ModelError
from memkit.records import JsonObject, ModelCall

# What odd answers lead to: parts that are missing, of another kind, too deep, or too large.
MALFORMED = (AttributeError, LookupError, TypeError, RecursionError, ArithmeticError)
# The client passes on some errors of what it speaks HTTP and JSON with.
FAILURES = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    aiohttp.ClientError,
    ValueError,
    RecursionError,
)
CUT_SHORT = (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError)
MOST_TOKENS = 2**31  # that a table can hold; who counts more has not counted

USAGE_TOO = {"include_usage": True}  # a stream tells its tokens only when asked to

OnText = Callable[[str], None]


class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    `base_url` is the endpoint (default: `OPENAI_BASE_URL`, else OpenAI's own), `api_key` the key
    (default: `OPENAI_API_KEY`; an endpoint of your own may need none), `timeout` the seconds that
    the endpoint may be silent (the client tries twice more). `embedding_id` is its embedding model
    and `similar_from` the cosine from which two of its vectors count as similar in meaning. One
    client lives as long as the model object or its event loop and is closed with it; `aclose()`
    closes it earlier.
    """

    def __init__(
        self,
        id: str = "gpt-4o",
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
        embedding_id: str = "text-embedding-3-small",
        similar_from: float = 0.3,
    ) -> None:
        self.id = id
        self.base_url = base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        self._api_key = api_key or os.environ.get("OPENAI_API_KEY") or self._key_for_own_endpoint()
        self._timeout = timeout
        self.embedding_id = embedding_id
        self.similar_from = similar_from
        # A client belongs to the event loop that first used it: one each, and what keeps it open.
        self._clients: dict[asyncio.AbstractEventLoop, tuple[AsyncOpenAI, Keeper]] = {}

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
        if on_text is not None:
            call.request = {**call.request, "stream": True, "stream_options": USAGE_TOO}
        with self._noting(call):
            _fill_in(call, await self._completion(call.request, on_text))
        return call

    async def embed(self, call: ModelCall) -> list[list[float]]:
        """The vectors of the texts in an embeddings request, in order; `ModelError` if none come.

        What the call keeps of the answer is how many there were.
        """
        with self._noting(call):
            client = await self._client()
            try:
                answer = await client.embeddings.create(**call.request)
                data = sorted(answer.data, key=lambda each: each.index)
                vectors = [[float(number) for number in each.embedding] for each in data]
            except MALFORMED as error:
                raise ValueError(f"it has no vectors ({error})") from error
        call.response = {"embeddings": len(vectors)}
        call.prompt_tokens = _count(answer, "prompt_tokens")
        return vectors

    @contextmanager
    def _noting(self, call: ModelCall) -> Iterator[None]:
        """Note in a call how long it took and why it failed, and raise that as `ModelError`."""
        began = time.perf_counter()
        try:
            yield
        except asyncio.CancelledError:
            call.error = "cancelled before the answer was complete"
            raise
        except FAILURES as error:
            call.error = self._explain(error, call.request.get("model"))
            raise ModelError(call.error) from None  # the original may quote the key
        finally:
            call.latency = time.perf_counter() - began

    async def aclose(self) -> None:
        """Close the client of this event loop; the next request would make a new one."""
        if kept := self._clients.pop(asyncio.get_running_loop(), None):
            await kept[1].aclose()

    async def _completion(self, request: JsonObject, on_text: OnText | None) -> Any:
        client = await self._client()
        if on_text is None:  # the body as it is, so that what is kept is what was sent
            return await client.post("/chat/completions", cast_to=ChatCompletion, body=request)
        rest = {key: value for key, value in request.items() if key != "stream"}
        async with client.chat.completions.stream(**rest) as events:
            try:
                async for text in _pieces(events):
                    on_text(text)
                return await events.get_final_completion()
            except CUT_SHORT as error:  # what was said until there counts, as without a stream
                return error.completion

    async def _client(self) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            for over in [each for each in list(self._clients) if each.is_closed()]:
                self._clients.pop(over, None)
            keeper = _keep_open(self._new_client())
            self._clients[loop] = await anext(keeper), keeper
        return self._clients[loop][0]

    def _new_client(self) -> AsyncOpenAI:
        # aiohttp takes no password in a URL, where some endpoints want theirs.
        url = httpx2.URL(self.base_url)
        login = (url.username, url.password) if url.userinfo else None
        return AsyncOpenAI(
            base_url=url.copy_with(userinfo=b""),
            api_key=self._api_key,
            timeout=self._timeout,
            http_client=self._http_client(login),
        )

    def _http_client(self, login: tuple[str, str] | None) -> httpx2.AsyncClient:
        """Over aiohttp a call takes half the processor time of the default, when many run."""
        # A model in a cycle is found by the garbage collector, and its session must be closed then.
        weakref.finalize(self, self._clients.clear)
        return DefaultAioHttpClient(auth=login)

    def _key_for_own_endpoint(self) -> str:
        if "api.openai.com" not in self.base_url:
            return "no-key"  # the client insists on one; a local server ignores it
        raise ModelError(
            "OpenAIChat has no API key: set OPENAI_API_KEY, pass api_key=..., give the base_url of "
            "a server of your own, or use OfflineChat(), which needs none"
        )

    def _explain(self, error: Exception, model: str | None) -> str:
        """What went wrong and what to do, for a person; the key is never part of it."""
        where, said = self._told(self.base_url), self._told(str(error))
        cause = _first_cause(error)
        match error:
            case openai.APIConnectionError() | httpx2.HTTPError() | httpx2.InvalidURL():
                if isinstance(cause, TimeoutError | httpx2.TimeoutException):
                    waited = f"{where} was silent for {self._timeout:g} s"
                    return f"{waited}; try again, or raise `timeout`"
                why = self._told(f"{type(cause).__name__}: {cause}")
                return f"no connection to {where} ({why}): is the server running, the URL right?"
            case openai.AuthenticationError():
                return f"{where} refused the API key; check OPENAI_API_KEY or api_key"
            case openai.NotFoundError():
                return f"{where} does not know this path or the model {model!r}"
            case openai.RateLimitError():
                return f"{where} takes no more for now; wait, or check your quota: {said}"
            case openai.InternalServerError():
                return f"{where} failed; try again later: {said}"
            case openai.APIStatusError():
                return f"{where} did not accept the request: {said}"
        return f"{where} gave an answer that cannot be used: {said}"

    def _told(self, text: str) -> str:
        """A text in one line, and not too long, without the key or the password of a URL in it."""
        text = re.sub(r"//[^/\s]*@", "//", text.replace(self._api_key, "***"))
        return " ".join(text.split())[:500]


def _first_cause(error: BaseException) -> BaseException:
    """What began it: between aiohttp and the client, a refused connection passes for a timeout."""
    while error.__cause__:
        error = error.__cause__
    return error


Keeper = AsyncGenerator[AsyncOpenAI, None]


async def _keep_open(client: AsyncOpenAI) -> Keeper:
    """Give the client, and close it with whatever ends first: the keeper or its event loop.

    An event loop closes what its generators hold, also when they are dropped; a client that is
    merely dropped leaves its connections open, or closes them from another loop.
    """
    try:
        yield client
    finally:
        await client.close()


async def _pieces(events: Any) -> AsyncIterator[str]:
    """The text of a streamed answer as it comes; `ValueError` if that is not what comes."""
    chunk = None
    try:
        async for event in events:
            if event.type == "content.delta":
                yield _clean(event.delta)
            elif event.type == "chunk" and event.chunk.choices:
                chunk = event.chunk
    except (AssertionError, *MALFORMED) as error:
        raise ValueError(f"it has malformed parts ({error})") from error
    if chunk is None or chunk.choices[0].finish_reason is None:
        raise ValueError("it broke off before its end")


def _fill_in(call: ModelCall, completion: Any) -> None:
    """Copy the assistant message and the tokens out of a completion; `ValueError` if it is none."""
    try:
        message = completion.choices[0].message
        kept: JsonObject = {"role": "assistant", "content": _clean(message.content or "")}
        if message.tool_calls:
            kept["tool_calls"] = [_tool_call(each) for each in message.tool_calls]
    except MALFORMED as error:
        raise ValueError(f"it has no message ({error})") from error
    call.response = kept
    call.prompt_tokens = _count(completion, "prompt_tokens")
    call.completion_tokens = _count(completion, "completion_tokens")


def _tool_call(tool_call: Any) -> JsonObject:
    """The part of a tool call that is sent back with its result."""
    function = tool_call.function
    named = {"name": _clean(function.name), "arguments": _clean(function.arguments)}
    return {"id": _clean(tool_call.id), "type": "function", "function": named}


def _count(completion: Any, name: str) -> int | None:
    """A count of tokens, if the endpoint gives one."""
    found = getattr(completion.usage, name, None)
    return found if isinstance(found, int) and 0 <= found < MOST_TOKENS else None


def _clean(text: str) -> str:
    """`text` without what no store can hold: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
