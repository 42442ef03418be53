"""What can go wrong. Every error says what failed, what was found and what to do next.

    MemkitError
    ├── InvalidInput     (ValueError)     an id, a message, a memory or a setting that is refused
    ├── UnknownMemory    (LookupError)    this user has no memory with that id
    ├── StoreError                        the store cannot be opened, read or written
    │   └── MemoriesChanged               stale version: the memories changed since they were read
    ├── ModelError                        no key, no endpoint, or no usable answer
    ├── QueryError       (ValueError)     SQL that DuckDB refuses
    └── RunningLoopError (RuntimeError)   a sync name where an event loop is already running

`except MemkitError` catches them all. A model's own mistakes (a malformed tool call, an unknown
memory id) raise nothing: the model is told, and the event table keeps them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

# how to get a part that was left out
INSTALL = 'pip install -e ".[{}]" (in a checkout; README.md says how from a wheel)'


class MemkitError(Exception):
    """Base of every error that memkit raises on purpose."""


class InvalidInput(MemkitError, ValueError):
    """An id, a message, a memory or a setting that is refused; nothing was stored."""


class UnknownMemory(MemkitError, LookupError):
    """This user has no memory with that id; nothing was changed."""


class StoreError(MemkitError):
    """The store cannot be opened, read or written; nothing of this change was stored."""


class MemoriesChanged(StoreError):
    """Stale version: the memories changed since they were read. Read them again and retry."""


class ModelError(MemkitError):
    """A model could not be asked, or gave no usable answer."""


class QueryError(MemkitError, ValueError):
    """SQL that cannot be run on the copy of the store."""


class RunningLoopError(MemkitError, RuntimeError):
    """A sync name was called inside a running event loop, where only `await` works."""


@contextmanager
def needs(extra: str, what: str, kind: type[MemkitError] = MemkitError) -> Iterator[None]:
    """What the block imports comes with an extra; where it is missing, the error names both."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        how = INSTALL.format(extra)
        raise kind(f"{what} needs {package}, which is not installed: {how}") from error
