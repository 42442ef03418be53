"""The exercises of *Talk to one agent as three people*."""

from __future__ import annotations

import json

import pandas as pd

from memkit.agent import Agent
from memkit.context import in_prompt
from memkit.explore.views import quoted
from memkit.lab.check import Check, compare
from memkit.store.db import Db


def check_second_session(db: Db, user_id: str, new_session: str, first_session: str) -> Check:
    """Exercise: something said in a new session reached the model in the first one."""
    new, first = quoted(new_session), quoted(first_session)
    runs = db.query(f"FROM agent_runs WHERE session_id = {new}", user_id=user_id)
    learned = db.query(f"FROM user_memories WHERE session_id = {new}", user_id=user_id)
    asked = db.query(
        f"SELECT request FROM model_calls WHERE why = 'reply' AND session_id = {first} "
        "ORDER BY call_id DESC LIMIT 1",
        user_id=user_id,
    )
    told = "\n".join(
        each.get("content") or ""
        for request in asked.request
        for each in json.loads(request)["messages"]
    )
    if learned.empty:
        problem = f"no row of user_memories came from {new_session}; say a fact there"
    elif not any(in_prompt(memory) in told for memory in learned.memory):
        problem = (
            f"the last request in {first_session} does not hold {learned.memory[0]!r}; "
            "ask something there, with the memories in the context"
        )
    else:
        problem = None
    return Check(not runs.empty, problem)


def check_newest(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: a frame with the newest memory of every user, in any order."""
    newest = "SELECT user_id, max_by(memory, memory_id) AS memory FROM user_memories GROUP BY ALL"
    if answer is None:
        return Check(False, None)
    return Check(True, compare(answer, db.query(newest)))


def check_nothing_learned(agent: Agent, user_id: str, session_id: str) -> Check:
    """Exercise: the last run in this session asked for no memories; now they are wanted again."""
    left = agent.db.query(
        f"""SELECT r.run_id, c.why, e.after
        FROM agent_runs r
        LEFT JOIN model_calls c ON c.run_id = r.run_id AND c.why = 'memory'
        LEFT JOIN memory_events e ON e.run_id = r.run_id
        WHERE r.run_id = (
            SELECT max(run_id) FROM agent_runs WHERE session_id = {quoted(session_id)}
        ) ORDER BY ALL""",
        user_id=user_id,
    )
    learned = left.dropna(subset=["why"]).to_dict("records")
    if learned:
        problem = f"this run asked for memories: {learned[0]}"
    elif not agent.update_memory_on_run:
        problem = "remembering is still off; switch it on again"
    else:
        problem = None
    return Check(not left.empty, problem)
