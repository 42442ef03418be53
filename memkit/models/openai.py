"""Asking a model: any endpoint that speaks the OpenAI chat completions API.

A model takes a `ModelCall` that holds the request, sends it, and fills in what came back. That one
record is what the agent works with and what the table `model_calls` keeps. What comes is read by
`shapes`, how long to wait for it is the matter of `patience`, and `failures` says why nothing came.
"""

import asyncio
import os
import re
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream, DefaultAioHttpClient

from memkit.errors import InvalidInput, ModelError
from memkit.models.abilities import Abilities, check
from memkit.models.failures import explain
from memkit.models.keys import find_key, is_openai, redact
from memkit.models.patience import Line, current_patience, retry_after
from memkit.models.shapes import Answer, Unusable, clean
from memkit.models.wire import DONE, bodies, parsed
from memkit.records import JsonObject, ModelCall
from memkit.validation import (
    check_at_least,
    check_count,
    check_mapping,
    check_real,
    check_seconds,
    check_text,
    instance_of,
    optional,
    plain_function,
)

UNLIMITED = 10**9  # requests under way at once
LONGEST_KEPT = 2_000  # characters of an unusable answer that a call keeps
MAY_PASS = (408, 409, 429)  # refusals that may pass, as a server's own failures (500 and more) may
FIRST_WAIT = 0.5  # seconds before a request is sent again; before the next time twice as many
STREAM_OPTIONS = "stream_options"  # not every endpoint takes them
SECRET = re.compile(r"key|auth|token|secret|cookie", re.IGNORECASE)  # names of headers

OnText = Callable[[str], None]
Keeper = AsyncGenerator[AsyncOpenAI]
HttpClient = httpx2.AsyncClient | Callable[[], httpx2.AsyncClient]

check_on_text = plain_function("a function that takes a piece of text")


@dataclass
class _Session:
    """What belongs to one event loop: a client, what keeps it open, and who waits for answers."""

    client: AsyncOpenAI
    keeper: Keeper
    line: Line


