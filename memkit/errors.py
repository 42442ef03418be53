"""What can go wrong, said to a person: what failed, what was found, what to do next.

    MemkitError
    ├── InvalidInput     (ValueError)     an id, a message or a memory that cannot be accepted
    ├── UnknownMemory    (LookupError)    this user has no memory with that id
    ├── StoreError                        the store cannot be opened, read or written
    │   └── MemoriesChanged               what a change is based on is no longer so
    ├── ModelError                        no key, no endpoint, or an answer that is none
    ├── QueryError       (ValueError)     SQL that DuckDB refuses
    └── RunningLoopError (RuntimeError)   a sync name where a loop already runs

`except MemkitError` catches them all. A model's own mistakes (a malformed tool call, an unknown
memory id) are no exceptions: the model is told, and the event table keeps them.
"""

INSTALL = 'pip install "memkit-notebooks[{}]"'  # how to get a part that was left out


class MemkitError(Exception):
    """Base of every error that memkit raises on purpose."""


class InvalidInput(MemkitError, ValueError):
    """An id, a message or a memory text that cannot be accepted; nothing was stored."""


class UnknownMemory(MemkitError, LookupError):
    """This user has no memory with that id; nothing was changed."""


class StoreError(MemkitError):
    """The store cannot be opened, read or written; nothing of this change was stored."""


class MemoriesChanged(StoreError):
    """The memories have changed since they were read; read them again and decide again."""


class ModelError(MemkitError):
    """A model could not be asked, or gave no usable answer."""


class QueryError(MemkitError, ValueError):
    """SQL that cannot be run on the copy of the store."""


class RunningLoopError(MemkitError, RuntimeError):
    """A sync name was called inside a running event loop, where only `await` works."""
