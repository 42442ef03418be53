"""The classroom: conversations from `data/`, throw-away stores, side-by-side requests, checks."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from memkit.agent import Agent, RunResult
from memkit.db import Clock, Db, SqliteDb
from memkit.errors import InvalidInput
from memkit.records import JsonObject

PACKAGE = Path(__file__).parent


class Said(NamedTuple):
    """One turn of a conversation: who says what in which session."""

    user_id: str
    session_id: str
    message: str


def conversation(name: str = "three_users") -> list[Said]:
    """A conversation from the folder `data`, in the order in which it is said."""
    folders = [PACKAGE / "data", PACKAGE.parent / "data"]  # in an installed package, in a checkout
    known = {path.stem: path for each in folders for path in each.glob("*.jsonl")}
    if name not in known:
        raise InvalidInput(f"there is no conversation {name!r}; there are: {', '.join(known)}")
    return [Said(**json.loads(line)) for line in known[name].read_text("utf-8").splitlines()]


async def play(agent: Agent, turns: Iterable[Said], at_once: bool = False) -> list[RunResult]:
    """Say the turns to an agent: one after the other, or all users at once, each in their order."""
    if not at_once:
        return [await agent.arun(m, user_id=u, session_id=s) for u, s, m in turns]
    of_user: dict[str, list[Said]] = {}
    for turn in turns:
        of_user.setdefault(turn.user_id, []).append(turn)
    everybody = await asyncio.gather(*(play(agent, said) for said in of_user.values()))
    return [run for runs in everybody for run in runs]


def temporary_store(clock: Clock | None = None) -> SqliteDb:
    """A new store in a folder of its own, so that no two lessons share one.

    Its clock starts at nine on the first day of term and goes on by a second with every look, so
    that a lesson shows the same times whenever it is run; `clock` sets another.
    """
    folder = Path(tempfile.mkdtemp(prefix="memkit_"))
    return SqliteDb(folder / "memkit.db", clock or pinned_clock())


def pinned_clock(start: datetime = datetime(2026, 9, 1, 9, tzinfo=UTC)) -> Clock:
    """A clock that shows `start` first and a second more with every look."""
    seconds = count()
    return lambda: start + timedelta(seconds=next(seconds))


class SideBySide:
    """Two requests next to each other, exactly as they were sent."""

    def __init__(self, **requests: Sequence[JsonObject]) -> None:
        """Each argument is a title (underscores become spaces) and the messages of a request."""
        self._requests = {
            title.replace("_", " "): json.dumps(messages, indent=2, ensure_ascii=False)
            for title, messages in requests.items()
        }

    def __repr__(self) -> str:
        return "\n\n".join(f"{title}\n{shown}" for title, shown in self._requests.items())

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(title)}</th>" for title in self._requests)
        style = f"width: {100 // len(self._requests)}%; text-align: left; vertical-align: top"
        cells = "".join(
            f'<td style="{style}"><pre style="white-space: pre-wrap">{escape(shown)}</pre></td>'
            for shown in self._requests.values()
        )
        return f'<table style="width: 100%"><tr>{head}</tr><tr>{cells}</tr></table>'


def timeline(db: Db) -> pd.DataFrame:
    """Who waited for whom: the runs of a store in waves, a row each.

    A run is in wave 1 if no other run was over when it began, and otherwise one wave after the
    latest of those that were over. Runs in the same wave were under way together.
    """
    runs = db.query(
        "SELECT user_id, run_id, content AS said, r.created_at, finished_at FROM agent_runs r "
        "JOIN messages USING (user_id, run_id) WHERE role = 'user' ORDER BY r.created_at"
    )
    waves: list[int] = []
    for began in runs.created_at:
        over = runs.finished_at[: len(waves)] < began
        waves.append(1 + max((w for w, done in zip(waves, over, strict=True) if done), default=0))
    bars = ["·" * (wave - 1) + "█" + "·" * (max(waves) - wave) for wave in waves]
    shown = runs.assign(wave=waves, bar=bars)[["user_id", "said", "wave", "bar"]]
    return shown.sort_values(["user_id", "wave"], ignore_index=True)


class Check:
    """The answer to an exercise: `not tried yet`, `not yet: ...` with the reason, or `passed`."""

    def __init__(self, tried: bool, problem: str | None) -> None:
        """`problem` is what is still wrong, if anything is."""
        self._answer = f"not yet: {problem}" if problem else "passed"
        if not tried:
            self._answer = "not tried yet"

    def __repr__(self) -> str:
        return self._answer


def check_second_session(db: Db, user_id: str, new_session: str, first_session: str) -> Check:
    """Exercise: something said in a new session reached the model in the first one."""
    learned = db.query(
        f"SELECT memory FROM user_memories WHERE session_id = '{new_session}'", user_id=user_id
    )
    asked = db.query(
        "SELECT request FROM model_calls WHERE why = 'reply' "
        f"AND session_id = '{first_session}' ORDER BY call_id DESC LIMIT 1",
        user_id=user_id,
    )
    runs = db.query(f"FROM agent_runs WHERE session_id = '{new_session}'", user_id=user_id)
    if learned.empty:
        problem = f"no row of user_memories came from {new_session}; say a fact there"
    elif not any(memory in asked.request[0] for memory in learned.memory):
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
    return Check(True, _difference(answer, db.query(newest)))


def _difference(answer: pd.DataFrame, wanted: pd.DataFrame) -> str | None:
    """The first thing that tells two frames apart, whatever the order of their rows."""
    if list(answer.columns) != list(wanted.columns):
        return f"the columns are {list(answer.columns)}, not {list(wanted.columns)}"
    given, right = (set(each.itertuples(index=False, name=None)) for each in (answer, wanted))
    for row in sorted(right - given):
        return f"this row is missing: {row}"
    for row in sorted(given - right):
        return f"this row should not be there: {row}"
    return None


def check_nothing_learned(db: Db, user_id: str, session_id: str) -> Check:
    """Exercise: a run in this session left no memory call and no memory event."""
    left = db.query(
        f"""SELECT r.run_id, c.why, e.after
        FROM agent_runs r
        LEFT JOIN model_calls c ON c.run_id = r.run_id AND c.why = 'memory'
        LEFT JOIN memory_events e ON e.run_id = r.run_id
        WHERE r.session_id = '{session_id}' ORDER BY ALL""",
        user_id=user_id,
    )
    learned = left.dropna(subset=["why"]).to_dict("records")
    return Check(not left.empty, f"this run asked for memories: {learned[0]}" if learned else None)


def check_canaries(db: Db, answer: pd.DataFrame | None, secrets: dict[str, str]) -> Check:
    """Exercise: a leak matrix, with a column `requests_with_<secret>` for each user's secret."""
    if answer is None:
        return Check(False, None)
    counts = ", ".join(
        f"count(*) FILTER (request::text ILIKE '%{word}%') AS requests_with_{word}"
        for word in secrets.values()
    )
    wanted = db.query(f"SELECT user_id, {counts} FROM model_calls GROUP BY ALL")
    if missing := set(secrets) - set(wanted.user_id):
        return Check(True, f"nobody called {missing.pop()!r} has said anything yet")
    for user_id, word in secrets.items():
        if not wanted.set_index("user_id").loc[user_id, f"requests_with_{word}"]:
            return Check(True, f"{user_id!r} has not told the agent the secret word {word!r}")
    return Check(True, _difference(answer, wanted))


