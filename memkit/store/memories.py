"""What is known about one user: the memories, how they change, and who decides.

Memories change in a `Ledger`, which keeps an event of every change, so `user_memories` is always
the outcome of the applied events.
"""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Literal

from memkit.errors import InvalidInput, UnknownMemory
from memkit.records import Change, MemoryEvent, Source, UserMemory
from memkit.store import erasure, queries
from memkit.store.erasure import Receipt
from memkit.store.ledger import BY_HAND, Ledger, no_memory, outcome, require_applied, was_erased
from memkit.store.queries import Rows
from memkit.store.transactions import Transactions
from memkit.validation import (
    check_id,
    check_memory,
    check_number,
    check_time,
    check_topics,
    optional,
    require,
)


class UserMemories:
    """The memories of one user, their history, and nobody else's; a part of `User`."""

    def __init__(self, transactions: Transactions, user_id: str | None) -> None:
        self._user_id = check_id("user_id", user_id)
        self._transactions = transactions

    @property
    def user_id(self) -> str:
        """Whose handle this is; it cannot be turned to somebody else."""
        return self._user_id

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.user_id!r})"

    # What is known about the user

    def memories(
        self, as_of: int | datetime | None = None, expired: bool = False
    ) -> list[UserMemory]:
        """List the memories, oldest first: now, or as they were.

        Parameters
        ----------
        as_of : int or datetime, optional
            A `run_id`, for right after that run, or a time with its zone.
        expired : bool
            Whether those that had expired by then are listed too.

        Returns
        -------
        list of UserMemory
            Empty for somebody about whom nothing is known.

        Raises
        ------
        InvalidInput
            If `as_of` is neither.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            if as_of is None:
                memories, now = rows.all(UserMemory, queries.ALL_MEMORIES), None
            else:
                memories, now = outcome(_applied_until(rows, as_of)), _time(rows, as_of)
        if expired or not any(memory.expires_at for memory in memories):
            return memories
        now = now or self._transactions.now()
        return [m for m in memories if m.expires_at is None or m.expires_at > now]

    def history(self, memory_id: int | None = None) -> list[MemoryEvent]:
        """List every change made or proposed, oldest first: of one memory, or of all.

        Parameters
        ----------
        memory_id : int, optional
            Its number, as in `memories()` or `history()`.

        Returns
        -------
        list of MemoryEvent
            Refused and rejected changes too; `status` tells them apart.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            if memory_id is None:
                return rows.all(MemoryEvent, queries.EVENTS)
            number = check_number("memory_id", memory_id)
            return rows.all(MemoryEvent, queries.EVENTS_OF_MEMORY, number=number)

    # Changing it

    def add_memory(
        self, memory: str, topics: Iterable[str] | None = None, expires_at: datetime | None = None
    ) -> UserMemory:
        """Store a memory by hand.

        Parameters
        ----------
        memory : str
            One sentence.
        topics : iterable of str, optional
            What it is about.
        expires_at : datetime, optional
            When it stops being shown, with its zone.

        Returns
        -------
        UserMemory
            As it is stored, with its number.

        Raises
        ------
        InvalidInput
            If a text, a topic or a time cannot be stored, or the memory is stored already.
        """
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

        Parameters
        ----------
        memory_id : int
            Its number, as in `memories()` or `history()`.
        memory : str, optional
            The new text.
        topics : iterable of str, optional
            The new topics.
        expires_at : datetime or None, optional
            The new expiry; with None it never expires.

        Returns
        -------
        UserMemory
            As it is now.

        Raises
        ------
        InvalidInput
            If a text, a topic or a time cannot be stored, or there is nothing to change.
        UnknownMemory
            If this user has no memory of that number.
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
        """Delete a memory; its history stays, until `erase_memory` or `forget`.

        Parameters
        ----------
        memory_id : int
            Its number, as in `memories()` or `history()`.

        Raises
        ------
        UnknownMemory
            If this user has no memory of that number.
        """
        self._change_by_hand(Change("delete", self._memory(memory_id).memory_id))

    def clear_memories(self) -> int:
        """Delete every memory of this user; the history stays.

        Returns
        -------
        int
            How many there were.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            ledger, memories = self._ledger(rows), rows.all(UserMemory, queries.ALL_MEMORIES)
            for memory in memories:
                ledger.make(Change("delete", memory.memory_id))
        return len(memories)

    # Changing one's mind

    def undo(self, events: Iterable[MemoryEvent]) -> list[MemoryEvent]:
        """Take back changes: of one event, of a run (`run.memory_events`), of an optimisation.

        All of them are taken back, or none.

        Parameters
        ----------
        events : iterable of MemoryEvent
            Those that were not applied are passed over.

        Returns
        -------
        list of MemoryEvent
            The events that did it; undoing those does it again.

        Raises
        ------
        InvalidInput
            If one of the memories has changed since or was erased, or an event is not this user's.
        """
        applied = [event for event in _events(events) if event.status == "applied"]
        with self._transactions.writing_of(self.user_id) as rows:
            ledger = self._ledger(rows)
            for event in applied:
                number, memory = check_number("event_id", event.event_id), event.memory_id
                if was_erased(rows, memory):
                    why = f"memory {memory} was erased for good"
                    raise InvalidInput(f"event {number} cannot be undone: {why}")
                if rows.one(MemoryEvent, queries.EVENT, number=number) != event:
                    raise InvalidInput(f"event {event.event_id} is not one of {self.user_id!r}")
            newest_first = sorted(applied, key=attrgetter("event_id"), reverse=True)
            return [ledger.undo(event) for event in newest_first]

    def proposals(self) -> list[MemoryEvent]:
        """List the changes that wait for a decision, oldest first.

        Returns
        -------
        list of MemoryEvent
            `before` and `after` are the difference.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.all(MemoryEvent, queries.PROPOSALS)

    def approve(self, event_id: int) -> MemoryEvent:
        """Carry out a proposal.

        Parameters
        ----------
        event_id : int
            The number of the proposal.

        Returns
        -------
        MemoryEvent
            The change that was made.

        Raises
        ------
        InvalidInput
            If there is no such proposal, or its memory has changed since; then it waits on.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            proposal = _proposal(rows, event_id)
            source = Source(proposal.run_id, proposal.session_id, proposal.input)
            made = self._ledger(rows, source, proposal.call_id).carry_out(proposal)
            rows.run(queries.DECIDE, number=proposal.event_id, status="approved")
        return made

    def refuse(self, event_id: int) -> None:
        """Leave a proposal undone; it stays in the history as `refused`.

        Parameters
        ----------
        event_id : int
            The number of the proposal.

        Raises
        ------
        InvalidInput
            If there is no such proposal.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            number = _proposal(rows, event_id).event_id
            rows.run(queries.DECIDE, number=number, status="refused")

    def erase_memory(self, memory_id: int) -> Receipt:
        """Erase a memory and its events for good, and blank what quotes it.

        In every message, prompt, reply, call and summary of this user, `[erased]` stands for the
        sentence it came from, for its text and for the words that no other memory has. A turn that
        is under way ends as `cancelled`.

        Parameters
        ----------
        memory_id : int
            Its number, as in `memories()` or `history()`.

        Returns
        -------
        Receipt
            What was `deleted` and `blanked`, table name -> rows, and where it is `still_in`: other
            memories that say the same.

        Raises
        ------
        UnknownMemory
            If this user has no memory of that number.
        """
        number = check_number("memory_id", memory_id)
        with self._transactions.writing_of(self.user_id) as rows:
            receipt = erasure.erase_memory(rows, number, self._transactions.now())
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


