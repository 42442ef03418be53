"""How far something long is, shown in a notebook, with a button that stops it."""

# IPython's `display` carries no types.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

FEW = 10  # so many steps are over before anybody looks


class Progress(ipywidgets.HBox):  # type: ignore[misc]
    """A bar, a count of what is done, and a Stop button that cancels a task."""

    def __init__(self, steps: int, task: asyncio.Task[Any]) -> None:
        """`task` is what takes the steps."""
        self.bar = ipywidgets.IntProgress(max=steps)
        self.count = ipywidgets.Label(f"0 of {steps}")
        self.stop = ipywidgets.Button(description="Stop")
        self.stopped = False
        self._task, self._loop = task, task.get_loop()
        super().__init__([self.bar, self.count, self.stop])
        self.stop.on_click(self._stop)

    def __repr__(self) -> str:
        return f"Progress({self.count.value})"

    def advance(self) -> None:
        """Say that a step is done."""
        self.bar.value += 1
        self.count.value = f"{self.bar.value} of {self.bar.max}"

    def _stop(self, _: Any) -> None:
        self.stopped = True
        self._loop.call_soon_threadsafe(self._task.cancel)  # the click comes in another thread


@contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[], None]]:
    """Show how many of the steps are done; the block calls what it is given after each of them.

    Stop cancels what the block awaits and ends the block, without an error. A few steps, and those
    of a script, show nothing.
    """
    task = asyncio.current_task()
    if task is None or steps <= FEW or not hasattr(get_ipython(), "kernel"):
        yield lambda: None
        return
    shown = Progress(steps, task)
    display(shown)
    try:
        yield shown.advance
    except asyncio.CancelledError:
        if not shown.stopped:
            raise
        task.uncancel()
        shown.count.value += ", stopped"
    finally:
        shown.stop.disabled = True
