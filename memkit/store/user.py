"""One user's rows, and the only door to them.

Whoever works for a user holds a `User` from `db.for_user(user_id)`. It runs the statements of
`memkit.store.queries`, each of which is kept to this user, and every other id (of a session, a run,
a memory) means something only together with it. Memories change in a `Ledger`, which keeps an event
of every change, so `user_memories` is always the outcome of the applied events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from memkit.errors import InvalidInput, MemoriesChanged, StoreError, UnknownMemory
from memkit.records import (
    Beginning,
    Change,
    JsonObject,
    MemoryEvent,
    Message,
    ModelCall,
    Session,
    Source,
    UserMemory,
    Version,
)
from memkit.store import queries
from memkit.store.ledger import BY_HAND, Ledger, no_memory, outcome, require_applied
from memkit.store.queries import Rows
from memkit.validation import (
    check_at_least,
    check_id,
    check_memory,
    check_message,
    check_number,
    check_time,
    check_topics,
)

if TYPE_CHECKING:
    from memkit.store.db import Db


T = TypeVar("T")


class Queue(asyncio.Lock):
    """A lock at which one user's work waits in order; `passed` counts how much of it is over."""

    passed = 0

    def release(self) -> None:
        """Let the next one in."""
        self.passed += 1
        super().release()


