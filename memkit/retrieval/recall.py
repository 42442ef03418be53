"""Which memories go into the context of a run, and why the others stay out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Literal

from memkit.errors import InvalidInput
from memkit.models.openai import OpenAIChat
from memkit.records import JsonObject, Method, UserMemory
from memkit.retrieval.meaning import OnCall
from memkit.retrieval.search import check_method, search, within_budget
from memkit.store.index import ALL
from memkit.store.runs import RunLog
from memkit.validation import check_at_least, check_count, check_time, check_topics, optional


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
    topics : list of str, optional
        Only memories that have one of these topics, in capital or small letters.
    since : datetime, optional
        Only memories that were added or changed from then on; with a zone.

    Raises
    ------
    InvalidInput
        For an unknown method, a limit or budget that is too low, or topics or a time that are none.

    Examples
    --------
    >>> Recall()  # every memory
    Recall(method='all', limit=None, tokens=None, topics=None, since=None)
    >>> Recall("last_n", limit=5)  # the five that were changed last
    Recall(method='last_n', limit=5, tokens=None, topics=None, since=None)
    >>> Recall("hybrid", limit=5, tokens=60)  # the five best matches, in at most 60 tokens
    Recall(method='hybrid', limit=5, tokens=60, topics=None, since=None)
    """

    method: Method | Literal["all"] = "all"
    limit: int | None = None
    tokens: int | None = None
    topics: Sequence[str] | None = None
    since: datetime | None = None

    def __post_init__(self) -> None:
        if self.method != "all":
            check_method("method", self.method)
        elif self.limit is not None:
            raise InvalidInput("'all' takes no limit; write Recall('last_n', limit=...)")
        optional(check_count)("limit", self.limit)
        optional(check_time)("since", self.since)
        if self.tokens is not None:
            check_at_least("tokens", self.tokens, 0)
        if self.topics is not None and not check_topics(self.topics):
            raise InvalidInput("topics is empty; leave it out for memories of every topic")

    async def choose(
        self, runs: RunLog, message: str, model: OpenAIChat, on_call: OnCall
    ) -> tuple[list[UserMemory], list[JsonObject]]:
        """Choose among one user's memories for a message.

        Parameters
        ----------
        runs : RunLog
            Where the user's memories are read.
        message : str
            What the memories have to match.
        model : OpenAIChat
            The model that `semantic`, `hybrid` and `agentic` ask.
        on_call : async function
            Awaited with every model call, for the caller to store.

        Returns
        -------
        used : list of UserMemory
            The chosen memories, in order of their `memory_id`.
        reasons : list of dict
            `{"used": bool, "why": str, "memory_ids": list of int, "count": int}` for each reason.
            `memory_ids` is empty for the memories that were not even found; `count` says how many
            there are. Stored with the run in `agent_runs.recalled`.

        Raises
        ------
        ModelError
            If the model gives no usable answer.
        """
        limit = self.limit or (ALL if self.method == "all" else 5)
        method = "last_n" if self.method == "all" else self.method
        wanted = self.topics, self.since
        scope, found = await search(runs, message, limit, method, model, on_call, *wanted)
        kept, dropped = within_budget(found, self.tokens)
        reasons: dict[str, list[int]] = {}
        for match in kept:
            why = "all memories" if self.method == "all" else match.why
            reasons.setdefault(why, []).append(match.memory.memory_id)
        used = sorted((match.memory for match in kept), key=attrgetter("memory_id"))
        why_in = [_reason(True, why, reasons[why]) for why in sorted(reasons, reverse=True)]
        expired = [_reason(False, "expired", scope.expired)] if scope.expired else []
        over = [match.memory.memory_id for match in dropped]
        why_out = self._left_out(over, scope.total - len(found))
        return used, [*why_in, *expired, *why_out]

    def _left_out(self, dropped: list[int], others: int) -> Iterator[JsonObject]:
        """Why the rest stays out; the numbers only of those that were found."""
        about = [f" about {' or '.join(self.topics)}"] if self.topics else []
        about += [f" changed since {self.since.isoformat()}"] if self.since else []
        budget, rule = f"over the budget of {self.tokens} tokens", "not" + " and".join(about)
        end = {"last_n": "the newest", "first_n": "the oldest"}.get(self.method, "the best")
        by = f" by {self.method}" if end == "the best" else ""
        if self.method != "all":
            rule = f"not among {end} {self.limit or 5}{by}{' and'.join(about)}"
        elif not about:
            others, dropped, rule = len(dropped), [], budget
        if dropped:
            yield _reason(False, budget, dropped)
        if others > 0:
            yield {**_reason(False, rule, []), "count": others}


def _reason(used: bool, why: str, memory_ids: list[int]) -> JsonObject:
    return {"used": used, "why": why, "memory_ids": sorted(memory_ids), "count": len(memory_ids)}