def check_repaired_store(store: Callable[[str], Any] | None) -> Check:
    """Exercise: a class whose objects belong to one user each and reach nobody else's rows."""
    if store is None:
        return Check(False, None)
    ana, bo = store("ana"), store("bo")
    ana.add("Ana's PIN is 4711.")
    bo.add("Bo likes tea.")
    for number in range(5):
        with suppress(Exception):
            bo.update(number, "changed by Bo")
    for words in ("PIN", ""):
        if any("PIN" in found for found in bo.search(words)):
            return Check(True, f"bo.search({words!r}) gives {bo.search(words)}")
    if ana.search("") != ["Ana's PIN is 4711."]:
        return Check(True, f"after bo.update(...) with every number, Ana has {ana.search('')}")
    if store("bo").search("") != bo.search("") or not bo.search("changed"):
        return Check(True, f"Bo's own memories should be changed, but are {bo.search('')}")
    return Check(True, None)


async def check_remember_safely(
    remember: Callable[[str, str], Awaitable[None]] | None, document: dict[str, list[str]]
) -> Check:
    """Exercise: three writers at once on one document, and nothing is lost."""
    if remember is None:
        return Check(False, None)
    document["ana"] = []
    await asyncio.gather(*(remember("window", f"memory {number}") for number in range(3)))
    kept = sorted(document["ana"])
    lost = {f"memory {number}" for number in range(3)} - set(kept)
    return Check(True, f"{sorted(lost)} got lost; kept: {kept}" if lost else None)


def check_decided_again(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: the users for whom a decision came too late, and how many calls that cost."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT user_id, count(*) AS calls FROM model_calls "
        "WHERE why = 'memory' AND error LIKE '%decided again%' GROUP BY ALL"
    )
    return Check(True, _difference(answer, wanted))


def check_undone(db: Db, user_id: str, word: str) -> Check:
    """Exercise: something was learned about a user and taken back, and the history tells both."""
    history = db.query(
        f"SELECT event_id, after, refers_to FROM memory_events WHERE after ILIKE '%{word}%' "
        "AND status = 'applied'",
        user_id=user_id,
    )
    known = db.query(f"FROM user_memories WHERE memory ILIKE '%{word}%'", user_id=user_id)
    left = known.to_dict("records")
    return Check(not history.empty, f"this memory is still there: {left[0]}" if left else None)


def check_forgotten(db: Db, user_id: str, receipt: dict[str, int] | None) -> Check:
    """Exercise: a user who has said something was erased from every table."""
    left = {name: len(rows) for name, rows in db.for_user(user_id).export().items() if rows}
    if left:
        return Check(True, f"there are still rows of {user_id!r}: {left}")
    if receipt is not None and not receipt["messages"]:
        return Check(True, f"{user_id!r} had said nothing: {receipt}")
    return Check(receipt is not None, None)
