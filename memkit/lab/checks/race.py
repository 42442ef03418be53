"""The exercises of *Watch a race, and lose nothing*."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pandas as pd

from memkit.lab.check import Check, compare, describe_error
from memkit.store.db import Db

PATIENCE = 5.0  # seconds until a check believes that a window waits for ever


THINKING = 0.005  # seconds that a window sleeps at least between reading and writing
INTERRUPTIONS = 30  # how often somebody else writes meanwhile


async def check_remember_safely(
    remember: Callable[[str, str], Awaitable[None]] | None, document: dict[str, list[str]]
) -> Check:
    """Exercise: three windows at once on one document, and nothing is lost."""
    if remember is None:
        return Check(False, None)
    if not inspect.iscoroutinefunction(remember):
        return Check(True, "it has to be `async def`")
    try:
        return Check(True, await _lost(remember, document))
    except TimeoutError:
        return Check(True, "a window waits for ever; is the lock released?")
    except Exception as error:
        return Check(True, describe_error(error))


async def _lost(
    remember: Callable[[str, str], Awaitable[None]], document: dict[str, list[str]]
) -> str | None:
    """What windows lose, alone or at once, or do wrong; `TimeoutError` if they do not end."""
    if problem := await _reads_late(remember, document):
        return problem
    document["ana"] = []
    wanted = [f"memory {number}" for number in range(3)]
    said = zip(("left", "middle", "right"), wanted, strict=True)
    windows = asyncio.gather(*(remember(*words) for words in said), return_exceptions=True)
    for outcome in await asyncio.wait_for(windows, PATIENCE):
        if isinstance(outcome, BaseException):
            return describe_error(outcome)
    kept = sorted(document["ana"])
    if lost := sorted(set(wanted) - set(kept)):
        return f"{lost} got lost; kept: {kept}"
    return None if kept == wanted else f"three memories were written, but these are kept: {kept}"


async def _reads_late(
    remember: Callable[[str, str], Awaitable[None]], document: dict[str, list[str]]
) -> str | None:
    """Whether a window dodges the race: it does not sleep, or reads only after its sleep.

    Somebody else writes all the time, without waiting. A window that read before its sleep either
    overwrites some of that, or sees that the list has changed and starts again until nobody writes.
    """
    document["ana"] = []
    alone = asyncio.ensure_future(remember("left", "memory"))
    await asyncio.sleep(THINKING)
    if alone.done():
        alone.result()
        return (
            f"it should `await asyncio.sleep(...)` for {THINKING} s at least, "
            "between reading and writing"
        )
    others: list[str] = []
    while not alone.done() and len(others) < INTERRUPTIONS:
        others.append(f"somebody else's {len(others)}")
        document["ana"] = [*document["ana"], others[-1]]
        await asyncio.sleep(THINKING / 5)
    in_time = alone.done() and not alone.exception()
    with suppress(RuntimeError):  # it may give up after some attempts
        await asyncio.wait_for(alone, PATIENCE)
    if in_time and set(others) <= set(document["ana"]):
        return (
            "what somebody else writes while a window sleeps is kept, which `remember` "
            "overwrites; read before the sleep, and write the whole list after it"
        )
    return None


def check_decided_again(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: the users for whom a decision came too late, and how many calls that cost."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT user_id, count(*) AS calls FROM model_calls "
        "WHERE why = 'memory' AND error LIKE '%decided again%' GROUP BY ALL"
    )
    return Check(True, compare(answer, wanted))
