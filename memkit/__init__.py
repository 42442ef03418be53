"""memkit: a kit to teach and explore the memory of a chat agent with many users and sessions.

    from memkit import Agent, OfflineChat, SqliteDb

    agent = Agent(model=OfflineChat(), db=SqliteDb("data/memkit.db"), update_memory_on_run=True)
    run = await agent.arun("I like anime.", user_id="user_1@example.com", session_id="session_1")
    agent.get_user_memories(user_id="user_1@example.com")

Reading order: `agent` (a run in five steps), `context` (what the model sees), `recall` and `search`
(which memories), `memory` and `tools` (what is remembered), `models` and `offline` (who answers),
`user` (the only door to a user's rows), `ledger` (changing them), `queries`, `tables` and `db` (the
store), `frames`, `copies`, `views` and `magic` (looking at it with SQL: `%load_ext memkit`).
`records`, `checks` and `errors` are the words they share. Then `vocabulary`, `english`, `rules`,
`digest` and `embeddings` (what the offline model knows), `tokens` and `loop` (a text's length, the
sync names), `lab`, `pictures` and `widgets` (for the lessons).
"""

from memkit.agent import Agent, RunResult
from memkit.db import PostgresDb, SqliteDb
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
from memkit.models import OpenAIChat
from memkit.offline import OfflineChat
from memkit.recall import Recall
from memkit.records import MemoryEvent, UserMemory

__all__ = [
    "Agent",
    "InvalidInput",
    "MemkitError",
    "MemoriesChanged",
    "MemoryEvent",
    "MemoryManager",
    "ModelError",
    "OfflineChat",
    "OpenAIChat",
    "PostgresDb",
    "QueryError",
    "Recall",
    "RunResult",
    "RunningLoopError",
    "SqliteDb",
    "StoreError",
    "UnknownMemory",
    "UserMemory",
    "load_ipython_extension",
]


def load_ipython_extension(shell: object) -> None:
    """What `%load_ext memkit` does: bring in the magics `%memsql` and `%%memsql`."""
    from memkit.magic import register  # only notebooks need IPython

    register(shell)
