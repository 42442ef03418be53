"""The exercises whose answer is a frame."""

from __future__ import annotations

import pandas as pd

from memkit.lab.check import Check, compare
from memkit.store.db import Db


def check_newest(db: Db, answer: pd.DataFrame | None) -> Check:
    """Exercise: a frame with the newest memory of every user, in any order."""
    newest = "SELECT user_id, max_by(memory, memory_id) AS memory FROM user_memories GROUP BY ALL"
    return _check(db, newest, None, answer)


def check_no_longer(db: Db, user_id: str, answer: pd.DataFrame | None) -> Check:
    """Exercise: what was once known of one user, with the sentence that changed or deleted it."""
    before = (
        "SELECT memory_id, before, input FROM memory_events "
        "WHERE status = 'applied' AND before IS NOT NULL"
    )
    return _check(db, before, user_id, answer)


def check_common_terms(db: Db, user_id: str, answer: pd.DataFrame | None) -> Check:
    """Exercise: the terms that stand in several memories of one user, and in how many."""
    common = (
        "SELECT term, count(*) AS memories FROM memory_terms "
        "WHERE term <> '*' GROUP BY term HAVING count(*) > 1"
    )
    return _check(db, common, user_id, answer)


def _check(db: Db, wanted: str, user_id: str | None, answer: pd.DataFrame | None) -> Check:
    """Whether the answer is the frame that a query gives; None was not tried yet."""
    if answer is None:
        return Check(False, None)
    return Check(True, compare(answer, db.query(wanted, user_id)))
