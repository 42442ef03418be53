"""How long to wait for a model, and what became of every try.

A server on a laptop answers one request after the other, so a request may be slow only because
others were there before it. A `Patience` therefore counts from the last sign that the endpoint is
at work: from the answer to another request, or from the end of what it comes after.
"""

import asyncio
import email.utils
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Self

import httpx2
import openai

from memkit.errors import ModelError
from memkit.records import ModelCall

MOST_OVERTAKEN = 5  # times its own patience that a request waits while later ones are answered
LONGEST_KEPT = 2_000  # characters of an unusable answer that a call keeps
MAY_PASS = (408, 409, 429)  # refusals that may pass, as a server's own failures (500 and more) may
FIRST_WAIT = 0.5  # seconds before a request is sent again; before the next time twice as many
STREAM_OPTIONS = "stream_options"  # not every endpoint takes them


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
        self._token = _current.set(self)
        if self._deadline is None and self._after and not self._after.done():
            self._after.add_done_callback(self._begin)
        elif self._deadline is None:
            self._begin()
        return self

    async def __aexit__(self, *error: Any) -> None:
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
        with suppress(RuntimeError):  # nobody waits now, or the time is over
            self._limit.reschedule(deadline)

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


async def ask_again(
    send: Callable[[], Awaitable[httpx2.Response]],
    call: ModelCall,
    retries: int,
    timeout: float,
    redact: Callable[[str], str],
) -> httpx2.Response:
    """What `send` gives; after a silence, or a refusal that may pass, it is sent again.

    The call keeps the tries that were given up. An endpoint that asks to wait for longer than
    anybody would is not waited for; one that refuses `stream_options` is asked without them.
    """
    patience = _current.get()
    setting, longest = ("MemoryManager", patience.seconds) if patience else ("OpenAIChat", timeout)
    number, request = 0, call.request
    while True:
        began = time.perf_counter()
        try:
            return await send()
        except openai.APIConnectionError:
            why, wait = "it did not respond", None
            if number == retries:
                raise
        except openai.APIStatusError as error:
            status, body = error.status_code, redact(error.response.text)[:LONGEST_KEPT]
            call.response = {"status": status, "body": body}
            why, wait = f"{status}: {body[:200]}", retry_after(error.response.headers)
            if (wait or 0) > longest:
                error.add_note(f"longer than {setting}(timeout={longest:g})")
                raise
            if STREAM_OPTIONS in body and STREAM_OPTIONS in request:
                # openai/openai-agents-python#442: Mistral answers 422.
                request, wait = {k: request[k] for k in request if k != STREAM_OPTIONS}, 0
            elif number == retries or not (status in MAY_PASS or status >= 500):
                raise
        if patience:
            patience.given_up = why
        _give_up(call, began, why)
        call.request = request
        await asyncio.sleep(FIRST_WAIT * 2**number if wait is None else wait)
        number += 1


def _give_up(call: ModelCall, began: float, why: str) -> None:
    """Keep in a call the try that was given up."""
    tried = replace(call, error=f"asked again: {why}", given_up=[])
    tried.latency = time.perf_counter() - began
    call.given_up.append(tried)
    call.response = None


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
