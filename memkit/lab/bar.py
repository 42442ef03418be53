"""How far something long is, shown in a notebook, with a button that stops it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets


class Progress(ipywidgets.HBox):  # type: ignore[misc]
    """A bar, a count of what is done, and a Stop button."""

    def __init__(self) -> None:
        self.bar = ipywidgets.IntProgress(layout={"flex": "1 1 8em", "min_width": "4em"})
        self.count = ipywidgets.Label()
        self.stop = ipywidgets.Button(description="Stop", disabled=True)
        super().__init__([self.bar, self.count, self.stop], layout={"flex": "1 1 20em"})
        self.stop.on_click(self._stop)

    def __repr__(self) -> str:
        return f"Progress({self.count.value})"

    def expect(self, steps: int) -> None:
        """Say how many steps there are; none is done yet."""
        self.bar.max, self.bar.value = steps, 0
        self.advance(0)

    def advance(self, steps: int = 1) -> None:
        """Say that a step is done."""
        self.bar.value += steps
        self.count.value = f"{self.bar.value} of {self.bar.max}"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let Stop cancel what the block awaits, and end the block then, without an error."""
        task = asyncio.current_task()
        assert task is not None
        self._task, self._stopped, self.stop.disabled = task, False, False
        try:
            yield
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            task.uncancel()
            self.count.value += ", stopped"
        finally:
            self.stop.disabled = True

    def _stop(self, _: Any) -> None:
        self._stopped = True  # and not from here, as the click comes in another thread
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)
