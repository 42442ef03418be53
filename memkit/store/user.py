"""One user's rows, and the only door to them.

Whoever works for a user holds a `User` from `db.for_user(user_id)`. It runs the statements of
`memkit.store.queries`, each of which is kept to this user, and every other id (of a session, a run,
a memory) means something only together with it. Memories change in a `Ledger`, which keeps an event
of every change, so `user_memories` is always the outcome of the applied events.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from memkit.errors import InvalidInput, UnknownMemory
from memkit.records import (
    Change,
    MemoryEvent,
    Message,
    Session,
    Source,
    UserMemory,
    has_expired,
)
from memkit.store import archive, erasure, queries
from memkit.store.archive import Exported
from memkit.store.erasure import Receipt
from memkit.store.ledger import (
    BY_HAND,
    Ledger,
    no_memory,
    no_session,
    outcome,
    require_applied,
    was_erased,
)
from memkit.store.queries import Rows
from memkit.store.transactions import Transactions
from memkit.validation import (
    check_at_least,
    check_id,
    check_memory,
    check_number,
    check_time,
    check_title,
    check_topics,
    optional,
)


class User:
    """Everything about one user: memories, sessions, runs, events and calls, and nobody else's."""

    def __init__(self, transactions: Transactions, user_id: str | None) -> None:
        """Use `db.for_user(user_id)`; a `user_id` that cannot be one raises `InvalidInput`."""
        self._user_id = check_id("user_id", user_id)
        self._transactions = transactions

    @property
    def user_id(self) -> str:
        """Whose handle this is; it cannot be turned to somebody else."""
        return self._user_id

    def __repr__(self) -> str:
        return f"User({self.user_id!r})"

    # What is known about the user

    def memories(
        self, as_of: int | datetime | None = None, expired: bool = False
    ) -> list[UserMemory]:
        """The memories, oldest first: now, or as they were right after a run or at a time.

        `as_of` is a `run_id` or an aware `datetime`. With `expired`, those that had expired by
        then are there too.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            if as_of is None:
                memories, now = rows.all(UserMemory, queries.ALL_MEMORIES), None
            else:
                memories, now = outcome(_applied_until(rows, as_of)), _time(rows, as_of)
        if expired or not any(memory.expires_at for memory in memories):
            return memories
        now = now or self._transactions.now()
        return [memory for memory in memories if not has_expired(memory, now)]

    def history(self, memory_id: int | None = None, run_id: int | None = None) -> list[MemoryEvent]:
        """Every change made or proposed, oldest first: of one memory, of one run, or of all."""
        with self._transactions.reading_of(self.user_id) as rows:
            if memory_id is not None:
                number = check_number("memory_id", memory_id)
                events = rows.all(MemoryEvent, queries.EVENTS_OF_MEMORY, number=number)
                return [each for each in events if run_id in (None, each.run_id)]
            if run_id is not None:
                number = check_number("run_id", run_id)
                return rows.all(MemoryEvent, queries.EVENTS_OF_RUN, number=number)
            return rows.all(MemoryEvent, queries.EVENTS)

    # Changing it

    def add_memory(
        self,
        memory: str,
        topics: Iterable[str] | None = None,
        expires_at: datetime | None = None,
    ) -> UserMemory:
        """Store a memory by hand; one that is stored already is `InvalidInput`."""
        words = check_topics(() if topics is None else topics)
        expires_at = optional(check_time)("expires_at", expires_at)
        change = Change("add", None, check_memory(memory), words, expires_at=expires_at)
        return self._memory(self._change_by_hand(change).memory_id)

    def update_memory(
        self,
        memory_id: int,
        memory: str | None = None,
        topics: Iterable[str] | None = None,
        expires_at: datetime | Literal["keep"] | None = "keep",
    ) -> UserMemory:
        """Replace the text of a memory, its topics or its expiry; what is left out stays.

        With `expires_at=None` it holds on.
        """
        number = self._memory(memory_id).memory_id
        if memory is None and topics is None and expires_at == "keep":
            raise InvalidInput("there is nothing to change; pass a text, topics or expires_at")
        text = None if memory is None else check_memory(memory)
        words = None if topics is None else check_topics(topics)
        if expires_at is not None and expires_at != "keep":
            expires_at = check_time("expires_at", expires_at)
        self._change_by_hand(Change("update", number, text, words, expires_at=expires_at))
        return self._memory(number)

    def delete_memory(self, memory_id: int) -> None:
        """Delete a memory; its history stays, until `forget`."""
        self._change_by_hand(Change("delete", self._memory(memory_id).memory_id))

    def clear_memories(self) -> int:
        """Delete every memory of this user and return how many there were."""
        with self._transactions.writing_of(self.user_id) as rows:
            ledger, memories = self._ledger(rows), rows.all(UserMemory, queries.ALL_MEMORIES)
            for memory in memories:
                ledger.make(Change("delete", memory.memory_id))
        return len(memories)

    # Changing one's mind

    def undo(self, events: Iterable[MemoryEvent]) -> list[MemoryEvent]:
        """Take back changes: of one event, of a run (`run.memory_events`), of an optimisation.

        All of them are taken back, or none: if one of the memories has changed since, or an event
        is not this user's, `InvalidInput` says so. Returns the events that did it; undoing those
        does it again.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            ledger = self._ledger(rows)
            if isinstance(events, MemoryEvent):
                raise InvalidInput("events is a list of events, such as run.memory_events")
            applied = [each for each in events if each.status == "applied"]
            for each in applied:
                number = check_number("event_id", each.event_id)
                if was_erased(rows, each.memory_id):
                    raise InvalidInput(
                        f"event {number} cannot be undone: memory {each.memory_id} was erased for "
                        "good"
                    )
                if rows.one(MemoryEvent, queries.EVENT, number=number) != each:
                    raise InvalidInput(f"event {each.event_id} is not one of {self.user_id!r}")
            return [ledger.undo(e) for e in sorted(applied, key=_number, reverse=True)]

    def proposals(self) -> list[MemoryEvent]:
        """The changes that wait for a decision, oldest first: `before` and `after` are the diff."""
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.all(MemoryEvent, queries.PROPOSALS)

    def approve(self, event_id: int) -> MemoryEvent:
        """Carry out a proposal; `InvalidInput`, and it waits on, if its memory changed since."""
        with self._transactions.writing_of(self.user_id) as rows:
            proposal = _proposal(rows, event_id)
            source = Source(proposal.run_id, proposal.session_id, proposal.input)
            made = self._ledger(rows, source, proposal.call_id).carry_out(proposal)
            rows.run(queries.DECIDE, number=proposal.event_id, status="approved")
        return made

    def refuse(self, event_id: int) -> None:
        """Leave a proposal undone; it stays in the history as `refused`."""
        with self._transactions.writing_of(self.user_id) as rows:
            number = _proposal(rows, event_id).event_id
            rows.run(queries.DECIDE, number=number, status="refused")

    # What was said

    def sessions(self, newest_first: bool = False) -> list[Session]:
        """The user's conversations, oldest first, or the one that went on last first."""
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.all(Session, queries.NEWEST if newest_first else queries.SESSIONS)

    def rename_session(self, session_id: str, title: str) -> None:
        """Give a conversation a title in place of its first words."""
        session, name = check_id("session_id", session_id), check_title(title)
        with self._transactions.writing_of(self.user_id) as rows:
            if not rows.run(queries.RENAME_SESSION, session=session, title=name).rowcount:
                raise InvalidInput(f"{self.user_id!r} has {no_session(rows, session)}")

    def messages(self, session_id: str, last_runs: int | None = None) -> list[Message]:
        """What was said in a session, in order.

        With `last_runs`, only the last so many runs that got their reply: what a model is shown.
        """
        session = check_id("session_id", session_id)
        with self._transactions.reading_of(self.user_id) as rows:
            if last_runs is None:
                return rows.all(Message, queries.MESSAGES, session=session)
            return rows.all(
                Message,
                queries.LAST_MESSAGES,
                session=session,
                runs=check_at_least("last_runs", last_runs, 0),
            )

    def usage(self, run_id: int) -> dict[str, int]:
        """Tokens of all calls of a run: `prompt_tokens`, `completion_tokens`, `total_tokens`."""
        with self._transactions.reading_of(self.user_id) as rows:
            return usage_of(rows, check_number("run_id", run_id))

    def summary(self, session_id: str) -> str | None:
        """What a session was about so far, if that has been summarised."""
        session = check_id("session_id", session_id)
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.run(queries.SUMMARY, session=session).scalar_one_or_none()

    # Leaving

    def export(self) -> Exported:
        """All that is stored about the user, as JSON: table name -> rows, without their owner."""
        with self._transactions.reading_of(self.user_id) as rows:
            return archive.export(rows)

    def restore(self, exported: Exported) -> None:
        """Write what `export` gave, events and all, for a user about whom nothing is stored yet.

        It may come from another user, and from another store. Raises `InvalidInput`, and stores
        nothing, if there is something about this user or if it is not an export.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            archive.restore(rows, exported)

    def forget(self) -> dict[str, int]:
        """Erase every row of this user in one transaction; returns table name -> rows erased."""
        with self._transactions.writing_of(self.user_id) as rows:
            receipt = {name: rows.run(erase).rowcount for name, erase in queries.ERASE.items()}
            rows.run(queries.FORGET_USER)
        self._transactions.erase_traces()
        return receipt

    def erase_memory(self, memory_id: int) -> Receipt:
        """Erase a memory and its events for good, and blank what quotes it.

        In every message, prompt, reply, call and summary of this user, `[erased]` stands for the
        sentence it came from, for its text and for the words that no other memory has. Returns
        what was `deleted` and `blanked`, table name -> rows, and where it is `still_in`: other
        memories that say the same. A turn that is under way ends as `cancelled`.
        """
        number = check_number("memory_id", memory_id)
        with self._transactions.writing_of(self.user_id) as rows:
            receipt = erasure.erase_memory(rows, number, self._transactions.now())
        self._transactions.erase_traces()
        return receipt

    def erase_session(self, session_id: str) -> Receipt:
        """Erase a conversation for good: messages, runs, calls and summary, wherever quoted.

        What was learned in it stays, without the sentences; `erase_memory` is for that. Returns
        a receipt as `erase_memory` does. A turn that is under way ends as `cancelled`.
        """
        session = check_id("session_id", session_id)
        with self._transactions.writing_of(self.user_id) as rows:
            receipt = erasure.erase_session(rows, session, self._transactions.now())
        self._transactions.erase_traces()
        return receipt

    # The parts of what is above

    def _ledger(self, rows: Rows, source: Source = BY_HAND, call_id: int | None = None) -> Ledger:
        return Ledger(rows, self._transactions.now, source, call_id)

    def _memory(self, memory_id: int | None) -> UserMemory:
        number = check_number("memory_id", memory_id)
        with self._transactions.reading_of(self.user_id) as rows:
            memory = rows.one(UserMemory, queries.MEMORY, number=number)
            if memory is None:
                raise UnknownMemory(f"{self.user_id!r} has {no_memory(rows, number)}")
        return memory

    def _change_by_hand(self, change: Change) -> MemoryEvent:
        with self._transactions.writing_of(self.user_id) as rows:
            event = self._ledger(rows).make(change)
        return require_applied(event, f"the memories of {self.user_id!r} were not changed")


def usage_of(rows: Rows, run_id: int | None) -> dict[str, int]:
    """Tokens of all calls of a run."""
    counted = dict(rows.run(queries.USAGE, number=run_id).mappings().one())
    return {**counted, "total_tokens": sum(counted.values())}


def _applied_until(rows: Rows, as_of: int | datetime) -> list[MemoryEvent]:
    """The applied events up to and including a run, or a time.

    A clock may have been put back: what counts is the last event by then, and all before it.
    """
    events = [e for e in rows.all(MemoryEvent, queries.EVENTS) if e.status == "applied"]
    if isinstance(as_of, datetime):
        as_of = check_time("as_of", as_of)
        last = max((each.event_id for each in events if each.created_at <= as_of), default=0)
    else:
        last = max(rows.run(queries.LAST_EVENT_OF_RUN, number=check_number("as_of", as_of)).one())
    return [each for each in events if each.event_id <= last]


def _time(rows: Rows, as_of: int | datetime) -> datetime | None:
    """The time itself, or when a run began; None before the first run."""
    if isinstance(as_of, datetime):
        return as_of
    began: datetime | None = rows.run(queries.RUN_BEGAN, number=int(as_of)).scalar_one()
    return began


def _number(event: MemoryEvent) -> int:
    return event.event_id


def _proposal(rows: Rows, event_id: int) -> MemoryEvent:
    proposal = rows.one(MemoryEvent, queries.EVENT, number=check_number("event_id", event_id))
    if proposal is None or proposal.status != "proposed":
        waiting = rows.all(MemoryEvent, queries.PROPOSALS)
        known = ", ".join(str(each.event_id) for each in waiting) or "none"
        raise InvalidInput(
            f"{rows.user_id!r} has no proposal {event_id} that waits; there are: {known}"
        )
    return proposal
