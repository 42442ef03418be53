"""Other Python processes, for tests of what several do at once and of what dies.

They are forked from a process that has memkit loaded and no threads, and share nothing with this
one, nor with each other.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["hypothesis", "memkit", "psycopg", "pytest"])


@contextmanager
def another_process(do: Callable[..., None], *arguments: Any) -> Iterator[tuple[Connection, Any]]:
    """A process that does `do(pipe, *arguments)`, with a pipe to it.

    It is killed when it is no longer needed.
    """
    ours, theirs = context.Pipe()
    process = context.Process(target=do, args=(theirs, *arguments))
    process.start()
    theirs.close()
    try:
        yield ours, process
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
