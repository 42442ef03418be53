"""One agent, many users: a run, from a message to a stored reply.

A run has five steps, and `Agent.arun` is those steps in order:

    1. keep the message        the user's words are safe before anything can fail
    2. build the context       what the model is going to see
    3. ask for the reply     } at the same time, so that a turn takes as long as the slower
    4. extract memories      } of the two (a session summary, if wanted, follows the reply)
    5. finish the run          reply, calls and outcome are stored
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeVar

from memkit.concurrency import finish_despite_cancel, wait_for
from memkit.context import Context, build_context, in_prompt
from memkit.errors import InvalidInput, MemkitError, ModelError
from memkit.memory import MemoryManager, UpdateUserMemory, check_model, describe
from memkit.models.openai import OnText, OpenAIChat
from memkit.models.tools import Tool, parse_arguments
from memkit.offline.model import OfflineChat
from memkit.records import (
    Beginning,
    Change,
    JsonObject,
    MemoryEvent,
    Message,
    ModelCall,
    RunResult,
    RunStatus,
    Session,
    Source,
    UserMemory,
    Why,
)
from memkit.retrieval.recall import Recall
from memkit.store.db import Db
from memkit.store.runs import RunLog
from memkit.store.sqlite import SqliteDb
from memkit.store.user import User
from memkit.validation import (
    Check,
    Settings,
    check_callback,
    check_count,
    check_id,
    check_lines,
    check_switch,
    check_text,
    instance_of,
    optional,
)

T = TypeVar("T")

SUMMARY_RUNS = 20  # how many runs of a session its summary is made of
SUMMARIZE_PROMPT = """\
Summarize this conversation in a few sentences: what the user told, asked and decided. Write about \
the user in the third person and add nothing.

