"""The sync names for scripts: one event loop, kept from the first call to the end of the program.

A model's client belongs to the loop that it first ran on, so a new loop for every call would need a
new client for every call.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

from memkit.errors import RunningLoopError

T = TypeVar("T")

PATIENCE = 1.0  # seconds that the end of the program waits for connections to close

_one_at_a_time = threading.Lock()


def wait_for(work: Coroutine[Any, Any, T], name: str) -> T:
    """Run `work` on the kept loop and return its result; `name` is what to await instead.

    Raises `RunningLoopError` where a loop already runs: a sync call there would wait for itself.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with _one_at_a_time:
            return _runner().run(work)
    work.close()
    raise RunningLoopError(
        f"an event loop is already running here (a notebook has one): use `await agent.{name}(...)`"
    )


@cache
def _runner() -> asyncio.Runner:
    """The kept loop, made by the first call."""
    runner = asyncio.Runner()
    atexit.register(_close, runner.get_loop())
    return runner


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Close what is open on the loop; it is too late for the thread that `Runner.close` wants."""
    loop.run_until_complete(loop.shutdown_asyncgens())
    if closing := asyncio.all_tasks(loop):  # clients whose models were dropped
        loop.run_until_complete(asyncio.wait(closing, timeout=PATIENCE))
    loop.close()
