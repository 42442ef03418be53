"""The exercises of *Decide how long a memory lasts*."""

from __future__ import annotations

from datetime import datetime, timedelta

from memkit.lab.check import Check
from memkit.store.db import Db


def check_lasts_until(db: Db, user_id: str, word: str, end: datetime) -> Check:
    """Exercise: a memory that holds `word` is known up to a moment, and not from then on."""
    user = db.for_user(user_id)

    def knows(time: datetime) -> bool:
        with db.at(time):
            return any(word in memory.memory for memory in user.memories())

    if not any(word in memory.memory for memory in user.memories(expired=True)):
        others = set(db.users()) - {user_id}
        has = [o for o in sorted(others) if word in str(db.for_user(o).memories(expired=True))]
        problem = f"{has[0]!r} has this memory, but {user_id!r} should" if has else None
        return Check(bool(has), problem)
    if not knows(end - timedelta(seconds=1)):
        return Check(True, f"it is over before {end:%Y-%m-%d %H:%M}")
    return Check(True, f"at {end:%Y-%m-%d %H:%M} it is still known" if knows(end) else None)


def check_erased(db: Db, user_id: str, word: str, kept: str) -> Check:
    """Exercise: nothing of `word` is left of a user, and a memory that holds `kept` still is."""
    user = db.for_user(user_id)
    exported = user.export()
    memories = [memory.memory for memory in user.memories()]
    said = any(word in row["content"] for row in exported["messages"])
    if any(word in memory for memory in memories):
        problem = None if said else f"the sentence is gone, but a memory still holds {word!r}"
        return Check(not said, problem)
    left = {name: sum(word in str(row) for row in rows) for name, rows in exported.items()}
    left = {name: count for name, count in left.items() if count}
    if left:
        return Check(True, f"these rows still hold {word!r}: {left}")
    if not any(kept in memory for memory in memories):
        return Check(True, f"{kept!r} should still be known")
    return Check(True, None)
