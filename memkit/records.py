"""The values that travel between the modules; whose they are is for the store to know.

Each is a frozen row: attributes in code, keys for `dict(row)`, so a list of them is a pandas frame
with `pandas.DataFrame(map(dict, rows))`. The exception is `ModelCall`, which is filled in as the
call proceeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, NamedTuple

JsonObject = dict[str, Any]

Action = Literal["add", "update", "delete"]
EventStatus = Literal["applied", "rejected", "proposed", "approved", "refused", "erased"]
RunStatus = Literal["completed", "failed", "cancelled"]
Method = Literal["last_n", "first_n", "keyword", "semantic", "hybrid", "agentic"]
Role = Literal["user", "assistant"]
Extraction = Literal["tools", "json_schema"]
Why = Literal["reply", "memory", "search", "summary", "optimize"]


class Version(NamedTuple):
    """Which memories were read: the epoch of their user, and the number of their last event.

    Numbers start again after `forget`, and only the epoch tells one life from the next.
    """

    epoch: int | None = None
    event_id: int = 0


class Record:
    """A row that reads as attributes and, for pandas and JSON, as a mapping."""

    def keys(self) -> Iterator[str]:
        """The names of the columns.

        Returns
        -------
        iterator of str
            In the order of the attributes.
        """
        return (column.name for column in fields(self))  # type: ignore[arg-type]

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)


@dataclass(frozen=True)
class UserMemory(Record):
    """One thing known about a user, with the sentence that its text comes from.

    Attributes
    ----------
    memory_id : int
        Counts up from 1 for each user: memory 3 of one user is not memory 3 of another.
    memory : str
        One line of at most 1,000 characters.
    topics : list of str
        At most ten words: what it is about.
    created_at, updated_at : datetime
        When it was stored and last changed, with the zone.
    run_id : int, optional
        The run that wrote the text as it is now; None if somebody wrote it by hand.
    session_id : str, optional
        The session of that run.
    input : str, optional
        The user's message in that run.
    expires_at : datetime, optional
        From then on it is not among the memories any more; None if it holds on.
    """

    memory_id: int
    memory: str
    topics: list[str]
    created_at: datetime
    updated_at: datetime
    run_id: int | None = None
    session_id: str | None = None
    input: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class MemoryEvent(Record):
    """One change of a user's memories: made, rejected, or proposed for a person to decide.

    Attributes
    ----------
    event_id : int
        Counts up from 1 for each user, in the order of the changes.
    memory_id : int, optional
        The memory that was changed; None for one that was never stored.
    action : str
        `add`, `update` or `delete`; in a rejected event also the name of a tool that does not
        exist.
    status : str
        `applied`, `rejected` or `proposed`; a decided proposal is `approved` or `refused`. With
        `erased` nothing but the number is left of a memory.
    reason : str, optional
        Why it was rejected; or from which memories it was put together.
    before, after : str, optional
        The text of the memory before and after the change.
    topics : list of str, optional
        The topics after the change.
    run_id : int, optional
        The run that asked for the change; None for a change made by hand.
    session_id : str, optional
        The session of that run.
    input : str, optional
        The user's message in that run.
    call_id : int, optional
        The model call that asked for it: a row of `model_calls`.
    refers_to : int, optional
        The event that this one undoes, or the proposal that it carries out.
    created_at : datetime
        When it was written, with the zone.
    expires_at : datetime, optional
        When the text after the change expires.
    """

    event_id: int
    memory_id: int | None
    action: Action | str
    status: EventStatus
    reason: str | None
    before: str | None
    after: str | None
    topics: list[str] | None
    run_id: int | None
    session_id: str | None
    input: str | None
    call_id: int | None
    refers_to: int | None
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Session(Record):
    """One conversation of a user.

    Attributes
    ----------
    session_id : str
        The id it was given; it belongs to this user, and another user may have the same.
    created_at, updated_at : datetime
        When its first and its last run began, with the zone.
    summary : str, optional
        What it was about so far, if session summaries are on.
    summary_of_run : int, optional
        The last run that the summary covers.
    title : str, optional
        Its first words, or the name that it was given; None if it began before there were titles.
    """

    session_id: str
    created_at: datetime
    updated_at: datetime
    summary: str | None = None
    summary_of_run: int | None = None
    title: str | None = None


@dataclass(frozen=True)
class Message(Record):
    """One message of a session.

    Attributes
    ----------
    message_id : int
        Counts up from 1 for each user.
    session_id : str
        The session it belongs to.
    run_id : int
        The run it belongs to.
    role : str
        `user` or `assistant`.
    content : str
        Its text.
    created_at : datetime
        When it was stored, with the zone.
    """

    message_id: int
    session_id: str
    run_id: int
    role: Role
    content: str
    created_at: datetime


@dataclass(frozen=True)
class RunResult:
    """What came of one run.

    Attributes
    ----------
    content : str, optional
        The reply; None if there is none, and then `error` says why.
    run_id : int
        Counts up from 1 for each user.
    user_id : str
        The user of the run.
    session_id : str
        The session of the run.
    messages : list of dict
        What the model was sent, as `{"role", "content"}`; if it used tools, also its tool calls
        and their results.
    memory_events : list of MemoryEvent
        Every change of memories that was made, rejected or proposed.
    usage : dict of str to int
        `prompt_tokens`, `completion_tokens` and `total_tokens`, added up over all calls of the run.
    error : str, optional
        None if all went well; otherwise what failed: the reply, or something that goes with it.
    recalled : list of dict
        Why memories are in the prompt or not, as `{"used", "why", "memory_ids", "count"}`; empty
        if memories are not added to the context. `memory_ids` is empty for those not even found.
    """

    content: str | None
    run_id: int
    user_id: str
    session_id: str
    messages: list[JsonObject] = field(repr=False)
    memory_events: list[MemoryEvent] = field(repr=False)
    usage: dict[str, int] = field(repr=False)
    error: str | None = None
    recalled: list[JsonObject] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Beginning(Record):
    """A run that has just begun, and what was said before, as far as it was asked for.

    `source` says which run it is; `history` holds the last runs of the session that got their
    reply.
    """

    run_id: int
    source: Source
    summary: str | None
    history: list[Message]


@dataclass(frozen=True)
class Source(Record):
    """Where a change of memories comes from; all empty for a change made by hand.

    `epoch` is the user's when the run began: numbers are given again after `forget`.
    """

    run_id: int | None = None
    session_id: str | None = None
    input: str | None = None
    epoch: int | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Change:
    """A change of memories that a model or a person wants.

    Attributes
    ----------
    action : str
        `add`, `update` or `delete`; or the name of a tool that does not exist.
    memory_id : int, optional
        The memory to update or delete.
    memory : str, optional
        The new text.
    topics : list of str, optional
        The new topics; None keeps those of an updated memory.
    reason : str, optional
        Why it cannot even be tried.
    refers_to : int, optional
        The event that it undoes, or the proposal that it carries out.
    expires_at : datetime or "keep", optional
        When the new text expires; "keep" leaves it as it is.
    made_of : sequence of UserMemory
        The memories that it puts together: the newest of them says which run it came from.
    """

    action: Action | str
    memory_id: int | None = None
    memory: str | None = None
    topics: list[str] | None = None
    reason: str | None = None
    refers_to: int | None = None
    expires_at: datetime | Literal["keep"] | None = None
    made_of: Sequence[UserMemory] = ()


@dataclass
class ModelCall:
    """One request to a model and what came back: a row of `model_calls`.

    Attributes
    ----------
    why : str
        What it was sent for: `reply`, `memory`, `search`, `summary` or `optimize`.
    request : dict
        The JSON body as it was sent.
    started_at : datetime
        When it was sent, with the zone.
    latency : float
        How long it took, in seconds.
    response : dict, optional
        The assistant message as it was received; None if there was none.
    prompt_tokens, completion_tokens : int, optional
        The tokens that the endpoint counted; None if it did not.
    error : str, optional
        Why there is no usable answer.
    text : str
        What the answer says, without thoughts; this and what follows is not stored.
    tool_calls : list of dict
        The tools it asks for: `{"id", "type", "function": {"name", "arguments"}}`.
    finish_reason : str, optional
        Why the answer ended, in the words of the endpoint.
    thought : bool
        Whether there are thoughts in the answer.
    given_up : list of ModelCall
        The tries before this one; they are stored as calls of their own.
    tools_used : list of ToolCall
        The uses of the agent's tools that the answer asked for.
    rejected : list of tuple of str
        The memory tools that it used in a way that cannot even be tried, each with the reason.
    """

    why: Why
    request: JsonObject
    started_at: datetime
    latency: float = 0.0
    response: JsonObject | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: str | None = None
    text: str = ""
    tool_calls: list[JsonObject] = field(default_factory=list)
    finish_reason: str | None = None
    thought: bool = False
    given_up: list[ModelCall] = field(default_factory=list)
    tools_used: list[ToolCall] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class ToolCall:
    """One use of a tool by the model in a run: a row of `tool_calls`.

    Attributes
    ----------
    name : str
        The tool that the model named, whether there is one or not.
    arguments : object
        What it passed: a dict, or the text as it was received if that is not JSON.
    started_at : datetime
        When it was done, with the zone.
    latency : float
        How long it took, in seconds.
    result : str, optional
        What the model was told, if all went well.
    error : str, optional
        What it was told otherwise: why the call was rejected, or what the function raised.
    """

    name: str
    arguments: Any
    started_at: datetime
    latency: float = 0.0
    result: str | None = None
    error: str | None = None
