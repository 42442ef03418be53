"""The exercises of *Watch how a memory is made*."""

from __future__ import annotations

from memkit.agent import Agent
from memkit.lab.check import Check
from memkit.lab.scenarios import temporary_store
from memkit.memory import MemoryManager
from memkit.store.db import Db

FOOD = {"I like figs and tea.": "figs", "I'm allergic to peanuts.": "peanuts"}
OTHER = {"My name is Ines.": "Ines", "I live in Bonn.": "Bonn", "I like chess.": "chess"}


async def check_kitchen(manager: MemoryManager | None) -> Check:
    """Exercise: a manager that remembers food and nothing else; tried on a user of its own."""
    if manager is None:
        return Check(False, None)
    if not isinstance(manager, MemoryManager):
        return Check(True, f"this is {type(manager).__name__}, not a MemoryManager(...)")
    with temporary_store() as db:
        agent = Agent(db=db, update_memory_on_run=True, memory_manager=manager)
        for sentence in [*FOOD, *OTHER]:
            await agent.arun(sentence, user_id="ines", session_id="check")
        learned = [memory.memory for memory in db.for_user("ines").memories()]
    for sentence, word in FOOD.items():
        if not any(word in memory for memory in learned):
            return Check(True, f"nothing was remembered of {sentence!r}")
    for word in OTHER.values():
        for memory in learned:
            if word in memory:
                return Check(True, f"this was remembered: {memory!r}")
    return Check(True, None)


def check_reviewed(db: Db, user_id: str, approved: str, refused: str) -> Check:
    """Exercise: of two proposals the one that holds `approved` was approved, the other refused."""
    events = db.for_user(user_id).history()
    for word, wanted in ((approved, "approved"), (refused, "refused")):
        found = [event.status for event in events if word in (event.after or "")]
        if not found:
            problem = f"nothing was proposed about {word!r}; say the sentence to the careful agent"
            return Check(any(approved in (event.after or "") for event in events), problem)
        if wanted not in found:
            how = "was stored without a proposal" if found == ["applied"] else f"is {found[0]}"
            return Check(True, f"{word!r} {how}; it should be {wanted}")
    return Check(True, None)
