"""The exercises whose answer is a frame."""

from __future__ import annotations

import pandas as pd

from memkit.lab.check import Check, compare
from memkit.store.db import Db


def check_newest(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: a frame with the newest memory of every user, in any order."""
    newest = "SELECT user_id, max_by(memory, memory_id) AS memory FROM user_memories GROUP BY ALL"
    if answer is None:
        return Check(False, None)
    return Check(True, compare(answer, db.query(newest)))


def check_no_longer(db: Db, user_id: str, answer: pd.DataFrame | None) -> Check:
    """Exercise: what was once known of one user, with the sentence that changed or deleted it."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT memory_id, before, input FROM memory_events "
        "WHERE status = 'applied' AND before IS NOT NULL",
        user_id=user_id,
    )
    return Check(True, compare(answer, wanted))


def check_common_terms(db: Db, user_id: str, answer: pd.DataFrame | None) -> Check:
    """Exercise: the terms that stand in several memories of one user, and in how many."""
    if answer is None:
        return Check(False, None)
    wanted = db.query(
        "SELECT term, count(*) AS memories FROM memory_terms "
        "WHERE term <> '*' GROUP BY term HAVING count(*) > 1",
        user_id=user_id,
    )
    return Check(True, compare(answer, wanted))
