"""Which memories go into the context of a run, and why the others stay out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memkit.errors import InvalidInput
from memkit.records import JsonObject, Method, UserMemory, has_expired
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
    """The memories that a recall chose, and the reason for each one that was there.

    Attributes
    ----------
    used : list of UserMemory
        The memories that go into the prompt, in order of their `memory_id`.
    reasons : list of dict
        `{"used": bool, "why": str, "memory_ids": list of int}` for each reason; every memory of
        the user stands in one of them. Stored with the run in `agent_runs.recalled`.
    """

    used: list[UserMemory]
    reasons: list[JsonObject]


@dataclass(frozen=True)
class Recall:
    """How memories are chosen for a prompt.

    Parameters
    ----------
    method : str
        `all`, or a way to rank them: `last_n`, `first_n`, `keyword`, `semantic`, `hybrid` or
        `agentic`. See `memkit.retrieval.search`.
    limit : int, optional
        At most so many memories, at least 1; 5 if left out. `all` has no limit.
    tokens : int, optional
        A budget in tokens of the offline model, at least 0: a memory that no longer fits stays out.

    Raises
    ------
    InvalidInput
        For an unknown method, or for a limit or budget that is too low.

    Examples
    --------
    >>> Recall()  # every memory
    Recall(method='all', limit=None, tokens=None)
    >>> Recall("last_n", limit=5)  # the five that were changed last
    Recall(method='last_n', limit=5, tokens=None)
    >>> Recall("hybrid", limit=5, tokens=60)  # the five best matches, in at most 60 tokens
    Recall(method='hybrid', limit=5, tokens=60)
    """

    method: Method | Literal["all"] = "all"
    limit: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        if self.method != "all":
            check_method(self.method)
        elif self.limit is not None:
            raise InvalidInput("'all' takes no limit; write Recall('last_n', limit=...)")
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
        """Choose among one user's memories for a message.

        Parameters
        ----------
        memories : sequence of UserMemory
            All memories of one user.
        message : str
            What the memories have to match.
        model : OpenAIChat
            The model that `semantic`, `hybrid` and `agentic` ask.
        on_call : async function
            Awaited with every model call, for the caller to store.
        now : function
            The clock that dates these calls.

        Returns
        -------
        Recalled
            The chosen memories, and the reason for every memory.

        Raises
        ------
        ModelError
            If the model gives no usable answer.
        """
        memories, over = self._holding(memories, now)
        everything = self.method == "all"
        limit = self.limit or (max(1, len(memories)) if everything else 5)
        method = "last_n" if self.method == "all" else self.method
        found = await search(memories, message, limit, method, model, on_call, now=now)
        why = {f.memory.memory_id: "all memories" if everything else f.why for f in found}
        missed = [memory.memory_id for memory in memories if memory.memory_id not in why]
        reasons: dict[tuple[bool, str], list[int]] = {(False, "expired"): over} if over else {}
        kept = self._within_budget(found, reasons)
        for memory_id in (f.memory.memory_id for f in kept):
            reasons.setdefault((True, why[memory_id]), []).append(memory_id)
        if missed:
            reasons[False, f"not among the best {limit} by {self.method}"] = missed
        return Recalled(
            used=sorted((f.memory for f in kept), key=lambda memory: memory.memory_id),
            reasons=[
                {"used": used, "why": text, "memory_ids": sorted(memory_ids)}
                for (used, text), memory_ids in sorted(reasons.items(), reverse=True)
            ],
        )

    def _holding(
        self, memories: Sequence[UserMemory], now: Callable[[], datetime]
    ) -> tuple[Sequence[UserMemory], list[int]]:
        """The memories that have not expired, and the numbers of those that have."""
        if not any(memory.expires_at for memory in memories):
            return memories, []
        time = now()
        holding = [memory for memory in memories if not has_expired(memory, time)]
        return holding, [m.memory_id for m in memories if has_expired(m, time)]

    def _within_budget(
        self, found: Sequence[Found], reasons: dict[tuple[bool, str], list[int]]
    ) -> Sequence[Found]:
        if self.tokens is None:
            return found
        kept, left_out = within_budget(found, self.tokens)
        for dropped in left_out:
            memory_id = dropped.found.memory.memory_id
            reasons.setdefault((False, dropped.reason), []).append(memory_id)
        return kept
