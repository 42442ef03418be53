"""The values that travel between the modules; whose they are is for the store to know.

Each is a frozen row: attributes in code, keys for `dict(row)`, so a list of them is a pandas frame
with `pandas.DataFrame(map(dict, rows))`. The exception is `ModelCall`, which is filled in as the
call proceeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

JsonObject = dict[str, Any]


class Version(NamedTuple):
    """Which memories were read: the number of their last event, and when the first one was.

    Numbers start again after `forget`, and only a later life has another first event.
    """

    event_id: int = 0
    since: datetime | None = None


class Record:
    """A row that reads as attributes and, for pandas and JSON, as a mapping."""

    def keys(self) -> Iterator[str]:
        """The names of the columns, in order."""
        return (each.name for each in fields(self))  # type: ignore[arg-type]

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)


@dataclass(frozen=True)
class UserMemory(Record):
    """One thing known about a user, with the run, the session and the sentence behind its text."""

    memory_id: int
    memory: str
    topics: list[str]
    created_at: datetime
    updated_at: datetime
    run_id: int | None = None
    session_id: str | None = None
    input: str | None = None


@dataclass(frozen=True)
class MemoryEvent(Record):
    """One change of a user's memories.

    `applied`; `rejected` for the `reason` given; or `proposed`, and then `approved` or `refused`.
    `refers_to` is the event that this one undoes, or the proposal that it carries out.
    """

    event_id: int
    memory_id: int | None
    action: str
    status: str
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


@dataclass(frozen=True)
class Session(Record):
    """One conversation of a user, with its summary once there is one."""

    session_id: str
    created_at: datetime
    updated_at: datetime
    summary: str | None = None
    summary_of_run: int | None = None


@dataclass(frozen=True)
class Message(Record):
    """One thing said in a session, by the `user` or by the `assistant`."""

    message_id: int
    session_id: str
    run_id: int
    role: str
    content: str
    created_at: datetime


@dataclass(frozen=True)
class Beginning(Record):
    """A run that has just begun, and what was known at that moment, as far as it was asked for.

    `version` is that of the memories; `history` holds the last runs of the session that got their
    reply.
    """

    run_id: int
    began: datetime
    version: Version
    summary: str | None
    memories: list[UserMemory]
    history: list[Message]


@dataclass(frozen=True)
class Source(Record):
    """Where a change of memories comes from; all empty for a change made by hand.

    `began` is when the run's message was kept: numbers are given again after `forget`.
    """

    run_id: int | None = None
    session_id: str | None = None
    input: str | None = None
    began: datetime | None = None


@dataclass(frozen=True)
class Change:
    """A proposed `add`, `update` or `delete`; `reason` says why it cannot even be tried.

    With no `topics` the memory keeps those it has.
    """

    action: str
    memory_id: int | None = None
    memory: str | None = None
    topics: list[str] | None = None
    reason: str | None = None
    refers_to: int | None = None


@dataclass
class ModelCall:
    """One request to a model and what came back: the trace that `model_calls` keeps.

    `why` is `reply`, `memory`, `search`, `summary` or `optimize`; `request` is the JSON body as
    sent and `response` the assistant message as received; `latency` is in seconds.
    """

    why: str
    request: JsonObject
    started_at: datetime
    latency: float = 0.0
    response: JsonObject | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: str | None = None

    @property
    def text(self) -> str:
        """What the model said; empty when it only used tools."""
        return (self.response or {}).get("content") or ""

    @property
    def tool_calls(self) -> list[JsonObject]:
        """The tools it wants used: `{"id", "type", "function": {"name", "arguments"}}` each."""
        return (self.response or {}).get("tool_calls") or []
