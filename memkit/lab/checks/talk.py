"""The exercises of *Talk to one agent as three people*."""

from __future__ import annotations

import json

from memkit.agent import Agent
from memkit.context import in_prompt
from memkit.explore import views
from memkit.explore.conversations import conversation
from memkit.explore.views import quoted
from memkit.lab.check import Check
from memkit.offline.changes import decide
from memkit.store.db import Db

SAID_IN_THE_LESSON = {turn.message for turn in conversation("three_users")}


def check_second_session(db: Db, user_id: str, new_session: str, first_session: str) -> Check:
    """Exercise: something said in a new session reached the model in the first one."""
    new, first = quoted(new_session), quoted(first_session)
    runs = db.query(views.RUNS, user_id=user_id)
    elsewhere = runs[~runs.message.isin(SAID_IN_THE_LESSON) & (runs.session_id != new_session)]
    learned = db.query(f"FROM user_memories WHERE session_id = {new}", user_id=user_id)
    asked = db.query(
        f"SELECT request FROM model_calls WHERE why = 'reply' AND session_id = {first} "
        "ORDER BY call_id DESC LIMIT 1",
        user_id=user_id,
    )
    sent = "\n".join(
        message.get("content") or ""
        for request in asked.request
        for message in json.loads(request)["messages"]
    )
    if (runs.session_id == new_session).any():
        tried = True
        if learned.empty:
            problem = f"no row of user_memories came from {new_session}; say a fact there"
        elif not any(in_prompt(memory) in sent for memory in learned.memory):
            problem = (
                f"the last request in {first_session} does not contain {learned.memory[0]!r}; "
                "ask something there, with the memories in the context"
            )
        else:
            problem = None
    elif tried := not elsewhere.empty:
        session, message = elsewhere[["session_id", "message"]].iloc[-1]
        problem = f"{message!r} was said in {session}; say it in {new_session}"
    else:
        problem = None
    return Check(tried, problem)


def check_nothing_learned(agent: Agent, user_id: str, session_id: str) -> Check:
    """Exercise: the last run in this session asked for no memories; now they are wanted again."""
    left = agent.db.query(
        f"""SELECT r.run_id, m.content AS message, c.why, e.after
        FROM agent_runs r
        JOIN messages m ON m.run_id = r.run_id AND m.role = 'user'
        LEFT JOIN model_calls c ON c.run_id = r.run_id AND c.why = 'memory'
        LEFT JOIN memory_events e ON e.run_id = r.run_id
        WHERE r.run_id = (
            SELECT max(run_id) FROM agent_runs WHERE session_id = {quoted(session_id)}
        ) ORDER BY ALL""",
        user_id=user_id,
    )
    learned = left.dropna(subset=["why"]).to_dict("records")
    if learned:
        said, memory = learned[0]["message"], learned[0]["after"]
        found = (
            f"remembered {memory!r} from" if isinstance(memory, str) else "looked for memories in"
        )
        problem = f"the agent {found} {said!r}; switch remembering off before it is said"
    elif not agent.update_memory_on_run:
        problem = "remembering is still off; switch it on again"
    elif not left.empty and not decide(left.message[0], {}):
        problem = (
            f"{left.message[0]!r} says nothing that the agent would have remembered; "
            "say something like 'I am afraid of spiders.'"
        )
    else:
        problem = None
    return Check(not left.empty, problem)
