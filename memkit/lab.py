"""The classroom: conversations from `data/`, throw-away stores, side-by-side requests, checks."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from memkit.agent import Agent, RunResult
from memkit.db import Clock, Db, SqliteDb
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
    [path, *_] = [file for each in folders if (file := each / f"{name}.jsonl").exists()]
    return [Said(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


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
        cells = "".join(f"<td>{_preformatted(shown)}</td>" for shown in self._requests.values())
        return f"<table><tr>{head}</tr><tr>{cells}</tr></table>"


def _preformatted(text: str) -> str:
    style = "text-align: left; vertical-align: top; white-space: pre-wrap"
    return f'<pre style="{style}">{escape(text)}</pre>'


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
    bars = ["·" * (wave - 1) + "█" for wave in waves]
    shown = runs.assign(wave=waves, bar=bars)[["user_id", "said", "wave", "bar"]]
    return shown.sort_values(["user_id", "wave"], ignore_index=True)


class Check:
    """The answer to an exercise: `not tried yet`, `not yet: ...` with the reason, or `passed`."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def __repr__(self) -> str:
        return self._answer


def check(tried: bool, problem: Callable[[], object]) -> Check:
    """What to tell about an exercise: `problem()` gives what is still wrong, or nothing."""
    if not tried:
        return Check("not tried yet")
    found = problem()
    return Check(f"not yet: {found}") if found else Check("passed")
