"""memkit: a kit to teach and explore the memory of a chat agent with many users and sessions.

    >>> from memkit import Agent, OfflineChat
    >>> from memkit.lab import temporary_store  # or SqliteDb("data/memkit.db"), which stays
    >>> agent = Agent(OfflineChat(), temporary_store(), update_memory_on_run=True)
    >>> run = agent.run("I like anime.", user_id="user_1@example.com", session_id="session_1")
    >>> [memory.memory for memory in agent.get_user_memories(user_id="user_1@example.com")]
    ['The user likes anime.']

In a notebook, write `run = await agent.arun(...)`.

Reading order: first a run, from a message to a stored reply::

    agent       what happens in a run? Five steps
    context     what does the model see?
    reply       how is it asked for a reply, and what is done with its tool calls?
    memory      how are memories decided on, when many decide at once?
    extraction  what is the model asked for that, and what does its answer mean?
    optimize    how do many memories become few?
    turn        what do these steps hand on to one another?
    printing    how is a run shown in a terminal?

then a folder for each other question::

    retrieval   which memories?
    store       where is it kept?
    models      who answers?
    offline     who answers without a key?
    explore     what is in there? SQL, pictures, `%load_ext memkit`
    lab         what does a class need?
    commands    what can be typed in a terminal?
    widgets     what can be clicked?

and what all of them stand on: `records` (the values that travel), `errors`, `validation` (what is
accepted), `concurrency` (who waits for whom) and `words` (of a text).
"""

import typing

from memkit.agent import Agent
from memkit.errors import (
    InvalidInput,
    MemkitError,
    MemoriesChanged,
    ModelError,
    QueryError,
    RunningLoopError,
    StoreError,
    UnknownMemory,
)
from memkit.memory import MemoryManager
from memkit.models.abilities import Abilities
from memkit.models.openai import OpenAIChat
from memkit.models.replay import RecordingChat, ReplayChat
from memkit.offline.model import OfflineChat
from memkit.offline.rules import Rule
from memkit.records import MemoryEvent, Message, ModelCall, RunResult, Session, ToolCall, UserMemory
from memkit.retrieval.past import search_past_sessions
from memkit.retrieval.recall import Recall
from memkit.store.db import Db
from memkit.store.postgres import PostgresDb
from memkit.store.sqlite import SqliteDb
from memkit.store.user import User

__version__ = "0.2.0"

__all__ = [
    "Abilities",
    "Agent",
    "Db",
    "InvalidInput",
    "MemkitError",
    "MemoriesChanged",
    "MemoryEvent",
    "MemoryManager",
    "Message",
    "ModelCall",
    "ModelError",
    "OfflineChat",
    "OpenAIChat",
    "PostgresDb",
    "QueryError",
    "Recall",
    "RecordingChat",
    "ReplayChat",
    "Rule",
    "RunResult",
    "RunningLoopError",
    "Session",
    "SqliteDb",
    "StoreError",
    "ToolCall",
    "UnknownMemory",
    "User",
    "UserMemory",
    "load_ipython_extension",
    "search_past_sessions",
]


if typing.TYPE_CHECKING:
    from memkit.explore import pictures as pictures, views as views
else:  # a type checker would take every name for one that there is

    def __getattr__(name: str) -> object:
        """`memkit.views` and `memkit.pictures`, imported when a lesson first uses them."""
        from importlib import import_module

        if name in ("views", "pictures"):
            return import_module(f"memkit.explore.{name}")
        raise AttributeError(f"module 'memkit' has no attribute {name!r}")


def load_ipython_extension(shell: object) -> None:
    """Add the magic `%%memsql`: IPython calls this for `%load_ext memkit`.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The running IPython.
    """
    from memkit.explore.magic import register  # only notebooks need IPython

    register(shell)
