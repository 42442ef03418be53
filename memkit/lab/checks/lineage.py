"""The exercises of *Follow a memory back to its sentence, and take it back*."""

from __future__ import annotations

from collections.abc import Sequence

from memkit.explore.views import quoted
from memkit.lab.check import Check
from memkit.records import JsonObject
from memkit.store.db import Db


def check_undone(db: Db, user_id: str, word: str, before: str) -> Check:
    """Exercise: what was learned was undone, so that `before` is known again instead of `word`."""

    def holds(text: str | None, word: str = word) -> bool:
        return word.lower() in (text or "").lower()

    user = db.for_user(user_id)
    events = user.history()
    wanted = [event.status for event in events if holds(event.after)]
    if "applied" not in wanted:
        problem = _not_learned(db, user_id, word, wanted)
        return Check(problem is not None, problem)
    changes = [event for event in events if event.status == "applied"]
    taken_back = [e for e in changes if holds(e.before) and not holds(e.after)]
    known = user.memories()
    left = [{"memory_id": m.memory_id, "memory": m.memory} for m in known if holds(m.memory)]
    if left:
        problem = f"this memory is still there: {left[0]}"
    elif not any(holds(memory.memory, before) for memory in known):
        problem = f"{before!r} is not known any more; undo brings it back"
    elif taken_back and taken_back[-1].refers_to is not None:
        problem = None
    elif taken_back and taken_back[-1].input:
        problem = (
            f"{taken_back[-1].input!r} changed {word!r}, which is one more move and takes nothing "
            "back; say it again and undo that"
        )
    else:
        problem = f"{word!r} was changed by hand; say it again and undo that"
    return Check(True, problem)


def _not_learned(db: Db, user_id: str, word: str, wanted: Sequence[str]) -> str | None:
    """Why a user has no memory that holds `word`, if anybody has said it at all.

    `wanted` is what became of the changes that would have made one.
    """
    if wanted:
        return f"the move was never made, only {wanted[-1]}; undo takes back what was made"
    said = db.query(
        f"""SELECT user_id, content FROM messages
        WHERE role = 'user' AND content ILIKE {quoted(f"%{word}%")} ORDER BY created_at"""
    )
    for content in said.content[said.user_id == user_id][-1:]:
        return f"nothing was learned from {content!r}; say it with I, to an agent that remembers"
    for other, content in said[-1:].itertuples(index=False):
        return f"{other!r} said {content!r}, but {user_id!r} has to"
    return None


def check_forgotten(
    db: Db,
    user_id: str,
    exported: dict[str, list[JsonObject]] | None,
    receipt: dict[str, int] | None,
) -> Check:
    """Exercise: a user who has said something was exported, and then erased from every table."""
    left = {name: len(rows) for name, rows in db.for_user(user_id).export().items() if rows}
    if left:
        return Check(True, f"there are still rows of {user_id!r}: {left}")
    if exported is None and receipt is None:
        return Check(False, None)
    for other in db.users():
        if db.for_user(other).export() == exported:
            return Check(True, f"this is the export of {other!r}, who is not {user_id!r}")
    return Check(True, _wrong_with(exported, receipt))


def _wrong_with(exported: object, receipt: object) -> str | None:
    """Why a receipt does not show that what was exported was forgotten."""
    if not (isinstance(exported, dict) and isinstance(exported.get("messages"), list)):
        return (
            f"this is {type(exported).__name__}, not an export; "
            "keep what export() gives before she is forgotten"
        )
    if not exported["messages"]:
        return (
            "in the export she has said nothing; "
            "let her say something, export it, and then forget her"
        )
    if not exported["memory_events"]:
        return "nothing was remembered of what she said; she should say something about herself"
    if not (isinstance(receipt, dict) and isinstance(receipt.get("messages"), int)):
        return f"this is {type(receipt).__name__}, not a receipt; keep what forget() gives"
    for name, rows in exported.items():
        if receipt.get(name, 0) != len(rows):
            return (
                f"this receipt counts {receipt.get(name, 0)} {name}, and her export {len(rows)}; "
                "export what there is of her and forget her right after"
            )
    return None
