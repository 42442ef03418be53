"""Who waits for whom: the sync names for scripts, per-user locks, steps that end though cancelled.

The sync names share one event loop, kept from the first call to the end of the program: a model's
client belongs to the loop that it first ran on, so a new loop for every call would need a new
client for every call.
"""

import asyncio
import atexit
import threading
from collections.abc import Awaitable, Coroutine
from contextvars import copy_context
from functools import cache
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from memkit.errors import RunningLoopError

T = TypeVar("T")

PATIENCE = 1.0  # seconds that the end of the program waits for connections to close

_one_at_a_time = threading.Lock()


def wait_for(work: Coroutine[Any, Any, T], name: str) -> T:
    """Run `work` on the shared loop and return its result; `name` is what to await instead.

    Raises `RunningLoopError` inside a running loop: a sync call there would wait for itself.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with _one_at_a_time:
            return _runner().run(work, context=copy_context())  # such as the time of db.at()
    work.close()
    raise RunningLoopError(f"an event loop is already running; write `await agent.{name}(...)`")


@cache
def _runner() -> asyncio.Runner:
    """The shared loop, made by the first call."""
    runner = asyncio.Runner()
    atexit.register(_close, runner.get_loop())
    return runner


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Close what is open on the loop; it is too late for the thread that `Runner.close` wants."""
    loop.run_until_complete(loop.shutdown_asyncgens())
    if closing := asyncio.all_tasks(loop):  # clients whose models were dropped
        loop.run_until_complete(asyncio.wait(closing, timeout=PATIENCE))
    loop.close()


class Locks:
    """Locks by name for each event loop; one that nobody holds or awaits is gone."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[object, ...], asyncio.Lock] = WeakValueDictionary()

    def get(self, *name: str) -> asyncio.Lock:
        """The lock of this name in the running event loop."""
        return self._locks.setdefault((asyncio.get_running_loop(), *name), asyncio.Lock())


async def finish_despite_cancel(step: Awaitable[T]) -> T:
    """Await a step to its end; being cancelled meanwhile takes effect only after it.

    Otherwise a run that was cancelled while it began would be "running" for ever.
    """
    work = asyncio.ensure_future(step)
    cancelled = False
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled and (task := asyncio.current_task()):
        task.uncancel()
        task.cancel()  # once more, for the next await
    return work.result()
