"""The exercises of *Bring your own conversation*."""

from __future__ import annotations

from collections.abc import Sequence

from memkit.explore.conversations import Said
from memkit.lab.check import Check, compare
from memkit.lab.score import Score
from memkit.store.db import Db


def check_own_conversation(db: Db, turns: Sequence[Said] | None) -> Check:
    """Exercise: three turns or more of two people were loaded and played, and taught something."""
    if turns is None:
        return Check(False, None)
    if not isinstance(turns, list) or not all(isinstance(turn, Said) for turn in turns):
        return Check(True, f"this is {type(turns).__name__}; keep what lab.conversation(...) gives")
    people = {turn.user_id for turn in turns}
    if len(turns) < 3 or len(people) < 2:
        return Check(True, f"the file has {len(turns)} turns of {sorted(people)}")
    for turn in turns:
        said = [m.content for m in db.for_user(turn.user_id).messages(turn.session_id)]
        if turn.message not in said:
            return Check(True, f"{turn.message!r} was never played; see lab.play(agent, mine)")
    learned = [m for user_id in people for m in db.for_user(user_id).memories()]
    messages = {turn.message for turn in turns}
    if not any(memory.input in messages for memory in learned):
        return Check(True, "nothing was learned from it; say I like ... or I live in ...")
    return Check(True, None)


def check_worst(result: Score, answer: object) -> Check:
    """Exercise: the user with the lowest recall, as a frame of one row."""
    wanted = result.users.nsmallest(1, "recall")[["user_id", "recall"]]
    return Check(answer is not None, compare(answer, wanted))