def _applied_until(rows: Rows, as_of: int | datetime) -> list[MemoryEvent]:
    """The applied events up to and including a run, or a time.

    A clock may have been put back: what counts is the last event by then, and all before it.
    """
    events = [e for e in rows.all(MemoryEvent, queries.EVENTS) if e.status == "applied"]
    if isinstance(as_of, datetime):
        as_of = check_time("as_of", as_of)
        last = max((event.event_id for event in events if event.created_at <= as_of), default=0)
    else:
        last = max(rows.run(queries.LAST_EVENT_OF_RUN, number=check_number("as_of", as_of)).one())
    return [event for event in events if event.event_id <= last]


def _time(rows: Rows, as_of: int | datetime) -> datetime | None:
    """The time itself, or when a run began; None before the first run."""
    if isinstance(as_of, datetime):
        return as_of
    began: datetime | None = rows.run(queries.RUN_BEGAN, number=int(as_of)).scalar_one()
    return began


def _events(events: Iterable[MemoryEvent]) -> list[MemoryEvent]:
    """The events as a list, if they are events; one alone is none."""
    found = list(events) if isinstance(events, Iterable) and not isinstance(events, str) else [None]
    are_events = all(isinstance(event, MemoryEvent) for event in found)
    require(are_events, "events", "a list of events, such as run.memory_events", events)
    return found


def _proposal(rows: Rows, event_id: int) -> MemoryEvent:
    proposal = rows.one(MemoryEvent, queries.EVENT, number=check_number("event_id", event_id))
    if proposal is None or proposal.status != "proposed":
        waiting = rows.all(MemoryEvent, queries.PROPOSALS)
        known = ", ".join(str(event.event_id) for event in waiting) or "none"
        found = f"no pending proposal {event_id}; pending are: {known}"
        raise InvalidInput(f"{rows.user_id!r} has {found}")
    return proposal
