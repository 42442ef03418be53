"""How long to wait for a model.

A server on a laptop answers one request after the other, so a request may be slow only because
others were there before it. A `Patience` therefore starts over with every answer to a request that
was sent before, and begins only when what it comes after is done.
"""

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, Self

import httpx2

from memkit.errors import ModelError


class Patience:
    """A time limit that starts over whenever the endpoint shows that it is at work.

    `what` is the thing waited for. The clock starts when `after` is done, such as the reply of the
    same run; entering the same patience again does not reset it.
    """

    def __init__(
        self, seconds: float, what: str = "answer", after: asyncio.Future[None] | None = None
    ) -> None:
        self.seconds = seconds
        self.signs = 0  # how often others were answered meanwhile
        self.given_up = ""  # why the last try was given up
        self._what, self._after = what, after
        self._deadline: float | None = None
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        self._limit = asyncio.timeout_at(self._deadline)
        await self._limit.__aenter__()
        self._token = current_patience.set(self)
        if self._deadline is None and self._after and not self._after.done():
            self._after.add_done_callback(self._begin)
        elif self._deadline is None:
            self._begin()
        return self

    async def __aexit__(self, *error: Any) -> None:
        current_patience.reset(self._token)
        if self._after:
            self._after.remove_done_callback(self._begin)
        try:
            await self._limit.__aexit__(*error)
        except TimeoutError as timeout:
            raise ModelError(self._why()) from timeout

    def _begin(self, _: Any = None) -> None:
        self.signs = 0
        self._wait_again()

    def sign(self, was_first: bool) -> None:
        """Note that another request was answered; if that was sent first, wait once more."""
        if self._deadline is not None:  # the clock has begun
            self.signs += 1
            if was_first:
                self._wait_again()

    def _wait_again(self) -> None:
        self._deadline = asyncio.get_running_loop().time() + self.seconds
        with suppress(RuntimeError):  # nobody waits now, or the time is over
            self._limit.reschedule(self._deadline)

    def _why(self) -> str:
        why = "it answered others meanwhile, so it is slow or busy"
        if not self.signs:
            why = "it answered nothing else either: slow, or hanging"
        if self.given_up:
            why = f"its last try: {self.given_up}"
        late, how = f"no {self._what} within {self.seconds:g} s", "raise MemoryManager(timeout=...)"
        return f"{late} ({why}); if the model is slow, {how}"


current_patience: ContextVar[Patience | None] = ContextVar("memkit_patience", default=None)


class Line:
    """The requests of one event loop that wait for their answers, in the order they were sent.

    At most `most` of them are under way at once.
    """

    def __init__(self, most: int) -> None:
        self._waiting: dict[object, Patience | None] = {}
        self._under_way = asyncio.Semaphore(most)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Callable[[], None]]:
        """A place at its end while a request is under way.

        What is given is to be called when something of the answer comes: who came later then waits
        once more.
        """
        own = object()
        self._waiting[own] = current_patience.get()

        def heard() -> None:
            is_behind = False
            for place, patience in self._waiting.items():
                if place is own:
                    is_behind = True
                elif patience:
                    patience.sign(was_first=is_behind)

        try:
            async with self._under_way:
                yield heard
            heard()
        finally:
            del self._waiting[own]


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
