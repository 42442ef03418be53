"""memkit: a kit to teach and explore the memory of a chat agent with many users and sessions.

    from memkit import Agent, OfflineChat, SqliteDb

    agent = Agent(model=OfflineChat(), db=SqliteDb("data/memkit.db"), update_memory_on_run=True)
    run = await agent.arun("I like anime.", user_id="user_1@example.com", session_id="session_1")
    agent.get_user_memories(user_id="user_1@example.com")

Reading order: `agent` (a run in five steps), `context` (what the model sees), `memory` (what is
remembered); then a folder for each question that a reader asks, from the top down:

    widgets     what can be clicked?
    lab         what does a class need?
    explore     what is in there? (SQL, pictures, `%load_ext memkit`)
    offline     who answers without a key?
    retrieval   which memories?
    models      who answers?
    store       where is it kept?

`records`, `errors` and `validation` are the words that all of them share; `concurrency` and `words`
(of a text) are what they stand on.
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
from memkit.models.openai import OpenAIChat
from memkit.offline.model import OfflineChat
from memkit.records import MemoryEvent, Message, ModelCall, RunResult, Session, UserMemory
from memkit.retrieval.recall import Recall, Recalled
from memkit.store.db import Db
from memkit.store.postgres import PostgresDb
from memkit.store.sqlite import SqliteDb
from memkit.store.user import User

__all__ = [
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
    "Recalled",
    "RunResult",
    "RunningLoopError",
    "Session",
    "SqliteDb",
    "StoreError",
    "UnknownMemory",
    "User",
    "UserMemory",
    "load_ipython_extension",
]


if not typing.TYPE_CHECKING:  # a type checker would take every name for one that there is

    def __getattr__(name: str) -> object:
        """`memkit.views` and `memkit.pictures`, imported when a lesson first uses them."""
        from importlib import import_module

        if name in ("views", "pictures"):
            return import_module(f"memkit.explore.{name}")
        raise AttributeError(f"module 'memkit' has no attribute {name!r}")


def load_ipython_extension(shell: object) -> None:
    """What `%load_ext memkit` does: bring in the magics `%memsql` and `%%memsql`."""
    from memkit.explore.magic import register  # only notebooks need IPython

    register(shell)
