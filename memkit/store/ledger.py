"""Changing memories: what is known now, and the event that tells how it came to be, in one step.

A `Ledger` lives within one transaction. Whatever it changes in `user_memories` it also writes down
in `memory_events`, with the text before and after; what cannot be done is written down as well.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from memkit.errors import InvalidInput
from memkit.records import Change, JsonObject, MemoryEvent, Session, Source, UserMemory
from memkit.store import index, queries
from memkit.store.queries import Rows

BY_HAND = Source()
ERASED = "[erased]"  # what stands where something was erased for good
FEW = 20  # numbers that an error names
INVERSE = {"add": "delete", "delete": "add", "update": "update"}
ORIGIN = ("run_id", "session_id", "input")
State = tuple[str | None, list[str] | None, datetime | None]  # of a memory: text, topics, expiry
NO_MEMORY: State = (None, None, None)


class Ledger:
    """Changes of one user's memories in one transaction, all with the same origin and time."""

    def __init__(
        self,
        rows: Rows,
        clock: Callable[[], datetime],
        source: Source = BY_HAND,
        call_id: int | None = None,
    ) -> None:
        """`source` and `call_id` say who asked for the changes: a sentence, and a model call."""
        self._rows = rows
        now = self._now = clock()
        asked = {name: source[name] for name in ORIGIN}
        self._origin = {**asked, "call_id": call_id, "created_at": now}
        self._text_origin = {**asked, "updated_at": now}

    def make(self, change: Change) -> MemoryEvent:
        """Make a change; one that cannot be made leaves a `rejected` event with the reason."""
        change, before, reason = self._checked(change)
        if reason:
            return self._note(change, before, "rejected", reason)
        return self._note(replace(change, memory_id=self._apply(change)), before, "applied")

    def propose(self, change: Change) -> MemoryEvent:
        """Keep a change for a decision, unless it could not be made anyway."""
        change, before, reason = self._checked(change)
        return self._note(change, before, "rejected" if reason else "proposed", reason)

    def carry_out(self, proposal: MemoryEvent) -> MemoryEvent:
        """Make a proposed change; `InvalidInput` if its memory has changed since."""
        self._require_unchanged(proposal.memory_id, self._before(proposal))
        made = self._restore_state(_after(proposal), proposal, proposal.action)
        return require_applied(made, f"proposal {proposal.event_id} was not carried out")

    def undo(self, event: MemoryEvent) -> MemoryEvent:
        """Make the opposite of an applied event; `InvalidInput` if the memory has changed since."""
        self._require_unchanged(event.memory_id, _after(event))
        made = self._restore_state(self._before(event), event, INVERSE[event.action])
        return require_applied(made, f"event {event.event_id} was not undone")

    def _restore_state(self, state: State, event: MemoryEvent, action: str) -> MemoryEvent:
        """Bring the memory of an event to a state, for the sake of that event."""
        number, (text, topics, end) = event.memory_id, state
        change = Change(action, number, text, topics or [], None, event.event_id, expires_at=end)
        return self.make(change)

    def _checked(self, change: Change) -> tuple[Change, UserMemory | None, str | None]:
        """A change with its topics, the memory before it, and why it cannot be made, if so."""
        before = self._memory(change.memory_id)
        if change.topics is None:
            change = replace(change, topics=before.topics if before else [])
        if change.expires_at == "keep":
            change = replace(change, expires_at=before.expires_at if before else None)
        if change.action == "update" and change.memory is None and before:
            change = replace(change, memory=before.memory)  # only what goes with it changes
        return change, before, change.reason or self._objection(change, before)

    def _memory(self, memory_id: int | None) -> UserMemory | None:
        if memory_id is None:
            return None
        return self._rows.one(UserMemory, queries.MEMORY, number=memory_id)

    def _objection(self, change: Change, before: UserMemory | None) -> str | None:
        """Why a change cannot be made, in words that help a model to do better."""
        if change.action != "add" and before is None:
            return no_memory(self._rows, change.memory_id)
        if change.action == "add" and before is not None:
            return f"there is a memory {change.memory_id} already"
        if change.memory is None:
            return None
        if ERASED in change.memory:
            return "what it says was erased for good"
        same = self._rows.one(UserMemory, queries.SAME_MEMORY, text=change.memory, now=self._now)
        wanted = (change.topics, change.expires_at)
        if same is None or (same == before and (same.topics, same.expires_at) != wanted):
            return None
        return f"memory {same.memory_id} says exactly that already"

    def _apply(self, change: Change) -> int:
        """Write the memory as it is from now on, and return its number."""
        number = change.memory_id
        given = {"topics": change.topics, "expires_at": change.expires_at}
        text = {"memory": change.memory, **given, **self._text_origin, **_made_of(change)}
        new = {**text, "created_at": self._origin["created_at"]}
        if number is None:
            number = self._rows.number(queries.NEW_MEMORY, **new)
        elif change.action == "add":  # a deleted memory comes back under its own number
            self._rows.run(queries.RESTORE_MEMORY, memory_id=number, **new)
        else:
            index.remove(self._rows, number)
            if change.action == "update":
                self._rows.run(queries.UPDATE_MEMORY, number=number, **text)
            else:
                self._rows.run(queries.DELETE_MEMORY, number=number)
        if change.memory is not None:
            index.add(self._rows, number, change.memory, change.topics or ())
        return number

    def _note(
        self, change: Change, before: UserMemory | None, status: str, reason: str | None = None
    ) -> MemoryEvent:
        event = {
            "memory_id": change.memory_id,
            "action": change.action,
            "status": status,
            "reason": reason,
            "before": before.memory if before else None,
            "after": change.memory,
            "topics": change.topics if change.memory else None,
            "refers_to": change.refers_to,
            "expires_at": change.expires_at if change.memory else None,
            **self._origin,
            **_made_of(change),
        }
        if change.made_of and not reason:
            numbers = ", ".join(str(memory.memory_id) for memory in change.made_of)
            event["reason"] = f"put together from memories {numbers}"
        return MemoryEvent(self._rows.number(queries.NEW_EVENT, **event), **event)

    def _require_unchanged(self, memory_id: int | None, state: State) -> None:
        memory = self._memory(memory_id)
        found = (memory.memory, memory.topics, memory.expires_at) if memory else NO_MEMORY
        for before, now in zip(state, found, strict=True):
            if before != now:
                which = f"memory {memory_id} of {self._rows.user_id!r} has changed since"
                how = f"it was {before!r} and is {now!r} now; nothing was changed"
                raise InvalidInput(f"{which}: {how}")

    def _before(self, event: MemoryEvent) -> State:
        """The state in which an event found its memory: that in which the one before it left it."""
        events = self._rows.all(MemoryEvent, queries.EVENTS_OF_MEMORY, number=event.memory_id)
        earlier = [e for e in events if e.status == "applied" and e.event_id < event.event_id]
        return _after(earlier[-1]) if earlier else NO_MEMORY


