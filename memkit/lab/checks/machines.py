"""The exercises of *Go past one machine*."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from memkit.lab.check import Check, compare
from memkit.store.db import Db


def check_programs(db: Db, user_id: str, sessions: int, memories: int) -> Check:
    """Exercise: several programs have told the agent something about one user at once."""
    user = db.for_user(user_id)
    used = {session.session_id for session in user.sessions()}
    known = user.memories()
    if by_hand := [memory.memory for memory in known if memory.run_id is None]:
        problem = f"{by_hand[0]!r} was added by hand; let a program say it"
    elif len(used) != sessions:
        problem = f"{user_id!r} has {len(used)} sessions; it should be {sessions}, one a program"
    elif len(known) != memories:
        problem = (
            f"{len(known)} memories are stored instead of {memories}; wait for both programs, "
            "and let them say different things"
        )
    else:
        problem = None
    return Check(bool(used or known), problem)


def check_spread(url: str, answer: pd.DataFrame | None) -> Check:
    """Exercise: how many users each part of a table has."""
    if answer is None:
        return Check(False, None)
    with sa.create_engine(url).begin() as connection:
        connection.exec_driver_sql("SELECT set_config('memkit.everybody', 'on', true)")
        wanted = pd.read_sql(
            "SELECT tableoid::regclass::text AS part, count(DISTINCT user_id) AS users "
            "FROM user_memories GROUP BY part",
            connection,
        )
    return Check(True, compare(answer, wanted))
