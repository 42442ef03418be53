"""The exercises whose answer is a frame."""

import pandas as pd
import sqlalchemy as sa

from memkit.lab.check import NotTried, compare, exercise
from memkit.lab.score import Score
from memkit.store.db import Db


@exercise
def check_newest(db: Db, answer: pd.DataFrame | None) -> None:
    """Exercise: a frame with the newest memory of every user, in any order."""
    newest = "SELECT user_id, max_by(memory, memory_id) AS memory FROM user_memories GROUP BY ALL"
    compare(answer, db.query(newest))


@exercise
def check_no_longer(db: Db, user_id: str, answer: pd.DataFrame | None) -> None:
    """Exercise: what was once known of one user, with the sentence that changed or deleted it."""
    before = """SELECT memory_id, before, input FROM memory_events
        WHERE status = 'applied' AND before IS NOT NULL"""
    compare(answer, db.query(before, user_id))


@exercise
def check_common_terms(db: Db, user_id: str, answer: pd.DataFrame | None) -> None:
    """Exercise: the terms that stand in several memories of one user, and in how many."""
    common = """SELECT term, count(*) AS memories FROM memory_terms
        GROUP BY term HAVING count(*) > 1"""
    compare(answer, db.query(common, user_id))


@exercise
def check_decided_again(db: Db, answer: pd.DataFrame | None) -> None:
    """Exercise: the users for whom a decision came too late, and how many calls that cost."""
    late = """SELECT user_id, count(*) AS calls FROM model_calls
        WHERE why = 'memory' AND error LIKE '%decided again%' GROUP BY ALL"""
    compare(answer, db.query(late))


@exercise
def check_worst(result: Score, answer: object) -> None:
    """Exercise: the user with the lowest recall, as a frame of one row."""
    compare(answer, result.users.nsmallest(1, "recall")[["user_id", "recall"]])


@exercise
def check_spread(url: str, answer: pd.DataFrame | None) -> None:
    """Exercise: how many users each part of a table has."""
    users = """SELECT tableoid::regclass::text AS part, count(DISTINCT user_id) AS users
        FROM user_memories GROUP BY part"""
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql("SELECT set_config('memkit.everybody', 'on', true)")
        compare(answer, pd.read_sql(users, connection))


@exercise
def check_canaries(db: Db, answer: pd.DataFrame | None, secrets: dict[str, str]) -> None:
    """Exercise: a leak matrix, with a column `requests_with_<secret>` for each user's secret."""
    if answer is None:
        raise NotTried
    calls = db.query("SELECT user_id, run_id, request::text AS request FROM model_calls")
    for word in secrets.values():
        found = calls.request.str.contains(word, case=False, regex=False)
        calls[f"requests_with_{word}"] = found.astype(int)
    wanted = calls.drop(columns=["run_id", "request"]).groupby("user_id").sum()
    for user_id, word in secrets.items():
        assert user_id in wanted.index, f"nobody called {user_id!r} has said anything yet"
        runs = calls.run_id[(calls.user_id == user_id) & (calls[f"requests_with_{word}"] > 0)]
        assert len(runs), f"{user_id!r} has not told the agent the secret {word!r}"
        how = f"say My password is {word}. and ask something later"
        assert runs.nunique() > 1, f"no later request of {user_id!r} holds {word!r}; {how}"
    compare(answer, wanted.reset_index())