def _after(event: MemoryEvent) -> State:
    """The state in which an event leaves its memory."""
    if event.after is None:
        return NO_MEMORY
    return event.after, event.topics or [], event.expires_at


def _made_of(change: Change) -> JsonObject:
    """The run, session and sentence of the newest memory that a change puts together, if any."""
    if not change.made_of:
        return {}
    newest = max(change.made_of, key=lambda memory: memory.run_id or 0)
    return {name: newest[name] for name in ORIGIN}


def no_memory(rows: Rows, memory_id: int | None) -> str:
    """What to say to somebody who names a memory that there is not."""
    numbers = [str(number) for number in rows.run(queries.MEMORY_NUMBERS, limit=FEW + 1).scalars()]
    known = ", ".join(numbers[:FEW]) + (" and more" if len(numbers) > FEW else "")
    erased = ", it was erased for good" if was_erased(rows, memory_id) else ""
    return f"no memory {memory_id}{erased}; there are: {known or 'none'}"


def no_session(rows: Rows, session_id: str) -> str:
    """What to say to somebody who names a session that there is not."""
    known = ", ".join(repr(s.session_id) for s in rows.all(Session, queries.SESSIONS)) or "none"
    return f"no session {session_id!r}; there are: {known}"


def was_erased(rows: Rows, memory_id: int | None) -> bool:
    """Whether there was a memory of which nothing is to be known any more."""
    events = rows.all(MemoryEvent, queries.EVENTS_OF_MEMORY, number=memory_id)
    return any(event.status == "erased" for event in events)


def require_applied(event: MemoryEvent, otherwise: str) -> MemoryEvent:
    """The event, if it was applied; `InvalidInput` with its reason if it was not."""
    if event.status != "applied":
        raise InvalidInput(f"{otherwise}: {event.reason}")
    return event


def outcome(events: Iterable[MemoryEvent]) -> list[UserMemory]:
    """What the applied events amount to: the memories, in order of their numbers."""
    memories: dict[int, UserMemory] = {}
    for event in events:
        assert event.memory_id is not None
        if event.after is None:
            del memories[event.memory_id]
            continue
        number, text, topics = event.memory_id, event.after, event.topics or []
        known = memories.get(number)
        began, end = known.created_at if known else event.created_at, event.expires_at
        origin = {name: event[name] for name in ORIGIN}
        memory = UserMemory(number, text, topics, began, event.created_at, **origin, expires_at=end)
        memories[number] = memory
    return [memories[number] for number in sorted(memories)]