class User:
    """Everything about one user: memories, sessions, runs, events and calls, and nobody else's."""

    def __init__(self, db: Db, user_id: str | None) -> None:
        """Use `db.for_user(user_id)`; a `user_id` that cannot be one raises `InvalidInput`."""
        self._user_id = check_id("user_id", user_id)
        self.now = db.now
        self._db = db

    @property
    def user_id(self) -> str:
        """Whose handle this is; it cannot be turned to somebody else."""
        return self._user_id

    def __repr__(self) -> str:
        return f"User({self.user_id!r})"

    # What is known about the user

    def memories(self, as_of: int | datetime | None = None) -> list[UserMemory]:
        """The memories, oldest first: now, or as they were right after a run or at a time.

        `as_of` is a `run_id` or an aware `datetime`.
        """
        with self._db.reading_of(self.user_id) as rows:
            if as_of is None:
                return rows.all(UserMemory, queries.MEMORIES)
            return outcome(_applied_until(rows, as_of))

    def snapshot(self) -> tuple[list[UserMemory], Version]:
        """The memories, oldest first, together with their version."""
        with self._db.reading_of(self.user_id) as rows:
            return rows.all(UserMemory, queries.MEMORIES), _version(rows)

    def history(self, memory_id: int | None = None, run_id: int | None = None) -> list[MemoryEvent]:
        """Every change made or proposed, oldest first: of one memory, of one run, or of all."""
        with self._db.reading_of(self.user_id) as rows:
            if memory_id is not None:
                number = check_number("memory_id", memory_id)
                events = rows.all(MemoryEvent, queries.EVENTS_OF_MEMORY, number=number)
                return [each for each in events if run_id in (None, each.run_id)]
            if run_id is not None:
                number = check_number("run_id", run_id)
                return rows.all(MemoryEvent, queries.EVENTS_OF_RUN, number=number)
            return rows.all(MemoryEvent, queries.EVENTS)

    # Changing it

    def add_memory(self, memory: str, topics: Iterable[str] = ()) -> UserMemory:
        """Store a memory by hand; one that is stored already is `InvalidInput`."""
        change = Change("add", None, check_memory(memory), check_topics(topics))
        return self._memory(self._change_by_hand(change).memory_id)

    def update_memory(
        self, memory_id: int, memory: str, topics: Iterable[str] | None = None
    ) -> UserMemory:
        """Replace the text of a memory, and its topics unless they are left out."""
        number = self._memory(memory_id).memory_id
        words = None if topics is None else check_topics(topics)
        self._change_by_hand(Change("update", number, check_memory(memory), words))
        return self._memory(number)

    def delete_memory(self, memory_id: int) -> None:
        """Delete a memory; its history stays, until `forget`."""
        self._change_by_hand(Change("delete", self._memory(memory_id).memory_id))

    def clear_memories(self) -> int:
        """Delete every memory of this user and return how many there were.

        `MemoriesChanged` if somebody else changes them at this moment.
        """
        memories, version = self.snapshot()
        self.change_memories([Change("delete", each.memory_id) for each in memories], version)
        return len(memories)

    def change_memories(
        self,
        changes: Sequence[Change],
        version: Version | None = None,
        source: Source = BY_HAND,
        call: ModelCall | None = None,
        propose: bool = False,
    ) -> list[MemoryEvent]:
        """Make all the changes that can be made, and keep an event of each, in one transaction.

        `version` is what the changes are based on: if the memories are newer, nothing is written
        and `MemoriesChanged` is raised. A change that cannot be made becomes a `rejected` event.
        `call` is the model call that asked for them, stored with them. With `propose` nothing
        changes: the events are `proposed`, for `approve` or `refuse`.
        """
        with self._db.writing_of(self.user_id) as rows:
            now = _check_life(rows, source, version)
            if version is not None and version != now:
                raise MemoriesChanged(
                    f"the memories of {self.user_id!r} changed while a decision was made on them "
                    f"(event {version.event_id} was the last one read, {now.event_id} is the last "
                    "one now); read them again and decide again"
                )
            ledger = Ledger(rows, self.now, source, _add_call(rows, call, source) if call else None)
            return [ledger.propose(each) if propose else ledger.make(each) for each in changes]

    def one_decision_at_a_time(self) -> Queue:
        """What decisions about this user's memories queue at, within one event loop.

        Other loops and processes do not see it; for those, `change_memories` checks the version.
        """
        return self._db.queue(self.user_id)

    async def aside(self, step: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """Let the store do a step in a thread, while the event loop goes on.

        The steps of one user wait here for each other. If they did so in threads, a few that wait
        for a lock of this user would hold all the threads that everybody's steps need.
        """
        async with self._db.queue(self.user_id, "steps"):
            return await asyncio.to_thread(step, *arguments, **more)

    # Changing one's mind

    def undo(self, events: Iterable[MemoryEvent]) -> list[MemoryEvent]:
        """Take back changes: of one event, of a run (`run.memory_events`), of an optimisation.

        All of them are taken back, or none: if one of the memories has changed since, or an event
        is not this user's, `InvalidInput` says so. Returns the events that did it; undoing those
        does it again.
        """
        with self._db.writing_of(self.user_id) as rows:
            ledger = Ledger(rows, self.now)
            if isinstance(events, MemoryEvent):
                raise InvalidInput("events is a list of events, such as run.memory_events")
            applied = [each for each in events if each.status == "applied"]
            for each in applied:
                number = check_number("event_id", each.event_id)
                if rows.one(MemoryEvent, queries.EVENT, number=number) != each:
                    raise InvalidInput(f"event {each.event_id} is not one of {self.user_id!r}")
            return [ledger.undo(e) for e in sorted(applied, key=_number, reverse=True)]

    def proposals(self) -> list[MemoryEvent]:
        """The changes that wait for a decision, oldest first: `before` and `after` are the diff."""
        with self._db.reading_of(self.user_id) as rows:
            return rows.all(MemoryEvent, queries.PROPOSALS)

    def approve(self, event_id: int) -> MemoryEvent:
        """Carry out a proposal; `InvalidInput`, and it waits on, if its memory changed since."""
        with self._db.writing_of(self.user_id) as rows:
            proposal = _proposal(rows, event_id)
            source = Source(proposal.run_id, proposal.session_id, proposal.input)
            made = Ledger(rows, self.now, source, proposal.call_id).carry_out(proposal)
            rows.run(queries.DECIDE, number=proposal.event_id, status="approved")
        return made

    def refuse(self, event_id: int) -> None:
        """Leave a proposal undone; it stays in the history as `refused`."""
        with self._db.writing_of(self.user_id) as rows:
            number = _proposal(rows, event_id).event_id
            rows.run(queries.DECIDE, number=number, status="refused")

    # What was said

    def sessions(self) -> list[Session]:
        """The user's conversations, oldest first."""
        with self._db.reading_of(self.user_id) as rows:
            return rows.all(Session, queries.SESSIONS)

    def messages(self, session_id: str, last_runs: int | None = None) -> list[Message]:
        """What was said in a session, in order.

        With `last_runs`, only the last so many runs that got their reply: what a model is shown.
        """
        session = check_id("session_id", session_id)
        with self._db.reading_of(self.user_id) as rows:
            if last_runs is None:
                return rows.all(Message, queries.MESSAGES, session=session)
            return rows.all(
                Message,
                queries.LAST_MESSAGES,
                session=session,
                runs=check_at_least("last_runs", last_runs, 0),
            )

    def begin_run(
        self, session_id: str, message: str, memories: bool = False, last_runs: int = 0
    ) -> Beginning:
        """Start a run and read, in the same transaction, what it needs to go on.

        That is the session's summary and, if wanted, all memories and the last runs' messages.
        """
        session_id, message = check_id("session_id", session_id), check_message(message)
        check_at_least("last_runs", last_runs, 0)
        with self._db.writing_of(self.user_id) as rows:
            now = self.now()
            session = rows.run(queries.TOUCH_SESSION, session=session_id, updated_at=now).first()
            if session is None:
                new = {"session_id": session_id, "created_at": now, "updated_at": now}
                rows.run(queries.NEW_SESSION, **new)
            run = {"session_id": session_id, "status": "running", "created_at": now}
            new_run = rows.run(queries.NEW_RUN, **run).one()
            run_id = new_run.run_id
            said = self._add_message(rows, Source(run_id, session_id), "user", message)
            earlier = {"session": session_id, "runs": last_runs}
            return Beginning(
                run_id,
                began=said,
                version=Version(*new_run[1:]),
                summary=session.summary if session else None,
                memories=rows.all(UserMemory, queries.MEMORIES) if memories else [],
                history=rows.all(Message, queries.LAST_MESSAGES, **earlier) if last_runs else [],
            )

    def finish_run(
        self,
        run: Source,
        status: str,
        reply: str | None = None,
        error: str | None = None,
        *,
        calls: Sequence[ModelCall] = (),
        rejected: Sequence[tuple[ModelCall, Change]] = (),
        context: Sequence[JsonObject] = (),
        recalled: Sequence[JsonObject] = (),
        summary: str | None = None,
    ) -> tuple[list[MemoryEvent], dict[str, int]]:
        """Store how a run ended (`completed`, `failed` or `cancelled`), its reply and its calls.

        `rejected` are the malformed changes that some of the calls asked for, `context` is the
        outline of the request, `recalled` tells which memories were in it and why,
        `summary` what the session was about so far; that of a later run is kept. Returns what has
        come of the run: its memory events, and the tokens of all its calls.
        """
        with self._db.writing_of(self.user_id) as rows:
            _check_life(rows, run)
            for call in calls:
                call_id = _add_call(rows, call, run)
                for change in (each for by, each in rejected if by is call):
                    Ledger(rows, self.now, run, call_id).make(change)
            if reply is not None:
                self._add_message(rows, run, "assistant", reply)
            if summary is not None:
                known = {"summary": summary, "summary_of_run": run.run_id}
                rows.run(queries.KEEP_SUMMARY, session=run.session_id, number=run.run_id, **known)
            ended = {"status": status, "error": error, "finished_at": self.now()}
            seen = {"context": list(context), "recalled": list(recalled)}
            rows.run(queries.FINISH_RUN, number=run.run_id, **seen, **ended)
            events = rows.all(MemoryEvent, queries.EVENTS_OF_RUN, number=run.run_id)
            return events, _usage(rows, run.run_id)

    def usage(self, run_id: int) -> dict[str, int]:
        """Tokens of all calls of a run: `prompt_tokens`, `completion_tokens`, `total_tokens`."""
        with self._db.reading_of(self.user_id) as rows:
            return _usage(rows, check_number("run_id", run_id))

    def record_call(
        self, call: ModelCall, source: Source = BY_HAND, version: Version | None = None
    ) -> int:
        """Store a call that changed nothing, such as one that failed; returns its `call_id`.

        `version` is that of the memories it was about, if it was about memories.
        """
        with self._db.writing_of(self.user_id) as rows:
            _check_life(rows, source, version)
            return _add_call(rows, call, source)

    def summary(self, session_id: str) -> str | None:
        """What a session was about so far, if that has been summarised."""
        session = check_id("session_id", session_id)
        with self._db.reading_of(self.user_id) as rows:
            return rows.run(queries.SUMMARY, session=session).scalar_one_or_none()

    # Leaving

    def export(self) -> dict[str, list[JsonObject]]:
        """All that is stored about the user: table name -> rows, without the `user_id` column."""
        with self._db.reading_of(self.user_id) as rows:
            return {
                name: [dict(row) for row in rows.run(query).mappings()]
                for name, query in queries.ROWS.items()
            }

    def forget(self) -> dict[str, int]:
        """Erase every row of this user in one transaction; returns table name -> rows erased."""
        with self._db.writing_of(self.user_id) as rows:
            receipt = {name: rows.run(erase).rowcount for name, erase in queries.ERASE.items()}
            self._db.mark_forgotten(rows)
        self._db.erase_traces()
        return receipt

    # The parts of what is above

    def _memory(self, memory_id: int | None) -> UserMemory:
        number = check_number("memory_id", memory_id)
        with self._db.reading_of(self.user_id) as rows:
            memory = rows.one(UserMemory, queries.MEMORY, number=number)
            if memory is None:
                raise UnknownMemory(f"{self.user_id!r} has {no_memory(rows, number)}")
        return memory

    def _change_by_hand(self, change: Change) -> MemoryEvent:
        [event] = self.change_memories([change])
        return require_applied(event, f"the memories of {self.user_id!r} were not changed")

    def _add_message(self, rows: Rows, run: Source, role: str, content: str) -> datetime:
        place = {"run_id": run.run_id, "session_id": run.session_id}
        now = self.now()
        rows.run(queries.NEW_MESSAGE, **place, role=role, content=content, created_at=now)
        return now


def _version(rows: Rows) -> Version:
    return Version(*rows.run(queries.VERSION).one())


def _check_life(rows: Rows, source: Source, version: Version | None = None) -> Version:
    """Refuse to write what began before its user was forgotten, and return the version now.

    `source` is the run that wants to, `version` that of the memories it is about: numbers start
    again at 1, and only the times tell one life from the next.
    """
    run = {"number": source.run_id, "session": source.session_id, "began": source.began}
    row = rows.run(queries.SAID_AND_VERSION, **run, text=source.input).one()
    said, now = row[0], Version(*row[1:])
    is_run = source.run_id is not None and source.input
    if (is_run and not said) or (version and version.event_id and version.since != now.since):
        what = f"run {source.run_id}" if is_run else "a decision about their memories"
        raise StoreError(
            f"{rows.user_id!r} was forgotten while {what} was under way; nothing of it was kept"
        )
    return now


def _add_call(rows: Rows, call: ModelCall, source: Source) -> int:
    place = {"run_id": source.run_id, "session_id": source.session_id}
    return rows.number(queries.NEW_CALL, **place, model=call.request["model"], **vars(call))


def _usage(rows: Rows, run_id: int | None) -> dict[str, int]:
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
