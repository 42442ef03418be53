"""One agent, many users: a run, from a message to a stored reply.

A run has five steps, and `Agent.arun` is those steps in order:

    1. keep the message        the user's words are safe before anything can fail
    2. build the context       what the model is going to see
    3. ask for the reply     } at the same time, so that a turn takes as long as the slower
    4. extract memories      } of the two (a session summary, if wanted, follows the reply)
    5. finish the run          reply, calls and outcome are stored
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from typing import Any

from memkit.concurrency import wait_for
from memkit.context import build_context
from memkit.errors import MemkitError, ModelError
from memkit.extraction import UpdateUserMemory, describe
from memkit.memory import MemoryManager
from memkit.models.functions import check_tools, function_tool
from memkit.models.openai import OnText, OpenAIChat, check_model, check_on_text
from memkit.models.patience import Patience
from memkit.offline.model import OfflineChat
from memkit.printing import print_run
from memkit.records import Message, RunResult, Session, UserMemory
from memkit.reply import Functions, ask_for_reply, summarize
from memkit.retrieval.recall import Recall
from memkit.store.db import Db
from memkit.store.sqlite import SqliteDb
from memkit.store.user import User
from memkit.turn import Turn, running
from memkit.validation import (
    Settings,
    check_count,
    check_id,
    check_lines,
    check_message,
    check_switch,
    check_text,
    instance_of,
    optional,
    setting,
)

EXTRACTION = frozenset({"update_memory_on_run", "enable_agentic_memory"})  # either, or neither


check_db = instance_of(  # without the URL, which may hold a password
    Db, lambda place: "PostgresDb(db_url=...)" if "://" in place else f"SqliteDb({place!r})"
)
check_manager = instance_of(MemoryManager, "MemoryManager()".format)


@dataclass(eq=False, repr=False)
class Agent(Settings):
    """A chat agent that serves any number of users and remembers each of them separately.

    Beyond replying it does nothing that is not switched on. Every setting can be changed between
    two runs, and is checked whenever it is set.

    Parameters
    ----------
    model : OpenAIChat, optional
        The model that replies; an `OfflineChat` if left out.
    db : Db, optional
        The store: a `SqliteDb` or a `PostgresDb`; `SqliteDb("data/memkit.db")` if left out.
    update_memory_on_run : bool
        Extract memories from every message.
    add_memories_to_context : bool
        Put the user's memories into the system prompt.
    add_history_to_context : bool
        Put the last turns of this session into the request.
    num_history_runs : int
        How many turns that is, at least 1.
    enable_agentic_memory : bool
        Offer the model a tool that changes memories, instead of `update_memory_on_run`.
    enable_session_summaries : bool
        Keep a summary of every session up to date, and put it into the system prompt.
    recall : Recall, optional
        Which memories go into the prompt; all of them if left out.
    memory_manager : MemoryManager, optional
        How memories are extracted; if left out, a `MemoryManager(model)`, which keeps that model.
    tools : list of functions, optional
        What the model may call: functions with type hints and a docstring, plain or async. A
        parameter `user: User` is the user of the run, and not for the model to set.
    instructions : str or list of str, optional
        Lines of the system prompt.
    system_message : str, optional
        The beginning of the system prompt.
    add_datetime_to_context : bool
        Tell the model today's date, by the clock of the store.
    user_id, session_id : str, optional
        For calls that name none.

    Raises
    ------
    InvalidInput
        For a setting of the wrong kind, before anything is stored; it says what to write instead.

    Examples
    --------
    >>> from memkit.lab import temporary_store
    >>> agent = Agent(OfflineChat(), temporary_store(), update_memory_on_run=True)
    >>> run = agent.run("I like tea.", user_id="ana", session_id="monday")
    >>> [memory.memory for memory in agent.get_user_memories("ana")]
    ['The user likes tea.']
    >>> agent.get_user_memories("ben")
    []
    """

    model: OpenAIChat = setting(check_model, made=lambda _: OfflineChat())
    db: Db = setting(check_db, made=lambda _: SqliteDb())
    _: KW_ONLY
    update_memory_on_run: bool = setting(check_switch, False)
    add_memories_to_context: bool = setting(check_switch, False)
    add_history_to_context: bool = setting(check_switch, False)
    num_history_runs: int = setting(check_count, 3)
    enable_agentic_memory: bool = setting(check_switch, False)
    enable_session_summaries: bool = setting(check_switch, False)
    recall: Recall = setting(instance_of(Recall, "Recall({!r})".format), made=lambda _: Recall())
    memory_manager: MemoryManager = setting(
        check_manager, made=lambda agent: MemoryManager(agent.model)
    )
    tools: Sequence[Callable[..., Any]] = setting(check_tools, made=lambda _: ())
    instructions: str | Sequence[str] | None = setting(optional(check_lines))
    system_message: str | None = setting(optional(check_text))
    add_datetime_to_context: bool = setting(check_switch, False)
    user_id: str | None = setting(optional(check_id))
    session_id: str | None = setting(optional(check_id))
    _exclusive_switches = EXTRACTION

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

        A model that fails raises nothing: the message is kept, and `error` of the result says what
        happened.

        Parameters
        ----------
        message : str
            What the user says: 1 to 100,000 characters.
        user_id, session_id : str, optional
            Who says it in which conversation: 1 to 255 visible characters each, compared exactly.
            The agent's own ids if left out.
        on_text : function, optional
            Called with each piece of the reply as it comes.

        Returns
        -------
        RunResult
            The reply, and what else came of the run.

        Raises
        ------
        InvalidInput
            For an id or a message that is refused; nothing was stored.
        StoreError
            If the store fails.
        """
        user, session_id = self._user_and_session(user_id, session_id)
        on_text = optional(check_on_text)("on_text", on_text)
        last_runs = self.num_history_runs if self.add_history_to_context else 0
        async with running(user, session_id, message, on_text, last_runs) as turn:  # 1, and 5
            await self._build_context(turn)  # 2
            failures = await asyncio.gather(
                self._reply(turn),  # 3
                self._remember(turn),  # 4
                return_exceptions=True,  # neither stops the other
            )
            for failure in filter(None, failures):
                raise failure
        return turn.result

    async def astream(
        self, message: str, *, user_id: str | None = None, session_id: str | None = None
    ) -> AsyncIterator[str]:
        """Do the same as `arun`, but give the reply piece by piece; leaving the loop cancels it.

        Parameters
        ----------
        message, user_id, session_id : str
            As for `arun`.

        Yields
        ------
        str
            The next piece of the reply.

        Raises
        ------
        ModelError
            If there is no reply.
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
        self,
        message: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        stream: bool = False,
    ) -> None:
        """Run, and print the message and the reply.

        Parameters
        ----------
        message, user_id, session_id : str
            As for `arun`.
        stream : bool
            Print each piece of the reply as it comes.
        """
        user, session_id = self._user_and_session(user_id, session_id)
        run = partial(self.arun, message, user_id=user.user_id, session_id=session_id)
        who = f"{user.user_id} in {session_id}"
        await print_run(run, message, who, self.model.id, stream)

    def run(
        self, message: str, *, user_id: str | None = None, session_id: str | None = None
    ) -> RunResult:
        """Do the same as `arun`, in a script; in a notebook write `await agent.arun(...)`.

        Parameters
        ----------
        message, user_id, session_id : str
            As for `arun`.

        Returns
        -------
        RunResult
            The reply, and what else came of the run.

        Raises
        ------
        RunningLoopError
            If an event loop is already running here, as it is in a notebook.
        """
        return wait_for(self.arun(message, user_id=user_id, session_id=session_id), "arun")

    def print_response(
        self,
        message: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        stream: bool = False,
    ) -> None:
        """Do the same as `aprint_response`, in a script.

        Parameters
        ----------
        message, user_id, session_id, stream
            As for `aprint_response`.

        Raises
        ------
        RunningLoopError
            If an event loop is already running here, as it is in a notebook.
        """
        ids = {"user_id": user_id, "session_id": session_id}
        wait_for(self.aprint_response(message, **ids, stream=stream), "aprint_response")

    def get_user_memories(self, user_id: str | None = None) -> list[UserMemory]:
        """List what is remembered about a user.

        Parameters
        ----------
        user_id : str, optional
            The agent's own if left out.

        Returns
        -------
        list of UserMemory
            The oldest first.
        """
        return self._user(user_id).memories()

    def get_sessions(self, user_id: str | None = None) -> list[Session]:
        """List the conversations of a user.

        Parameters
        ----------
        user_id : str, optional
            The agent's own if left out.

        Returns
        -------
        list of Session
            The oldest first.
        """
        return self._user(user_id).sessions()

    def get_messages(
        self, user_id: str | None = None, session_id: str | None = None
    ) -> list[Message]:
        """List the messages of one session of a user, in the order in which they were stored.

        Parameters
        ----------
        user_id, session_id : str, optional
            The agent's own if left out.

        Returns
        -------
        list of Message
        """
        user, session_id = self._user_and_session(user_id, session_id)
        return user.messages(session_id)

    def _user(self, user_id: str | None) -> User:
        return self.db.for_user(self.user_id if user_id is None else user_id)

    def _user_and_session(self, user_id: str | None, session_id: str | None) -> tuple[User, str]:
        session_id = self.session_id if session_id is None else session_id
        return self._user(user_id), check_id("session_id", session_id)

    async def _build_context(self, turn: Turn) -> None:
        """Step 2: what the model is going to see."""
        summary = turn.start.summary if self.enable_session_summaries else None
        context = build_context(
            turn.message,
            system_message=self.system_message,
            instructions=self.instructions,
            now=turn.runs.now() if self.add_datetime_to_context else None,
            summary=summary,
            memories=await self._recall(turn) if self.add_memories_to_context else (),
            history=turn.start.history,
        )
        turn.messages, turn.outline = context.messages, context.outline

    async def _recall(self, turn: Turn) -> list[UserMemory]:
        """The memories that go into the prompt; the newest, if the search among them fails."""
        about = turn.runs, turn.message, self.model, turn.record
        try:
            async with Patience(self.memory_manager.timeout):
                used, turn.recalled = await self.recall.choose(*about)
        except ModelError as error:
            turn.fail(f"the memories were not searched, so the newest are in the prompt: {error}")
            used, turn.recalled = await replace(self.recall, method="last_n").choose(*about)
        return used

    async def _reply(self, turn: Turn) -> None:
        """Step 3: ask for the reply, and then for a summary of the session."""
        try:
            await ask_for_reply(turn, self.model, self._functions(turn))
        except ModelError as error:
            turn.fail(f"no reply: {error}")
            return
        if self.enable_session_summaries:
            await summarize(turn, self.model, self.memory_manager.timeout)

    async def _remember(self, turn: Turn) -> None:
        """Step 4: let the memory manager extract what the message says about the user."""
        if self.update_memory_on_run:
            try:
                await self._update_memories(turn, turn.message)
            except ModelError as error:
                turn.fail(str(error))

    async def _update_memories(self, turn: Turn, text: str) -> str:
        """Extract memories from a text, and say what came of it."""
        extract = self.memory_manager.acreate_user_memories
        after = turn.replied if self.update_memory_on_run else None
        try:
            events = await extract(turn.user, text, turn.source, self.model, after)
        except MemkitError as error:
            raise ModelError(f"the memories were not updated: {error}") from error
        return "; ".join(map(describe, events)) or "nothing to change"

    def _functions(self, turn: Turn) -> Functions:
        """The tools that the model may use in this run, for the user of this run."""
        tools = map(function_tool, self.tools)
        functions: Functions = {tool.arguments: partial(tool.call, turn.user) for tool in tools}
        if self.enable_agentic_memory:
            functions[UpdateUserMemory] = lambda used: self._update_memories(
                turn, check_message(used.task)
            )
        return functions