class OpenAIChat:
    """A chat model behind an OpenAI-compatible endpoint.

    One client lives as long as the model object or its event loop and is closed with it; `aclose()`
    closes it earlier.

    Parameters
    ----------
    id : str
        The name of the model at the endpoint.
    base_url : str, optional
        The endpoint, by default `OPENAI_BASE_URL`, else OpenAI's own. What follows a `?` is sent
        with every request, as Azure wants its `api-version`.
    api_key : str, optional
        The key, by default `OPENAI_API_KEY`. Without one, a person at an https endpoint is asked
        for it, once and unseen; an endpoint of your own may need none.
    timeout : float
        The seconds that the endpoint may be silent.
    max_retries : int
        How often the client asks again after a refusal or a silence that may pass.
    request_params : dict, optional
        Whatever else the endpoint takes, in every request: `{"temperature": 0}`.
    default_headers, default_query : dict, optional
        Sent with every request, and never stored.
    http_client : httpx2.AsyncClient or callable, optional
        What to speak HTTP with. A client belongs to one event loop and stays open; a callable
        makes one for each loop, and that one is closed.
    max_concurrent : int, optional
        How many requests may be under way at once, for a class that shares one key.
    embedding_id : str
        The embedding model of the endpoint.
    similar_from : float
        The cosine from which two of its vectors count as similar in meaning.

    Raises
    ------
    InvalidInput
        For an argument of the wrong kind.
    ModelError
        Without a key where one is needed, and for a key that cannot be one.
    """

    def __init__(
        self,
        id: str = "gpt-4o",
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 2,
        request_params: Mapping[str, Any] | None = None,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, str] | None = None,
        http_client: HttpClient | None = None,
        max_concurrent: int | None = None,
        embedding_id: str = "text-embedding-3-small",
        similar_from: float = 0.3,
    ) -> None:
        optional(check_text)("base_url", base_url)
        if api_key is not None and not isinstance(api_key, str):  # and never shown
            raise InvalidInput("api_key is text")
        self.id = check_text("id", id)
        url = base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
        self.base_url = url.strip()  # of the newline that a copied address brings along
        if not self.base_url.lower().startswith(("http://", "https://")):
            right = redact(f"http://{self.base_url.split('://')[-1]}", ())
            raise InvalidInput(f"base_url begins with http:// or https://; write {right!r}")
        self.request_params = check_mapping("request_params", request_params or {})
        self.embedding_id = check_text("embedding_id", embedding_id)
        self.similar_from = check_real("similar_from", similar_from, least=-1)
        self._api_key = find_key(self.base_url, api_key)
        self._timeout = check_seconds("timeout", timeout)
        self._max_retries = check_at_least("max_retries", max_retries, 0)
        self._headers = check_mapping("default_headers", default_headers or {})
        self._query = check_mapping("default_query", default_query or {})
        self._given_client = optional(_check_client)("http_client", http_client)
        self._max_concurrent = optional(check_count)("max_concurrent", max_concurrent)
        self.has_used_tools = False  # or has not been seen to
        self._takes_stream_options = True
        # A client belongs to the event loop that first used it.
        self._sessions: dict[asyncio.AbstractEventLoop, _Session] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r})"

    def request(
        self, messages: Sequence[JsonObject], tools: Sequence[JsonObject] = ()
    ) -> JsonObject:
        """Make the JSON body of a request for the next message.

        Parameters
        ----------
        messages : sequence of dict
            The conversation, as `{"role", "content"}`.
        tools : sequence of dict
            The tools that the model may use, as the API describes them.

        Returns
        -------
        dict
            The body, with `request_params` in it.
        """
        body: JsonObject = {**self.request_params, "model": self.id, "messages": list(messages)}
        return {**body, "tools": list(tools)} if tools else body

    async def send(self, call: ModelCall, on_text: OnText | None = None) -> ModelCall:
        """Send a request, and fill in the answer, its tokens and the time it took.

        Parameters
        ----------
        call : ModelCall
            Holds the request.
        on_text : function, optional
            With it the answer is streamed; called with each piece of text as it comes.

        Returns
        -------
        ModelCall
            The same call.

        Raises
        ------
        ModelError
            If there is no usable answer; the reason is in `call.error` too.
        """
        if on_text is not None:
            call.request = {**call.request, "stream": True}
            if self._takes_stream_options:
                call.request = {STREAM_OPTIONS: {"include_usage": True}, **call.request}
        async with aclosing(self._pieces(call)) as pieces:
            async for piece in pieces:
                if on_text is not None:
                    on_text(piece)
        return call

    async def embed(self, call: ModelCall) -> list[list[float]]:
        """Send an embeddings request; the call keeps of the answer how many vectors there were.

        Parameters
        ----------
        call : ModelCall
            Holds the request: `{"model", "input": list of n texts}`.

        Returns
        -------
        list of list of float, shape (n, d)
            A vector for each text, in the same order; d is the model's own.

        Raises
        ------
        ModelError
            If there is no usable answer; the reason is in `call.error` too.
        """
        answer = Answer()
        async with self._under_way(call, answer):
            raw = (await self._post("/embeddings", call)).text
            call.response = {"body": self._redact(raw)[:LONGEST_KEPT]}
            answer.add(body := parsed(raw))
            data = sorted(body["data"], key=lambda embedding: embedding.get("index", 0))
            if not (vectors := [list(map(float, found["embedding"])) for found in data]):
                raise Unusable("it has no vectors")
        call.response = {"embeddings": len(vectors)}
        call.prompt_tokens = answer.tokens("prompt_tokens", "input_tokens")
        return vectors

    async def check(self) -> Abilities:
        """Try what memkit needs of an endpoint, with six small requests.

        Returns
        -------
        Abilities
            What the endpoint can do, in six lines.
        """
        return await check(self)

    async def aclose(self) -> None:
        """Close the client of this event loop; the next request would make a new one."""
        if session := self._sessions.pop(asyncio.get_running_loop(), None):
            await session.keeper.aclose()

    # An answer

    async def _pieces(self, call: ModelCall) -> AsyncGenerator[str]:
        """The text of an answer as it comes; when all is there, the call is filled in."""
        offered = [tool.get("function") or {} for tool in call.request.get("tools") or ()]
        answer = Answer([function["name"] for function in offered if "name" in function])
        shown = ""
        async with self._under_way(call, answer) as heard:
            async for _ in self._read(call, answer, heard):
                if (text := answer.text(so_far=True)) != shown:
                    yield text.removeprefix(shown)
                    shown = text
            call.response = clean(answer.message)
            call.text = answer.text()
            call.tool_calls = answer.tool_calls()
            call.thought = answer.is_thought()
        self.has_used_tools |= bool(call.tool_calls)
        call.finish_reason = answer.finish_reason
        call.prompt_tokens = answer.tokens("prompt_tokens", "input_tokens")
        call.completion_tokens = answer.tokens("completion_tokens", "output_tokens")
        if call.text != shown:
            yield call.text.removeprefix(shown)

    async def _read(
        self, call: ModelCall, answer: Answer, heard: Callable[[], None]
    ) -> AsyncIterator[None]:
        """Read the response into `answer`, and come back after every part of it."""
        streamed = ended = False
        async with aclosing(await self._post("/chat/completions", call)) as response:
            try:
                async for raw, is_event in bodies(response):
                    heard()
                    streamed |= is_event
                    if ended := raw == DONE:
                        break
                    call.response = {"body": self._redact(raw)[:LONGEST_KEPT]}
                    answer.add(parsed(raw))
                    yield
                    call.response = None
            except (httpx2.TransportError, openai.APIConnectionError):
                if not answer.finish_reason:
                    raise  # otherwise all of it was there before the connection broke
        if streamed and not ended and not answer.finish_reason:
            raise Unusable("it broke off before its end")
        answer.end(streamed)

    async def _post(self, path: str, call: ModelCall) -> httpx2.Response:
        """The response; after a silence, or a refusal that may pass, it is asked for again.

        The call keeps the tries that were given up. An endpoint that refuses `stream_options` is
        asked without them, then and later.
        """
        client = (await self._session()).client
        form: Any = {"cast_to": httpx2.Response, "stream_cls": AsyncStream[Any]}
        form["stream"] = bool(call.request.get("stream"))
        waits = [FIRST_WAIT * 2**number for number in range(self._max_retries)]
        while True:
            began, request = time.perf_counter(), call.request
            try:
                response: httpx2.Response = await client.post(path, body=request, **form)
                return response
            except openai.APIConnectionError:
                if not waits:
                    raise
                why, wait = "it did not respond", waits.pop(0)
            except openai.APIStatusError as error:
                body = self._redact(error.response.text)[:LONGEST_KEPT]
                call.response = {"status": error.status_code, "body": body}
                why = f"{error.status_code}: {body[:200]}"
                if STREAM_OPTIONS in body and STREAM_OPTIONS in request:
                    # openai/openai-agents-python#442: Mistral answers 422.
                    request = {key: request[key] for key in request if key != STREAM_OPTIONS}
                    self._takes_stream_options, wait = False, 0.0
                else:
                    wait = self._wait_after(error, waits)
            if patience := current_patience.get():
                patience.given_up = why
            took, why = time.perf_counter() - began, f"asked again: {why}"
            call.given_up.append(replace(call, error=why, latency=took, given_up=[]))
            call.request, call.response = request, None
            await asyncio.sleep(wait)

    def _wait_after(self, error: openai.APIStatusError, waits: list[float]) -> float:
        """The seconds to wait after a refusal; one that will not pass in time is raised."""
        patience, wanted = current_patience.get(), retry_after(error.response.headers)
        setting, longest = "OpenAIChat", self._timeout
        if patience:
            setting, longest = "MemoryManager", patience.seconds
        if wanted and wanted > longest:
            error.add_note(f"longer than {setting}(timeout={longest:g})")
            raise error
        if not waits or not (error.status_code in MAY_PASS or error.status_code >= 500):
            raise error
        usual = waits.pop(0)
        return usual if wanted is None else wanted

    @asynccontextmanager
    async def _under_way(
        self, call: ModelCall, answer: Answer
    ) -> AsyncIterator[Callable[[], None]]:
        """Note in a call how long it took and why it failed, and raise that as `ModelError`."""
        began = time.perf_counter()
        try:
            session = await self._session()
            async with session.line.place() as heard:
                began = time.perf_counter()
                yield heard
        except asyncio.CancelledError:
            call.error = "cancelled before the answer was complete"
            call.response = _kept(answer, call.response)
            raise
        except Exception as error:
            why = str(error)
            if not isinstance(error, ModelError):  # which some transport has explained itself
                why = explain(error, self.base_url, call.request.get("model"), self._timeout)
            call.error = self._redact(" ".join(why.split()))
            call.response = _kept(answer, call.response)
            raise ModelError(call.error) from None  # the original may quote the key
        finally:
            call.latency = time.perf_counter() - began

    # A client

    async def _session(self) -> _Session:
        loop = asyncio.get_running_loop()
        if loop not in self._sessions:
            for over in [known for known in list(self._sessions) if known.is_closed()]:
                self._sessions.pop(over, None)
            given = isinstance(self._given_client, httpx2.AsyncClient)
            keeper = _keep_open(self._new_client(), close=not given)
            line = Line(self._max_concurrent or UNLIMITED)
            self._sessions[loop] = _Session(await anext(keeper), keeper, line)
        return self._sessions[loop]

    def _new_client(self) -> AsyncOpenAI:
        url = httpx2.URL(self.base_url)
        query = {**dict(url.params), **self._query}
        headers, http_client = self._headers, self._http_client(url)
        if "api-version" in query:  # Azure takes its key in a header of its own, and only there
            headers = {"api-key": self._api_key, **headers}
            http_client.event_hooks["request"].append(_without_bearer)
        client = AsyncOpenAI(
            base_url=url.copy_with(userinfo=b"", query=None),
            api_key=self._api_key,
            timeout=self._timeout,
            max_retries=0,  # `_post` asks again, so that every try is kept
            default_headers=headers,
            default_query=query,
            http_client=http_client,
        )
        if not is_openai(self.base_url):  # whose ids of organization and project these are
            client.organization = client.project = None
        return client

    def _http_client(self, url: httpx2.URL) -> httpx2.AsyncClient:
        """Over aiohttp a call takes half the processor time of the default, when many run."""
        if given := self._given_client:
            return given if isinstance(given, httpx2.AsyncClient) else given()
        # A model in a cycle is found by the garbage collector, and its session must be closed then.
        weakref.finalize(self, self._sessions.clear)
        # aiohttp takes no password in a URL, where some endpoints want theirs.
        return DefaultAioHttpClient(auth=(url.username, url.password) if url.userinfo else None)

    def _redact(self, text: str) -> str:
        """`text` without the key, the password of the URL, and what the headers keep secret."""
        sent = {**self._headers, **self._query}
        secrets = [self._api_key, *(sent[name] for name in sent if SECRET.search(name))]
        return redact(text, secrets)


check_model = instance_of(OpenAIChat, "OpenAIChat(id={!r})".format)


def _check_client(name: str, value: HttpClient) -> HttpClient:
    """`value`, if it is a client or can make one."""
    made_by = plain_function("an httpx2.AsyncClient or a function that makes one")
    return value if isinstance(value, httpx2.AsyncClient) else made_by(name, value)


async def _keep_open(client: AsyncOpenAI, close: bool) -> Keeper:
    """Give the client, and close it with whatever ends first: the keeper or its event loop.

    An event loop closes what its generators hold, also when they are dropped; a client that is
    merely dropped leaves its connections open, or closes them from another loop.
    """
    try:
        yield client
    finally:
        if close:
            await client.close()


async def _without_bearer(request: httpx2.Request) -> None:
    request.headers.pop("Authorization", None)


def _kept(answer: Answer, body: JsonObject | None) -> JsonObject | None:
    """What is kept of an answer that cannot be used: what it had said so far, and the rest."""
    try:
        return {**clean(answer.message), **(body or {})} or None
    except RecursionError:
        return body
