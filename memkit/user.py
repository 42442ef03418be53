"""One user's rows, and the only door to them.

Whoever works for a user holds a `User` from `db.for_user(user_id)`. Every statement below is
filtered by that user, and every other id (session, run, memory) means something only together with
it. A change of memories and the event that tells of it are written in one transaction, so
`user_memories` is always the outcome of the applied events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from memkit import tables
from memkit.checks import (
    check_id,
    check_memory,
    check_message,
    check_number,
    check_time,
    check_topics,
)
from memkit.errors import InvalidInput, MemoriesChanged, UnknownMemory
from memkit.records import (
    Change,
    JsonObject,
    MemoryEvent,
    Message,
    ModelCall,
    Session,
    Source,
    UserMemory,
)

if TYPE_CHECKING:
    from memkit.db import Db

BY_HAND = Source()


class User:
    """Everything about one user: memories, sessions, runs, events and calls, and nobody else's."""

    def __init__(self, db: Db, user_id: str | None) -> None:
        """Use `db.for_user(user_id)`; a `user_id` that cannot be one raises `InvalidInput`."""
        self.user_id = check_id("user_id", user_id)
        self.now = db.now
        self._db = db

    def __repr__(self) -> str:
        return f"User({self.user_id!r})"

    # What is known about the user

    def memories(self, as_of: int | datetime | None = None) -> list[UserMemory]:
        """The memories, oldest first: now, or as they were right after a run or at a time.

        `as_of` is a `run_id` or an aware `datetime`.
        """
        if as_of is not None:
            return list(_outcome(self._applied_until(as_of)).values())
        with self._db.reading() as rows:
            return self._memories(rows)

    def snapshot(self) -> tuple[list[UserMemory], int]:
        """The memories together with their version: the number of the last event."""
        with self._db.reading() as rows:
            return self._memories(rows), self._last(rows, tables.memory_events.c.event_id)

    def history(self, memory_id: int | None = None, run_id: int | None = None) -> list[MemoryEvent]:
        """Every change made or proposed, oldest first: of one memory, of one run, or of all."""
        event = tables.memory_events
        query = self._select(event).order_by(event.c.event_id)
        if memory_id is not None:
            query = query.where(event.c.memory_id == check_number("memory_id", memory_id))
        if run_id is not None:
            query = query.where(event.c.run_id == check_number("run_id", run_id))
        with self._db.reading() as rows:
            return [MemoryEvent(**row) for row in _without_owner(rows.execute(query))]

    def add_memory(self, memory: str, topics: Iterable[str] = ()) -> UserMemory:
        """Store a memory by hand; one that is stored already is `InvalidInput`."""
        event = self._change_by_hand(
            Change("add", None, check_memory(memory), check_topics(topics))
        )
        return self._memory(event.memory_id)

    def update_memory(
        self, memory_id: int, memory: str, topics: Iterable[str] | None = None
    ) -> UserMemory:
        """Replace the text of a memory, and its topics unless they are left out."""
        known = self._memory(memory_id)
        words = known.topics if topics is None else check_topics(topics)
        self._change_by_hand(Change("update", known.memory_id, check_memory(memory), words))
        return self._memory(known.memory_id)

    def delete_memory(self, memory_id: int) -> None:
        """Delete a memory; its history stays (`forget` leaves nothing)."""
        self._change_by_hand(Change("delete", self._memory(memory_id).memory_id))

    def clear_memories(self) -> int:
        """Delete every memory of this user and return how many there were."""
        memories, version = self.snapshot()
        self.change_memories([Change("delete", each.memory_id) for each in memories], version)
        return len(memories)

    def change_memories(
        self,
        changes: Sequence[Change],
        version: int | None = None,
        source: Source = BY_HAND,
        call: ModelCall | None = None,
    ) -> list[MemoryEvent]:
        """Make all the changes that can be made, and keep an event of each, in one transaction.

        `version` is what the changes are based on: if the memories are newer, nothing is written
        and `MemoriesChanged` is raised. A change that cannot be made becomes a `rejected` event.
        `call` is the model call that asked for them, stored with them.
        """
        with self._writing() as rows:
            before = self._last(rows, tables.memory_events.c.event_id)
            if version is not None and version != before:
                raise MemoriesChanged(
                    f"the memories of {self.user_id!r} changed while a decision was made on them "
                    f"(event {version} was the last one read, {before} is the last one now); "
                    "read them again and decide again"
                )
            call_id = self._add_call(rows, call, source) if call else None
            now = self.now()
            return [self._change(rows, each, source, call_id, now) for each in changes]

    def one_decision_at_a_time(self) -> asyncio.Lock:
        """What decisions about this user's memories queue at, within one event loop.

        Other loops and processes do not see it; for those, `change_memories` checks the version.
        """
        return self._db.queue(self.user_id)

    # What was said

    def sessions(self) -> list[Session]:
        """The user's conversations, oldest first."""
        query = self._select(tables.agent_sessions).order_by("created_at", "session_id")
        with self._db.reading() as rows:
            return [Session(**row) for row in _without_owner(rows.execute(query))]

    def messages(self, session_id: str, last_runs: int | None = None) -> list[Message]:
        """What was said in a session, in order.

        With `last_runs`, only the last so many runs that got their reply: what a model is shown.
        """
        message, run = tables.messages, tables.agent_runs
        query = self._select(message).where(
            message.c.session_id == check_id("session_id", session_id)
        )
        if last_runs is not None:
            answered = (
                sa.select(run.c.run_id)
                .where(run.c.user_id == self.user_id, run.c.session_id == session_id)
                .where(run.c.status == "completed")
                .order_by(run.c.run_id.desc())
                .limit(last_runs)
            )
            query = query.where(message.c.run_id.in_(answered))
        with self._db.reading() as rows:
            found = rows.execute(query.order_by(message.c.run_id, message.c.message_id))
            return [Message(**row) for row in _without_owner(found)]

    def start_run(self, session_id: str, message: str) -> int:
        """Keep the user's message before anything can fail, and return the new run's id."""
        session_id, message = check_id("session_id", session_id), check_message(message)
        with self._writing() as rows:
            now = self.now()
            self._touch_session(rows, session_id, now)
            run_id = self._next(rows, tables.agent_runs.c.run_id)
            run = {
                "run_id": run_id,
                "session_id": session_id,
                "status": "running",
                "memory_version": self._last(rows, tables.memory_events.c.event_id),
                "created_at": now,
            }
            self._insert(rows, tables.agent_runs, run)
            self._add_message(rows, session_id, run_id, "user", message)
        return run_id

    def finish_run(
        self,
        run: Source,
        status: str,
        reply: str | None = None,
        error: str | None = None,
        calls: Sequence[ModelCall] = (),
    ) -> None:
        """Store how a run ended (`completed`, `failed` or `cancelled`), its reply and its calls."""
        this = tables.agent_runs
        with self._writing() as rows:
            for call in calls:
                self._add_call(rows, call, run)
            if reply is not None:
                self._add_message(rows, run.session_id, run.run_id, "assistant", reply)
            rows.execute(
                self._mine(sa.update(this), this)
                .where(this.c.run_id == run.run_id)
                .values(status=status, error=error, finished_at=self.now())
            )

    def record_call(self, call: ModelCall, source: Source = BY_HAND) -> int:
        """Store a call that changed nothing, such as one that failed; returns its `call_id`."""
        with self._writing() as rows:
            return self._add_call(rows, call, source)

    def usage(self, run_id: int) -> dict[str, int]:
        """Tokens of all calls of a run: `prompt_tokens`, `completion_tokens`, `total_tokens`."""
        call, run_id = tables.model_calls, check_number("run_id", run_id)
        counted = [call.c.prompt_tokens, call.c.completion_tokens]
        query = self._mine(sa.select(*[sa.func.sum(each) for each in counted]), call)
        with self._db.reading() as rows:
            sent, received = rows.execute(query.where(call.c.run_id == run_id)).one()
        return {
            "prompt_tokens": sent or 0,
            "completion_tokens": received or 0,
            "total_tokens": (sent or 0) + (received or 0),
        }

    # Leaving

    def export(self) -> dict[str, list[JsonObject]]:
        """All that is stored about the user: table name -> rows, without the `user_id` column."""
        with self._db.reading() as rows:
            return {
                table.name: _without_owner(
                    rows.execute(self._select(table).order_by(*table.primary_key.columns))
                )
                for table in tables.metadata.sorted_tables
            }

    def forget(self) -> dict[str, int]:
        """Erase every row of this user in one transaction; returns table name -> rows erased."""
        with self._writing() as rows:
            receipt = {
                table.name: rows.execute(self._mine(sa.delete(table), table)).rowcount
                for table in reversed(tables.metadata.sorted_tables)
            }
        self._db.erase_traces()
        return receipt

    # How each statement is kept to this user

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with self._db.writing(self.user_id) as rows:
            yield rows

    def _mine(self, statement: Any, table: sa.Table) -> Any:
        return statement.where(table.c.user_id == self.user_id)

    def _select(self, table: sa.Table) -> sa.Select[Any]:
        return self._mine(sa.select(table), table)  # type: ignore[no-any-return]

    def _insert(self, rows: sa.Connection, table: sa.Table, values: JsonObject) -> None:
        rows.execute(sa.insert(table), {"user_id": self.user_id, **values})

    def _last(
        self, rows: sa.Connection, column: sa.Column[int], *conditions: sa.ColumnElement[bool]
    ) -> int:
        """The highest number given so far; 0 before the first. Safe to add to inside `_writing`."""
        highest = sa.select(sa.func.coalesce(sa.func.max(column), 0)).where(*conditions)
        return int(rows.execute(self._mine(highest, column.table)).scalar_one())

    def _next(self, rows: sa.Connection, column: sa.Column[int]) -> int:
        return self._last(rows, column) + 1

    # The parts of a write

    def _touch_session(self, rows: sa.Connection, session_id: str, now: datetime) -> None:
        this = tables.agent_sessions
        touched = rows.execute(
            self._mine(sa.update(this), this)
            .where(this.c.session_id == session_id)
            .values(updated_at=now)
        )
        if touched.rowcount == 0:
            session = {"session_id": session_id, "created_at": now, "updated_at": now}
            self._insert(rows, this, session)

    def _add_message(
        self,
        rows: sa.Connection,
        session_id: str | None,
        run_id: int | None,
        role: str,
        content: str,
    ) -> None:
        message = {
            "message_id": self._next(rows, tables.messages.c.message_id),
            "session_id": session_id,
            "run_id": run_id,
            "role": role,
            "content": content,
            "created_at": self.now(),
        }
        self._insert(rows, tables.messages, message)

    def _add_call(self, rows: sa.Connection, call: ModelCall, source: Source) -> int:
        call_id = self._next(rows, tables.model_calls.c.call_id)
        values = {
            "call_id": call_id,
            "run_id": source.run_id,
            "session_id": source.session_id,
            "model": call.request["model"],
            **vars(call),
        }
        self._insert(rows, tables.model_calls, values)
        return call_id

    def _memories(self, rows: sa.Connection) -> list[UserMemory]:
        query = self._select(tables.user_memories).order_by(tables.user_memories.c.memory_id)
        return [UserMemory(**row) for row in _without_owner(rows.execute(query))]

    def _memory(self, memory_id: int | None) -> UserMemory:
        number = check_number("memory_id", memory_id)
        with self._db.reading() as rows:
            memory = self._find(rows, tables.user_memories.c.memory_id == number)
            if memory is None:
                raise UnknownMemory(f"{self.user_id!r} has {self._no_memory(rows, number)}")
        return memory

    def _find(self, rows: sa.Connection, condition: sa.ColumnElement[bool]) -> UserMemory | None:
        query = self._select(tables.user_memories).where(condition).limit(1)
        return next((UserMemory(**row) for row in _without_owner(rows.execute(query))), None)

    def _no_memory(self, rows: sa.Connection, memory_id: int | None) -> str:
        known = ", ".join(str(each.memory_id) for each in self._memories(rows))
        return f"no memory {memory_id}; there are: {known or 'none'}"

    def _change_by_hand(self, change: Change) -> MemoryEvent:
        [event] = self.change_memories([change])
        if event.status == "rejected":
            raise InvalidInput(f"the memories of {self.user_id!r} were not changed: {event.reason}")
        return event

    def _change(
        self,
        rows: sa.Connection,
        change: Change,
        source: Source,
        call_id: int | None,
        now: datetime,
    ) -> MemoryEvent:
        """Make one change, or find why it cannot be made; either way keep the event."""
        memory_id = change.memory_id
        before = self._find(rows, tables.user_memories.c.memory_id == memory_id)
        reason = change.reason or self._objection(rows, change, before)
        if not reason:
            memory_id = self._apply(rows, change, source, now)
        event = MemoryEvent(
            event_id=self._next(rows, tables.memory_events.c.event_id),
            memory_id=memory_id,
            action=change.action,
            status="rejected" if reason else "applied",
            reason=reason,
            before=before.memory if before else None,
            after=change.memory,
            topics=change.topics if change.memory else None,
            call_id=call_id,
            created_at=now,
            **dict(source),
        )
        self._insert(rows, tables.memory_events, dict(event))
        return event

    def _objection(
        self, rows: sa.Connection, change: Change, before: UserMemory | None
    ) -> str | None:
        """Why a change cannot be made, in words that help a model to do better."""
        if change.action != "add" and before is None:
            return self._no_memory(rows, change.memory_id)
        same = self._find(rows, tables.user_memories.c.memory == change.memory)
        if change.memory is not None and same is not None:
            return f"memory {same.memory_id} says exactly that already"
        return None

    def _apply(self, rows: sa.Connection, change: Change, source: Source, now: datetime) -> int:
        this = tables.user_memories
        memory_id = change.memory_id
        text = {"memory": change.memory, "topics": change.topics, "updated_at": now, **dict(source)}
        if memory_id is None:
            # Numbers are never given twice: the events remember also what has been deleted. A
            # rejected one may name a memory that never was.
            event = tables.memory_events
            memory_id = 1 + self._last(rows, event.c.memory_id, event.c.status == "applied")
            self._insert(rows, this, {"memory_id": memory_id, "created_at": now, **text})
            return memory_id
        statement = sa.delete(this) if change.action == "delete" else sa.update(this).values(text)
        rows.execute(self._mine(statement, this).where(this.c.memory_id == memory_id))
        return memory_id

    def _applied_until(self, as_of: int | datetime) -> list[MemoryEvent]:
        """The applied events up to and including a run, or a time."""
        events = [each for each in self.history() if each.status == "applied"]
        if isinstance(as_of, datetime):
            as_of = check_time("as_of", as_of)
            return [each for each in events if each.created_at <= as_of]
        last = self._last_event_of(check_number("as_of", as_of))
        return [each for each in events if each.event_id <= last]

    def _last_event_of(self, run_id: int) -> int:
        """The number of the last event of a run; if it has none, of the last one before it."""
        run, event = tables.agent_runs, tables.memory_events
        with self._db.reading() as rows:
            return max(
                self._last(rows, run.c.memory_version, run.c.run_id <= run_id),
                self._last(rows, event.c.event_id, event.c.run_id <= run_id),
            )


def _outcome(events: Iterable[MemoryEvent]) -> dict[int, UserMemory]:
    """What the applied events amount to: `memory_id` -> memory, in order of id."""
    memories: dict[int, UserMemory] = {}
    for event in events:
        assert event.memory_id is not None
        if event.after is None:
            del memories[event.memory_id]
            continue
        earlier = memories.get(event.memory_id)
        memories[event.memory_id] = UserMemory(
            memory_id=event.memory_id,
            memory=event.after,
            topics=event.topics or [],
            created_at=earlier.created_at if earlier else event.created_at,
            updated_at=event.created_at,
            run_id=event.run_id,
            session_id=event.session_id,
            input=event.input,
        )
    return dict(sorted(memories.items()))


def _without_owner(result: sa.CursorResult[Any]) -> list[JsonObject]:
    """Rows as dicts, without the column that is the same in all of them."""
    rows = [dict(row) for row in result.mappings()]
    for row in rows:
        del row["user_id"]
    return rows
