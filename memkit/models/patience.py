"""How long to wait for a model, and what became of every try.

A server on a laptop answers one request after the other, so a request may be slow only because
others were there before it. A `Patience` therefore counts from the last sign that the endpoint is
at work: from the answer to another request, or from the end of what it comes after.
"""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Self

import httpx2
import openai

from memkit.errors import ModelError
from memkit.models.keys import redact
from memkit.records import JsonObject, ModelCall

MOST_OVERTAKEN = 5  # times its own patience that a request waits while later ones are answered
LONGEST_KEPT = 2_000  # characters of an unusable answer that a call keeps


class Patience:
    """Gives up what is done in it, `seconds` after the last sign that the endpoint is at work.

    `what` is waited for, and the clock begins when `after` is done, such as the reply of the same
    run. Entered again, the clock goes on.
    """

    def __init__(
        self, seconds: float, what: str = "answer", after: asyncio.Future[None] | None = None
    ) -> None:
        self.seconds = seconds
        self.signs = 0  # how often others were answered meanwhile
        self.given_up = ""  # why the last try was given up
        self._what, self._after = what, after
        self._began = 0.0
        self._deadline: float | None = None
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        self._limit = asyncio.timeout_at(self._deadline)
        await self._limit.__aenter__()
        self._is_waiting, self._token = True, _current.set(self)
        if self._deadline is None and self._after and not self._after.done():
            self._after.add_done_callback(self._begin)
        elif self._deadline is None:
            self._begin()
        return self

    async def __aexit__(self, *error: Any) -> None:
        self._is_waiting = False
        _current.reset(self._token)
        if self._after:
            self._after.remove_done_callback(self._begin)
        try:
            await self._limit.__aexit__(*error)
        except TimeoutError as timeout:
            raise ModelError(self._why()) from timeout

    def _begin(self, _: Any = None) -> None:
        self.signs, self._began = 0, asyncio.get_running_loop().time()
        self._wait_until(self._began + self.seconds)

    def restart(self, overtaken: bool) -> None:
        """Wait once more, but not for ever while requests that were sent later are answered."""
        if self._deadline is None:  # the clock has not begun
            return
        self.signs += 1
        deadline = asyncio.get_running_loop().time() + self.seconds
        if overtaken:
            deadline = min(deadline, self._began + MOST_OVERTAKEN * self.seconds)
        self._wait_until(max(deadline, self._deadline))

    def _wait_until(self, deadline: float) -> None:
        self._deadline = deadline
        if self._is_waiting and not self._limit.expired():
            self._limit.reschedule(self._deadline)

    def _why(self) -> str:
        why = "it answered others meanwhile, so it is slow or busy"
        if not self.signs:
            why = "it answered nothing else either: slow, or hanging"
        if self.given_up:
            why = f"its last try: {self.given_up}"
        return (
            f"no {self._what} within {self.seconds:g} s ({why}); if the model is slow, raise "
            "MemoryManager(timeout=...)"
        )


_current: ContextVar[Patience | None] = ContextVar("memkit_patience", default=None)


class Line:
    """The requests of one event loop that wait for their answers, in the order they were sent."""

    def __init__(self) -> None:
        self._waiting: dict[object, Patience | None] = {}

    @contextmanager
    def place(self) -> Iterator[Callable[[], None]]:
        """A place at its end while a request is under way.

        What is given is to be called when something of the answer comes: the others then wait once
        more.
        """
        mine = object()
        self._waiting[mine] = _current.get()

        def heard() -> None:
            overtaken = True
            for place, waiting in self._waiting.items():
                if place is mine:
                    overtaken = False
                elif waiting:
                    waiting.restart(overtaken)

        try:
            yield heard
        finally:
            del self._waiting[mine]


class Tries:
    """The tries of one call: the client asks again by itself, and `model_calls` keeps each try."""

    def __init__(self, call: ModelCall, timeout: float, secrets: list[str]) -> None:
        self.answer: JsonObject | None = None  # to the try under way, if it was refused
        self.heard: Callable[[], None] = lambda: None  # to be called when something came
        self._call = call
        self._patience = _current.get()
        self._longest = self._patience.seconds if self._patience else timeout
        self._secrets = secrets
        self._began: float | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Let the hooks of the HTTP client know whose requests are sent in here."""
        token = _under_way.set(self)
        try:
            yield
        finally:
            _under_way.reset(token)

    def begin(self) -> None:
        """A request is about to be sent; the one before it, if any, was given up."""
        if self._began is not None:
            why = "it did not respond"
            if self.answer:
                why = f"{self.answer['status']}: {self.answer['body'][:200]}"
            if self._patience:
                self._patience.given_up = why
            tried = replace(self._call, response=self.answer, error=f"asked again: {why}")
            tried.latency, tried.given_up = time.perf_counter() - self._began, []
            self._call.given_up.append(tried)
        self._began, self.answer = time.perf_counter(), None

    async def refused(self, response: httpx2.Response) -> None:
        """Keep a refusal, and do not wait for longer than anybody would."""
        body = redact((await response.aread()).decode("utf-8", "replace"), self._secrets)
        self.answer = {"status": response.status_code, "body": body[:LONGEST_KEPT]}
        if (retry_after(response.headers) or 0) > self._longest:
            setting = "MemoryManager" if self._patience else "OpenAIChat"
            longer = f"longer than {setting}(timeout={self._longest:g})"
            raise openai.APIStatusError(longer, response=response, body=None)


_under_way: ContextVar[Tries | None] = ContextVar("memkit_tries", default=None)


async def _sending(_: httpx2.Request) -> None:
    if tries := _under_way.get():
        tries.begin()


async def _received(response: httpx2.Response) -> None:
    tries = _under_way.get()
    if tries and response.is_error:
        await tries.refused(response)


def watched(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """An HTTP client that notes its tries; a client that does so already is left as it is."""
    hooks = client.event_hooks
    if _sending not in hooks["request"]:
        client.event_hooks = {
            "request": [*hooks["request"], _sending],
            "response": [*hooks["response"], _received],
        }
    return client


def retry_after(headers: httpx2.Headers) -> float | None:
    """The seconds that an endpoint asks to wait, given as a number or as a date."""
    asked = headers.get("retry-after")
    if (milliseconds := headers.get("retry-after-ms")) is not None:
        asked = f"{milliseconds}e-3"
    if not asked:
        return None
    try:
        return max(float(asked), 0.0)
    except ValueError:
        date = email.utils.parsedate_tz(asked)
        return max(email.utils.mktime_tz(date) - time.time(), 0.0) if date else None
