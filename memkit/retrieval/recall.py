"""Which memories go into the context of a run, and why the others stay out.

Recall()                               all of them
Recall("last_n", limit=5)              the five that changed last
Recall("hybrid", limit=5, tokens=60)   the five that match the message best, in 60 tokens at most
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from memkit.errors import InvalidInput
from memkit.records import JsonObject, UserMemory
from memkit.retrieval.search import (
    Found,
    OnCall,
    SearchModel,
    check_method,
    search,
    within_budget,
)
from memkit.validation import check_at_least


@dataclass(frozen=True)
class Recalled:
    """What a recall has chosen: `used` goes into the prompt, the rest does not.

    `reasons` says of every memory why: a list of `{"used", "why", "memory_ids"}`, stored with the
    run in `agent_runs.recalled`.
    """

    used: list[UserMemory]
    reasons: list[JsonObject]


@dataclass(frozen=True)
class Recall:
    """How memories are chosen: `all`, or the best `limit` by a method of `memkit.retrieval.search`.

    `tokens` is a budget: what does not fit into it stays out. Without a `limit`, five are searched
    for.
    """

    method: str = "all"
    limit: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        if self.method != "all":
            check_method(self.method)
        elif self.limit is not None:
            raise InvalidInput("all memories have no limit; use Recall('last_n', limit=...)")
        if self.limit is not None:
            check_at_least("limit", self.limit, 1)
        if self.tokens is not None:
            check_at_least("tokens", self.tokens, 0)

    async def choose(
        self,
        memories: Sequence[UserMemory],
        message: str,
        model: SearchModel,
        on_call: OnCall,
        now: Callable[[], datetime],
    ) -> Recalled:
        """Choose among one user's memories for a message; raises what `search` raises."""
        everything = self.method == "all"
        limit = self.limit or (max(1, len(memories)) if everything else 5)
        method = "last_n" if everything else self.method
        found = await search(memories, message, limit, method, model, on_call, now=now)
        why = {each.memory.memory_id: "all memories" if everything else each.why for each in found}
        missed = [each for each in memories if each.memory_id not in why]
        reasons: dict[tuple[bool, str], list[int]] = {}
        kept = self._within_budget(found, reasons)
        for each in kept:
            number = each.memory.memory_id
            reasons.setdefault((True, why[number]), []).append(number)
        if missed:
            rule = f"not among the best {limit} by {self.method}"
            reasons[False, rule] = [each.memory_id for each in missed]
        return Recalled(
            used=sorted((each.memory for each in kept), key=lambda memory: memory.memory_id),
            reasons=[
                {"used": used, "why": text, "memory_ids": sorted(numbers)}
                for (used, text), numbers in sorted(reasons.items(), reverse=True)
            ],
        )

    def _within_budget(
        self, found: Sequence[Found], reasons: dict[tuple[bool, str], list[int]]
    ) -> Sequence[Found]:
        if self.tokens is None:
            return found
        kept, left_out = within_budget(found, self.tokens)
        for each in left_out:
            reasons.setdefault((False, each.reason), []).append(each.found.memory.memory_id)
        return kept
