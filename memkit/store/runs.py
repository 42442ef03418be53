"""What an agent and its memory manager write about one user: runs, calls and decided changes.

`RunLog(user)` is for them what the handle is for a lesson, and reaches what the handle reaches:
this user's rows and nobody else's.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, TypeVar

from memkit.errors import MemoriesChanged, ModelError, StoreError
from memkit.records import (
    Beginning,
    Change,
    JsonObject,
    MemoryEvent,
    Message,
    ModelCall,
    Source,
    UserMemory,
    Version,
)
from memkit.store import queries
from memkit.store.ledger import BY_HAND, Ledger
from memkit.store.queries import Rows
from memkit.store.tables import model_calls
from memkit.store.user import User, usage_of
from memkit.validation import check_at_least, check_id, check_message, first_words

T = TypeVar("T")
Begin = Callable[[str], AbstractContextManager[Rows]]  # a transaction on one user's rows


class RunLog:
    """One user's runs, the calls made for them, and the changes of memories decided in them."""

    def __init__(self, user: User) -> None:
        self.user_id = user.user_id
        self._transactions = user._transactions
        self.now = self._transactions.now

    def decision_lock(self) -> asyncio.Lock:
        """What decisions about this user's memories wait for, within one event loop.

        Other loops and processes do not see it; for those, `change_memories` checks the version.
        """
        return self._transactions.locks.get(self.user_id, "decisions")

    async def run_in_thread(self, step: Callable[..., T], *arguments: Any, **more: Any) -> T:
        """Let the store do a step in a thread, while the event loop goes on.

        The steps of one user wait here for each other. If they did so in threads, a few that wait
        for a lock of this user would hold all the threads that everybody's steps need.
        """
        async with self._transactions.locks.get(self.user_id, "steps"):
            return await asyncio.to_thread(step, *arguments, **more)

    async def read(self, step: Callable[..., T], *arguments: Any) -> T:
        """Let a step look at this user's rows: `step(rows, *arguments)`, in a thread."""
        return await self._in_one(self._transactions.reading_of, step, arguments)

    async def write(self, step: Callable[..., T], *arguments: Any) -> T:
        """Let a step change this user's rows, in one transaction in a thread."""
        return await self._in_one(self._transactions.writing_of, step, arguments)

    async def _in_one(self, begin: Begin, step: Callable[..., T], arguments: Any) -> T:
        def in_one() -> T:
            with begin(self.user_id) as rows:
                return step(rows, *arguments)

        return await self.run_in_thread(in_one)

    def begin_run(self, session_id: str, message: str, last_runs: int = 0) -> Beginning:
        """Start a run and read, in the same transaction, what it needs to go on.

        That is the session's summary and, if wanted, the last runs' messages.
        """
        session_id, message = check_id("session_id", session_id), check_message(message)
        check_at_least("last_runs", last_runs, 0)
        with self._transactions.writing_of(self.user_id) as rows:
            now = self.now()
            session = rows.run(queries.TOUCH_SESSION, session=session_id, updated_at=now).first()
            if session is None:
                new = {"session_id": session_id, "created_at": now, "updated_at": now}
                rows.run(queries.NEW_SESSION, **new, title=first_words(message))
            run = {"session_id": session_id, "status": "running", "created_at": now}
            run_id = rows.number(queries.NEW_RUN, **run)
            source = Source(run_id, session_id, message, rows.begin_to_write())
            self._add_message(rows, source, "user", message)
            earlier = {"session": session_id, "runs": last_runs}
            history = rows.all(Message, queries.LAST_MESSAGES, **earlier) if last_runs else []
            return Beginning(run_id, source, session.summary if session else None, history)

    def all_messages(self) -> list[Message]:
        """List what was said in all sessions, in order."""
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.all(Message, queries.ALL_MESSAGES)

    def finish_run(
        self,
        run: Source,
        status: str,
        reply: str | None = None,
        error: str | None = None,
        calls: Sequence[ModelCall] = (),
        context: Sequence[JsonObject] = (),
        recalled: Sequence[JsonObject] = (),
        summary: str | None = None,
    ) -> tuple[list[MemoryEvent], dict[str, int]]:
        """Store how a run ended (`completed`, `failed` or `cancelled`), its reply and its calls.

        `context` is the outline of the request, `recalled` tells which memories were in it and why,
        `summary` what the session was about so far; that of a later run is kept. Returns what has
        come of the run: its memory events, and the tokens of all its calls.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            _check_epoch(rows, run)
            for call in calls:
                call_id = _add_call(rows, call, run)
                place = {"run_id": run.run_id, "session_id": run.session_id, "call_id": call_id}
                for used in call.tools_used:
                    rows.run(queries.NEW_TOOL_CALL, **place, **vars(used))
                for action, reason in call.rejected:
                    Ledger(rows, self.now, run, call_id).make(Change(action, reason=reason))
            if reply is not None:
                self._add_message(rows, run, "assistant", reply)
            if summary is not None:
                known = {"summary": summary, "summary_of_run": run.run_id}
                rows.run(queries.KEEP_SUMMARY, session=run.session_id, number=run.run_id, **known)
            ended = {"status": status, "error": error, "finished_at": self.now()}
            seen = {"context": list(context), "recalled": list(recalled)}
            rows.run(queries.FINISH_RUN, number=run.run_id, **seen, **ended)
            events = rows.all(MemoryEvent, queries.EVENTS_OF_RUN, number=run.run_id)
            return events, usage_of(rows, run.run_id)

    def record_call(
        self, call: ModelCall, source: Source = BY_HAND, version: Version | None = None
    ) -> int:
        """Store a call that changed nothing, such as one that failed; returns its `call_id`.

        `version` is that of the memories it was about, if it was about memories.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            _check_epoch(rows, source, version)
            return _add_call(rows, call, source)

    @asynccontextmanager
    async def keep_failed(
        self, call: ModelCall, source: Source = BY_HAND, version: Version | None = None
    ) -> AsyncIterator[None]:
        """Store a call that was sent in vain, with the reason, which is raised again."""
        try:
            yield
        except BaseException as error:
            why = str(error) if isinstance(error, ModelError) else call.error
            call.error = why or f"no usable answer: {error}"
            await self.run_in_thread(self.record_call, call, source, version)
            raise

    def snapshot(self) -> tuple[list[UserMemory], Version]:
        """The memories, oldest first, together with their version."""
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.all(UserMemory, queries.MEMORIES, now=self.now()), version_of(rows)

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
        but the call, and `MemoriesChanged` is raised. A change that cannot be made becomes a
        `rejected` event. `call` is the model call that asked for them, stored with them. With
        `propose` nothing changes: the events are `proposed`, for `approve` or `refuse`.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            now = _check_epoch(rows, source, version)
            read = version.event_id if version else now.event_id
            if call and read != now.event_id:
                again = ", decided again" if call.why == "memory" else ""
                call.error = f"the memories changed meanwhile; nothing was written{again}"
            ledger = Ledger(rows, self.now, source, _add_call(rows, call, source) if call else None)
            if read == now.event_id:
                return [ledger.propose(c) if propose else ledger.make(c) for c in changes]
        stale = f"memories were read at event {read}, but event {now.event_id} has been written"
        how = "read the memories again and retry"
        raise MemoriesChanged(f"stale version for user {self.user_id!r}: {stale}; {how}")

    def _add_message(self, rows: Rows, run: Source, role: str, content: str) -> None:
        place = {"run_id": run.run_id, "session_id": run.session_id}
        rows.run(queries.NEW_MESSAGE, **place, role=role, content=content, created_at=self.now())


def version_of(rows: Rows) -> Version:
    """Which memories stand in these rows: what a later write is compared with."""
    return Version(*rows.run(queries.VERSION).one())


def _check_epoch(rows: Rows, source: Source, version: Version | None = None) -> Version:
    """Refuse to write what began before its user was forgotten, and return the version now.

    `source` is the run that wants to, `version` that of the memories it is about.
    """
    now = version_of(rows)
    is_run = source.run_id is not None
    if (is_run and source.epoch != now.epoch) or (
        version is not None and version.epoch not in (None, now.epoch)
    ):
        what = f"run {source.run_id}" if is_run else "a decision about their memories"
        when = f"while {what} was under way, or something was erased"
        raise StoreError(f"{rows.user_id!r} was forgotten {when}; nothing of it was kept")
    return now


def _add_call(rows: Rows, call: ModelCall, source: Source) -> int:
    """Store a call, after the tries that were given up before it; returns its `call_id`."""
    for tried in call.given_up:
        _add_call(rows, tried, source)
    place = {"run_id": source.run_id, "session_id": source.session_id}
    columns = {name: value for name, value in vars(call).items() if name in model_calls.c}
    return rows.number(queries.NEW_CALL, **place, model=call.request["model"], **columns)
