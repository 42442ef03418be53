"""The exercises of *Try to reach another user's memories*."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

import pandas as pd

from memkit.explore.views import quoted
from memkit.lab.check import Check, compare, describe_error
from memkit.store.db import Db

LAST_NUMBER = 300  # up to which a check tries the numbers of memories


NEIGHBOURS = {  # users whose ids look alike, and what a check lets them remember
    "ana": ["Ana's PIN is 4711."],
    "Ana": ["Ana likes rain."],
    "ana2": ["Ana2 likes snow."],
    "bo": ["Bo likes rice.", "Bo likes tea."],
}


def check_canaries(db: Db, answer: pd.DataFrame | None, secrets: dict[str, str]) -> Check:
    """Exercise: a leak matrix, with a column `requests_with_<secret>` for each user's secret."""
    if answer is None:
        return Check(False, None)
    counts = ", ".join(
        f'count(*) FILTER (request::text ILIKE {quoted(f"%{word}%")}) AS "requests_with_{word}"'
        for word in secrets.values()
    )
    wanted = db.query(f"SELECT user_id, {counts} FROM model_calls GROUP BY ALL")
    for user_id, word in secrets.items():
        hers = wanted[wanted.user_id == user_id]
        if hers.empty:
            return Check(True, f"nobody called {user_id!r} has said anything yet")
        if not hers[f"requests_with_{word}"].any():
            return Check(True, f"{user_id!r} has not told the agent the secret word {word!r}")
    return Check(True, compare(answer, wanted))


def check_repaired_store(store: Callable[[str], Any] | None) -> Check:
    """Exercise: a class whose objects belong to one user each and reach nobody else's rows."""
    if store is None:
        return Check(False, None)
    try:
        return Check(True, _reach(store))
    except Exception as error:
        return Check(True, describe_error(error))


def _reach(store: Callable[..., Any]) -> str | None:
    """How users with ids that look alike reach each other's rows, or not their own."""
    fresh = uuid4().hex  # so that none of them has ever been there
    users = {name: store(fresh + name) for name in NEIGHBOURS}
    for name, memories in NEIGHBOURS.items():
        for memory in memories:
            users[name].add(memory)
    for name, memories in NEIGHBOURS.items():
        if (found := sorted(users[name].search(""))) != memories:
            return f"{name!r} should find {memories}, but finds {found}"
    bo, ana = users.pop("bo"), fresh + "ana"
    if list(bo.search("tea")) != ["Bo likes tea."] or list(bo.search("PIN")):
        return "search(words) should find the memories that hold the words, and no others"
    with suppress(Exception):  # an error is what it should be
        store()
        return "it makes an object without a user; user_id has to be required"
    for search in (partial(bo.search, "PIN", ana), partial(bo.search, "PIN", user_id=ana)):
        with suppress(Exception):
            if list(search()):
                return "bo can search as 'ana'; whose rows it searches is for the object to say"
    if problem := _wrong_update(bo, users, ana):
        return problem
    known, found = list(bo.search("")), list(store(fresh + "bo").search(""))
    return None if found == known else f"another object for Bo finds {found} instead of {known}"


def _wrong_update(bo: Any, others: dict[str, Any], ana: str) -> str | None:
    """What Bo changes besides the memory whose number he gives, or cannot change."""
    own = NEIGHBOURS["bo"]
    numbers: list[int] = []  # those that change something
    for memory_id in range(-1, LAST_NUMBER + 1):
        before, changed = list(bo.search("")), f"changed by number {memory_id}"
        try:
            bo.update(memory_id, changed)
        except (TypeError, AttributeError, NameError):
            raise  # a slip of the pen
        except Exception:
            pass  # there is no such memory of Bo's
        with suppress(Exception):  # it should not take a user
            bo.update(memory_id, changed, ana)
        for name, other in others.items():
            if (found := list(other.search(""))) != NEIGHBOURS[name]:
                return f"after bo.update({memory_id}, ...) {name!r} has {found}"
        after = list(bo.search(""))
        if len(after) > len(own):
            return (
                f"bo.update({memory_id}, ...) made a new memory; "
                "a number that Bo does not have changes nothing"
            )
        if len(set(before) - set(after)) > 1:
            return f"bo.update({memory_id}, ...) changed more than one memory of Bo's"
        numbers += [memory_id] if after != before else []
    left = [memory for memory in bo.search("") if memory in own]
    if left == own:
        return f"no number from 0 to {LAST_NUMBER} changes a memory of Bo's; numbers count from 1"
    if left:
        return f"no number from 0 to {LAST_NUMBER} changes Bo's memory {left[0]!r}"
    if len(numbers) > len(own):
        return (
            f"Bo has {len(own)} memories, but the numbers {numbers} all change one; "
            "a number that Bo does not have changes nothing"
        )
    return None