<conversation>
{conversation}
</conversation>"""

# Two ways to extract memories: from every message, or when the model asks for it with its tool.
EXTRACTION = frozenset({"update_memory_on_run", "enable_agentic_memory"})

MAX_TOOL_ROUNDS = 5  # how often a model may use its tool before it has to reply


def _open_store(place: str) -> str:
    """The expression that opens the store at a path or a URL, which may hold a password."""
    return "PostgresDb(db_url=...)" if "://" in place else f"SqliteDb({place!r})"


log = logging.getLogger("memkit")


class Agent(Settings):
    """A chat agent that serves any number of users and remembers each of them separately.

    `model` answers and `db` stores; by default the offline model and `data/memkit.db`. What it does
    beyond replying is off until asked for: `update_memory_on_run` extracts memories from every
    message; `add_memories_to_context` puts the user's memories into the system prompt;
    `recall` says which of them (all, unless told otherwise); `add_history_to_context` adds the last
    `num_history_runs` turns of the session; `enable_session_summaries` keeps a summary of each
    session up to date and shows it to the model; `enable_agentic_memory` lets the model itself
    decide when to change memories, with a tool.
    `user_id` and `session_id` serve the calls that name none.
    """

    _checks: ClassVar[Mapping[str, Check]] = {
        "model": check_model,
        "db": instance_of(Db, _open_store),
        "update_memory_on_run": check_switch,
        "add_memories_to_context": check_switch,
        "add_history_to_context": check_switch,
        "num_history_runs": check_count,
        "enable_agentic_memory": check_switch,
        "enable_session_summaries": check_switch,
        "recall": instance_of(Recall, "Recall({!r})".format),
        "memory_manager": instance_of(MemoryManager, "MemoryManager()".format),
        "instructions": optional(check_lines),
        "system_message": optional(check_text),
        "user_id": optional(check_id),
        "session_id": optional(check_id),
    }
    _one_of = EXTRACTION

    def __init__(
        self,
        model: OpenAIChat | None = None,
        db: Db | None = None,
        *,
        update_memory_on_run: bool = False,
        add_memories_to_context: bool = False,
        add_history_to_context: bool = False,
        num_history_runs: int = 3,
        enable_agentic_memory: bool = False,
        enable_session_summaries: bool = False,
        recall: Recall | None = None,
        memory_manager: MemoryManager | None = None,
        instructions: str | Sequence[str] | None = None,
        system_message: str | None = None,
        user_id: str | None = None,
        session_id: str | None = None,
    ) -> None:
        self.model = OfflineChat() if model is None else model
        self.update_memory_on_run = update_memory_on_run
        self.add_memories_to_context = add_memories_to_context
        self.add_history_to_context = add_history_to_context
        self.num_history_runs = num_history_runs
        self.enable_agentic_memory = enable_agentic_memory
        self.enable_session_summaries = enable_session_summaries
        self.recall = Recall() if recall is None else recall
        self.memory_manager = (
            MemoryManager(self.model) if memory_manager is None else memory_manager
        )
        self.instructions = instructions
        self.system_message = system_message
        self.user_id = user_id
        self.session_id = session_id
        self.db = SqliteDb() if db is None else db  # last: nothing is opened for wrong arguments

    def __repr__(self) -> str:
        return f"Agent(model={self.model!r}, db={self.db!r})"

    async def arun(
        self,
        message: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        on_text: OnText | None = None,
    ) -> RunResult:
        """Answer a message of one user in one session, and remember what it says about the user.

        `on_text` is called with each piece of the reply as it comes. Raises `InvalidInput` for a
        bad id or message, and `StoreError` if the store fails. A model that fails raises nothing:
        the message is kept, and `error` of the result says what happened.
        """
        user, session_id = self._whose(user_id, session_id)
        on_text = optional(check_callback)("on_text", on_text)
        turn = await self._begin(user, session_id, message, on_text)  # 1
        try:
            context = await self._context(turn)  # 2
            turn.messages, turn.outline = context.messages, context.outline
            failures = await asyncio.gather(
                self._reply(turn),  # 3
                self._remember(turn),  # 4
                return_exceptions=True,  # neither stops the other
            )
            for failure in filter(None, failures):
                raise failure
        except BaseException as error:
            turn.fail(f"{type(error).__name__}: {error}")
            turn.cancelled = isinstance(error, asyncio.CancelledError)
            raise
        finally:
            result = await finish_despite_cancel(turn.runs.run_in_thread(turn.finish))  # 5
            await asyncio.sleep(0)  # who was cancelled meanwhile is cancelled here, not later
        return result

    async def astream(
        self, message: str, *, user_id: str | None = None, session_id: str | None = None
    ) -> AsyncIterator[str]:
        """The same run, giving the reply piece by piece; raises `ModelError` if there is none.

        Whoever stops listening cancels the run.
        """
        pieces: asyncio.Queue[str | None] = asyncio.Queue()
        run = asyncio.create_task(
            self.arun(message, user_id=user_id, session_id=session_id, on_text=pieces.put_nowait)
        )
        run.add_done_callback(lambda _: pieces.put_nowait(None))
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            result = await run
            if result.content is None:
                raise ModelError(result.error)
        finally:
            run.cancel()
            await asyncio.wait([run])

    async def aprint_response(
        self, message: str, *, user_id: str | None = None, session_id: str | None = None
    ) -> None:
        """Run, and print the message and the reply."""
        from rich import print as print_rich
        from rich.panel import Panel
        from rich.text import Text

        result = await self.arun(message, user_id=user_id, session_id=session_id)
        who = f"{result.user_id} in {result.session_id}"
        reply = "\n".join(filter(None, [result.content, result.error]))
        print_rich(Panel(Text(message), title=Text(who), title_align="left"))
        print_rich(Panel(Text(reply), title=Text(self.model.id), title_align="left"))

    def run(
        self, message: str, *, user_id: str | None = None, session_id: str | None = None
    ) -> RunResult:
        """`arun` for scripts; where a loop already runs, as in a notebook, use `await arun`."""
        return wait_for(self.arun(message, user_id=user_id, session_id=session_id), "arun")

    def print_response(
        self, message: str, *, user_id: str | None = None, session_id: str | None = None
    ) -> None:
        """`aprint_response` for scripts; in a notebook use `await aprint_response`."""
        printing = self.aprint_response(message, user_id=user_id, session_id=session_id)
        wait_for(printing, "aprint_response")

    def get_user_memories(self, user_id: str | None = None) -> list[UserMemory]:
        """What is remembered about a user, oldest first."""
        return self._user(user_id).memories()

    def get_sessions(self, user_id: str | None = None) -> list[Session]:
        """The conversations of a user, oldest first."""
        return self._user(user_id).sessions()

    def get_messages(
        self, user_id: str | None = None, session_id: str | None = None
    ) -> list[Message]:
        """What was said in one session of a user, in order."""
        user, session_id = self._whose(user_id, session_id)
        return user.messages(session_id)

    def _user(self, user_id: str | None) -> User:
        return self.db.for_user(self.user_id if user_id is None else user_id)

    def _whose(self, user_id: str | None, session_id: str | None) -> tuple[User, str]:
        session_id = self.session_id if session_id is None else session_id
        return self._user(user_id), check_id("session_id", session_id)

    async def _begin(
        self, user: User, session_id: str, message: str, on_text: OnText | None
    ) -> _Turn:
        """Step 1: keep the message, and read what the run needs in the same transaction."""
        memories = self.add_memories_to_context
        last_runs = self.num_history_runs if self.add_history_to_context else 0
        runs = RunLog(user)
        step = runs.run_in_thread(runs.begin_run, session_id, message, memories, last_runs)
        start = await finish_despite_cancel(step)
        return _Turn(user, runs, session_id, start, message, on_text)

    async def _context(self, turn: _Turn) -> Context:
        """Step 2: what the model is going to see."""
        start = turn.start
        memories: list[UserMemory] = []
        if self.add_memories_to_context:
            memories = await self._recall(turn, start.memories)
        return build_context(
            turn.message,
            system_message=self.system_message,
            instructions=self.instructions,
            summary=start.summary if self.enable_session_summaries else None,
            memories=memories,
            history=start.history,
        )

    async def _recall(self, turn: _Turn, memories: list[UserMemory]) -> list[UserMemory]:
        """The memories that go into the prompt; the newest, if the search among them fails."""
        about = turn.message, self.model, turn.record, turn.runs.now
        try:
            async with self._in_time():
                recalled = await self.recall.choose(memories, *about)
        except ModelError as error:
            turn.fail(f"the memories were not searched, so the newest are in the prompt: {error}")
            recalled = await replace(self.recall, method="last_n").choose(memories, *about)
        turn.recalled = recalled.reasons
        return recalled.used

    async def _reply(self, turn: _Turn) -> None:
        """Step 3: ask the model until it replies instead of using its tool."""
        tools = [each.schema_for_model() for each in self._tools()]
        try:
            for _ in range(MAX_TOOL_ROUNDS):
                call = turn.new_call(self.model.request(turn.messages, tools))
                await self.model.send(call, turn.on_text)
                if not call.tool_calls:
                    turn.reply = _said(call)
                    break
                results = [await self._use_tool(turn, call, each) for each in call.tool_calls]
                turn.messages = [*turn.messages, call.response or {}, *results]
            else:
                raise ModelError(f"the model used tools {MAX_TOOL_ROUNDS} times without replying")
        except ModelError as error:
            turn.fail(f"no reply: {error}")
            return
        if self.enable_session_summaries:
            await self._summarize(turn)

    async def _summarize(self, turn: _Turn) -> None:
        """After the reply: put into a few sentences what the session has been about so far."""
        said = await turn.runs.run_in_thread(turn.user.messages, turn.session_id, SUMMARY_RUNS)
        lines = [(each.role, each.content) for each in said]
        lines += [("user", turn.message), ("assistant", turn.reply or "")]
        conversation = "\n".join(f"{role}: {in_prompt(' '.join(t.split()))}" for role, t in lines)
        messages = [
            {"role": "system", "content": SUMMARIZE_PROMPT.format(conversation=conversation)},
            {"role": "user", "content": "Summarize it."},
        ]
        call = turn.new_call(self.model.request(messages), why="summary")
        try:
            async with self._in_time():
                turn.summary = _said(await self.model.send(call))
        except ModelError as error:
            call.error = str(error)
            turn.fail(f"the session was not summarised: {error}")

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """What goes with a reply holds the run up no longer than a decision of the manager may."""
        seconds = self.memory_manager.timeout
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise ModelError(f"no answer within {seconds:g} s") from error

    async def _remember(self, turn: _Turn) -> None:
        """Step 4: let the memory manager extract what the message says about the user."""
        if self.update_memory_on_run:
            try:
                await self._update_memories(turn, turn.message)
            except MemkitError as error:
                turn.fail(f"the memories were not updated: {error}")

    async def _update_memories(self, turn: _Turn, said: str) -> list[MemoryEvent]:
        manager = self.memory_manager
        return await manager.acreate_user_memories(turn.user, said, turn.source, self.model)

    def _tools(self) -> list[type[Tool]]:
        return [UpdateUserMemory] if self.enable_agentic_memory else []

    async def _use_tool(self, turn: _Turn, call: ModelCall, used: JsonObject) -> JsonObject:
        """Do what the model asks of its tool; whatever is wrong, the model is told."""
        try:
            arguments = parse_arguments(used, self._tools())
            events = await self._update_memories(turn, arguments.task)
            told = "; ".join(map(describe, events)) or "nothing to change"
        except InvalidInput as error:
            told = f"rejected: {error}"
            turn.rejected.append((call, Change(used["function"]["name"], reason=str(error))))
        except MemkitError as error:
            told = f"the memories were not updated: {error}"
            turn.fail(told)
        return {"role": "tool", "tool_call_id": used["id"], "content": told}


@dataclass
class _Turn:
    """A run in progress: whose it is, and what has come of it so far."""

    user: User
    runs: RunLog
    session_id: str
    start: Beginning
    message: str
    on_text: OnText | None
    messages: list[JsonObject] = field(default_factory=list)
    outline: list[JsonObject] = field(default_factory=list)
    calls: list[ModelCall] = field(default_factory=list)
    rejected: list[tuple[ModelCall, Change]] = field(default_factory=list)
    reply: str | None = None
    summary: str | None = None
    recalled: list[JsonObject] = field(default_factory=list)
    cancelled: bool = False
    errors: list[str] = field(default_factory=list)

    @property
    def run_id(self) -> int:
        return self.start.run_id

    @property
    def source(self) -> Source:
        return Source(self.run_id, self.session_id, self.message, self.start.began)

    def new_call(self, request: JsonObject, why: Why = "reply") -> ModelCall:
        """A call about to be sent; it will be stored however it ends."""
        self.calls.append(ModelCall(why, request, self.runs.now()))
        return self.calls[-1]

    async def record(self, call: ModelCall) -> None:
        """A call that somebody else has sent for this run, to be stored with the others."""
        self.calls.append(call)

    def fail(self, what: str) -> None:
        """Note a failure: for the result, for the table `agent_runs` and for the log."""
        self.errors.append(what)
        log.error("run %s of %s: %s", self.run_id, self.user.user_id, what)

    def finish(self) -> RunResult:
        """Step 5: store reply, calls and outcome, and read what the run has come to."""
        status: RunStatus = "failed" if self.reply is None else "completed"
        if self.cancelled:
            status = "cancelled"
        error = "; ".join(self.errors) or None
        events, usage = self.runs.finish_run(
            self.source,
            status,
            self.reply,
            error,
            calls=self.calls,
            rejected=self.rejected,
            context=self.outline,
            recalled=self.recalled,
            summary=self.summary,
        )
        return RunResult(
            content=self.reply,
            run_id=self.run_id,
            user_id=self.user.user_id,
            session_id=self.session_id,
            messages=self.messages,
            memory_events=events,
            usage=usage,
            error=error,
            recalled=self.recalled,
        )


def _said(call: ModelCall) -> str:
    """The text of an answer; a model that says nothing has failed."""
    if not call.text.strip():
        call.error = "the model answered with no text"
        raise ModelError(call.error)
    return call.text
