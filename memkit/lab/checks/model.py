"""The exercises of *Bring your own model*."""

from __future__ import annotations

from typing import Any

from memkit.explore.views import quoted
from memkit.lab.check import Check
from memkit.models.openai import OpenAIChat
from memkit.store.db import Db

ADDRESS = "http://localhost:11434/v1"


def check_switch(model: OpenAIChat | None) -> Check:
    """Exercise: a model behind Ollama's address, with two settings for every request."""
    if model is None:
        return Check(False, None)
    if type(model) is not OpenAIChat:
        return Check(True, f"this is {type(model).__name__}, not an OpenAIChat(...)")
    if model.base_url != ADDRESS:
        return Check(True, f"requests would go to {model.base_url}, not to {ADDRESS}")
    params = model.request_params
    for name, wanted in {"temperature": 0, "max_tokens": 300}.items():
        if name not in params:
            return Check(True, f"request_params has no {name!r}")
        if params[name] != wanted:
            return Check(True, f"{name} is {params[name]!r}, not {wanted}")
    return Check(True, None)


def check_own_tool(db: Db, name: str, *user_ids: str) -> Check:
    """Exercise: the tool was used for each of the users, and gave each their own oldest memory."""
    uses = db.query(f"FROM tool_calls WHERE name = {quoted(name)} ORDER BY started_at")
    problems = [_wrong_with(db, uses[uses.user_id == user_id], user_id) for user_id in user_ids]
    return Check(len(uses) > 0, next(filter(None, problems), None))


def _wrong_with(db: Db, uses: Any, user_id: str) -> str | None:
    """Why the last use of the tool was not right for a user."""
    if uses.empty:
        return f"the tool was not used for {user_id!r}; let {user_id!r} ask for it, too"
    last = uses.iloc[-1]
    if isinstance(last.error, str):  # a frame has NaN for none
        return f"for {user_id!r} the tool did not work: {last.error}"
    known = {memory.memory: memory.memory_id for memory in db.for_user(user_id).memories()}
    if last.result in known:
        oldest = min(known.values())
        number = known[last.result]
        return None if number == oldest else f"memory {number} of {user_id!r} is not the oldest"
    return f"{last.result!r} is no memory of {user_id!r}"
