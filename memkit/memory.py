"""From what a user says to what is remembered: the memory manager.

The manager shows a model the user's message and the memories stored so far, and the model answers
with the changes that it proposes (see `memkit.extraction`). They are applied in one transaction,
and only if the memories are still those that the model was shown; otherwise it is asked again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass
from functools import partial
from itertools import chain, compress
from typing import Any, Literal, get_args

from memkit.errors import MemoriesChanged, ModelError
from memkit.extraction import (
    AddMemory,
    ClearMemory,
    DeleteMemory,
    UpdateMemory,
    asked_changes,
    exchange,
    proposals,
    request_messages,
    response_format,
    texts_of_user,
)
from memkit.models.openai import OpenAIChat, check_model
from memkit.models.patience import Patience
from memkit.models.tools import Tool
from memkit.optimize import Strategy, by_function, by_model, check_strategy
from memkit.records import (
    Extraction,
    JsonObject,
    MemoryEvent,
    Message,
    Method,
    ModelCall,
    Source,
    UserMemory,
)
from memkit.retrieval.meaning import Searcher
from memkit.retrieval.search import search
from memkit.retrieval.shortlist import shortlist
from memkit.store import index, queries
from memkit.store.queries import Rows
from memkit.store.runs import RunLog, version_of
from memkit.store.user import User, check_user
from memkit.validation import (
    Settings,
    check_seconds,
    check_switch,
    check_text,
    choice_of,
    instance_of,
    optional,
    setting,
)

MAX_WAIT = 10  # how many earlier decisions, each as long as allowed, one waits for
MAX_ROUNDS = 3  # how often a model is asked, when its tool calls are rejected

check_decider = instance_of(OpenAIChat, "OpenAIChat({0!r}) or additional_instructions={0!r}".format)
check_source = instance_of(Source, "Source(input={!r})".format)


@dataclass(eq=False, repr=False)
class MemoryManager(Settings):
    """Extracts memories from messages: a model decides with tools, and every decision is kept.

    Parameters
    ----------
    model : OpenAIChat, optional
        The model that decides; the agent's own if left out.
    additional_instructions : str, optional
        Rules that are added to the prompt.
    memory_capture_instructions : str, optional
        What is worth remembering, instead of `CAPTURE_INSTRUCTIONS`.
    add_memories, update_memories, delete_memories, clear_memories : bool
        The tools that the model may use; all but the last if left out.
    review : bool
        Propose changes instead of making them, for `user.approve` and `user.refuse`.
    extraction : str
        How the model answers: "tools", or "json_schema" for an endpoint without tools.
    timeout : float
        After how many seconds a decision, second tries included, is given up. The time begins when
        the reply of the same run has ended, and again with every answer to a request that was sent
        before, and if the memories changed. An agent gives a search for memories and a summary as
        much.

    Raises
    ------
    InvalidInput
        For a setting of the wrong kind; it says what to write instead.

    Examples
    --------
    >>> from memkit import Agent, OfflineChat
    >>> from memkit.lab import temporary_store
    >>> manager = MemoryManager(additional_instructions="Do not store names.", review=True)
    >>> agent = Agent(
    ...     OfflineChat(), temporary_store(), update_memory_on_run=True, memory_manager=manager
    ... )
    >>> [event] = agent.run("I like tea.", user_id="ana", session_id="monday").memory_events
    >>> event.status, event.after
    ('proposed', 'The user likes tea.')
    """

    model: OpenAIChat | None = setting(optional(check_decider))
    _: KW_ONLY
    additional_instructions: str | None = setting(optional(check_text))
    memory_capture_instructions: str | None = setting(optional(check_text))
    add_memories: bool = setting(check_switch, True)
    update_memories: bool = setting(check_switch, True)
    delete_memories: bool = setting(check_switch, True)
    clear_memories: bool = setting(check_switch, False)
    review: bool = setting(check_switch, False)
    extraction: Extraction = setting(choice_of(get_args(Extraction)), "tools")
    timeout: float = setting(check_seconds, 20.0)

    async def acreate_user_memories(
        self,
        user: User,
        message: str | Sequence[str | Mapping[str, Any] | Message],
        source: Source | None = None,
        model: OpenAIChat | None = None,
        after: asyncio.Future[None] | None = None,
    ) -> list[MemoryEvent]:
        """Let the model decide what a message changes, and apply it.

        Decisions about one user wait for each other. If another process changes the memories
        between reading and writing, nothing is written and the model is asked again.

        Parameters
        ----------
        user : User
            The handle of the user, from `db.for_user(user_id)`.
        message : str or list
            What the user said: 1 to 100,000 characters. Or a conversation, as texts, as dicts with
            `role` and `content`, or as `Message`; what the user says in it is decided on message by
            message, so that every memory keeps its own sentence.
        source : Source, optional
            The run and the session of the message, if it has one.
        model : OpenAIChat, optional
            The model to ask if the manager has none.
        after : asyncio.Future, optional
            What the time for a decision begins after, such as the reply of the same run.

        Returns
        -------
        list of MemoryEvent
            Every change that was made, rejected or proposed.

        Raises
        ------
        InvalidInput
            For a message that is refused, or an argument of the wrong kind.
        ModelError
            If there was no decision in time; the failed call is stored.
        """
        user, texts = check_user("user", user), texts_of_user(message)
        source = optional(check_source)("source", source)
        model = optional(check_model)("model", model)
        events: list[MemoryEvent] = []
        for text in texts:
            runs = RunLog(user)
            decide = partial(
                self._decide, runs, text, source or Source(input=text), self._own(model), events
            )
            async with self._turn(runs):
                while not await decide(Patience(self.timeout, "decision", after)):
                    pass  # somebody else was faster, so it is decided again
        return events

    @asynccontextmanager
    async def _turn(self, runs: RunLog) -> AsyncIterator[None]:
        """Hold the user's decision lock; do not wait for ever for decisions that hang."""
        patience = MAX_WAIT * self.timeout
        try:
            async with asyncio.timeout(patience) as wait, runs.decision_lock():
                wait.reschedule(None)  # the wait is over
                yield
        except TimeoutError as error:
            why = f"earlier decisions about this user took more than {patience:g} s"
            raise ModelError(f"{why}; try again, or lower MemoryManager(timeout=...)") from error

    async def asearch_user_memories(
        self,
        user: User,
        query: str | None = None,
        limit: int = 5,
        retrieval_method: Method = "last_n",
    ) -> list[UserMemory]:
        """Search one user's memories; the calls to the model are stored.

        Parameters
        ----------
        user : User
            The handle of the user, from `db.for_user(user_id)`.
        query : str, optional
            What to search for; `last_n` and `first_n` need none.
        limit : int
            At most so many memories, at least 1.
        retrieval_method : str
            `last_n`, `first_n`, `keyword`, `semantic`, `hybrid` or `agentic`; the last three ask
            the manager's model. See `memkit.retrieval.search`.

        Returns
        -------
        list of UserMemory
            The best match first.

        Raises
        ------
        InvalidInput
            For an unknown method, a limit below 1, or an id where a handle is wanted.
        ModelError
            If the method needs a model, and there is none or it gives no usable answer.
        """
        runs = RunLog(check_user("user", user))
        version = await runs.read(version_of)
        record = partial(runs.run_in_thread, runs.record_call, version=version)
        _, found = await search(runs, query, limit, retrieval_method, self.model, record)
        return [match.memory for match in found]

    async def aoptimize_memories(
        self,
        user: User,
        strategy: Strategy | Literal["summarize"] = "summarize",
        apply: bool = True,
    ) -> list[MemoryEvent]:
        """Replace a user's memories by fewer that say the same, in one transaction.

        Parameters
        ----------
        user : User
            The handle of the user, from `db.for_user(user_id)`.
        strategy : "summarize" or function
            Ask the model, or call a function (plain or async) that takes the list of memories and
            returns the sentences that are to take their place. A memory that is among them stays.
        apply : bool
            Make the changes; otherwise propose them, for `user.approve` and `user.refuse`.

        Returns
        -------
        list of MemoryEvent
            What was changed or proposed; `user.undo` takes it back.

        Raises
        ------
        InvalidInput
            For an unknown strategy, sentences that are refused, or an id where a handle is wanted.
        MemoriesChanged
            If the memories changed meanwhile; nothing was written.
        ModelError
            If the model gives no usable answer; the failed call is stored.
        """
        strategy, apply = check_strategy(strategy), check_switch("apply", apply)
        runs = RunLog(check_user("user", user))
        async with runs.decision_lock():
            memories, version = await runs.run_in_thread(runs.snapshot)
            if not memories:
                return []
            call = None
            if callable(strategy):
                changes = await by_function(strategy, memories)
            else:
                own = self._own(None)
                call, changes = await by_model(own, memories, runs, version, self.timeout)
            return await runs.run_in_thread(
                runs.change_memories, changes, version, call=call, propose=not apply
            )

    @property
    def _tools(self) -> list[type[Tool]]:
        """The tools that the model is allowed to use."""
        tools = AddMemory, UpdateMemory, DeleteMemory, ClearMemory
        allowed = self.add_memories, self.update_memories, self.delete_memories, self.clear_memories
        return list(compress(tools, allowed))

    def _own(self, model: OpenAIChat | None) -> OpenAIChat:
        """The manager's model, or else the one it is lent."""
        if own := self.model or model:
            return own
        raise ModelError("this MemoryManager has no model; pass MemoryManager(model=...)")

    async def _decide(
        self,
        runs: RunLog,
        message: str,
        source: Source,
        model: OpenAIChat,
        events: list[MemoryEvent],
        patience: Patience,
    ) -> bool:
        """Read, ask, write; False if the memories changed in between and must be read again.

        A model whose proposals are rejected is told why and may try again.
        """
        record = partial(runs.run_in_thread, runs.record_call, source=source)
        known = await shortlist(Searcher(runs, model, record), message)
        version = known.version
        instructions = self.memory_capture_instructions, self.additional_instructions
        messages = request_messages(known.text, message, runs.now(), *instructions, self.extraction)
        for _ in range(MAX_ROUNDS):
            call = ModelCall("memory", self._request(model, messages), runs.now())
            async with runs.keep_failed(call, source, version), patience:
                await model.send(call)
                call.tool_calls = asked_changes(call, self.extraction, model.has_used_tools)
            numbers = await runs.read(_all_numbers) if self.clear_memories else ()
            proposed = [proposals(asked, self._tools, numbers) for asked in call.tool_calls]
            changes = list(chain.from_iterable(proposed))
            try:
                made = await runs.run_in_thread(
                    runs.change_memories, changes, version, source, call, self.review
                )
            except MemoriesChanged:
                return False
            events += made
            if not any(event.status == "rejected" for event in made):
                break
            messages = [*messages, *exchange(call, proposed, made, self.extraction)]
            version = version._replace(event_id=version.event_id + len(made))  # an event each
        return True

    def _request(self, model: OpenAIChat, messages: Sequence[JsonObject]) -> JsonObject:
        """What asks a model for a decision: with tools, or with the form of the answer."""
        if self.extraction == "tools":
            return model.request(messages, [tool.schema_for_model() for tool in self._tools])
        return {**model.request(messages), "response_format": response_format()}


def _all_numbers(rows: Rows) -> list[int]:
    return list(rows.run(queries.MEMORY_NUMBERS, limit=index.ALL).scalars())
