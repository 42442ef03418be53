"""Long work with a progress bar, which can be stopped without harm, and the work there is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import ipywidgets
import pandas as pd

from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.explore.html import error_html
from memkit.records import ModelCall
from memkit.retrieval.meaning import BATCH
from memkit.retrieval.search import METHODS, search
from memkit.store import index
from memkit.store.runs import RunLog
from memkit.widgets.panel import FULL, LABEL, WRAP
from memkit.widgets.table import Table


class Work(ipywidgets.VBox):  # type: ignore[misc]
    """A button that starts something long, a bar that shows how far it is, and one that stops it.

    `do(work)` does it: it calls `work.expect(steps)`, `work.advance()` after each of them,
    and shows what came of it in `work.table`. To stop it is to cancel its task, so whatever it was
    doing ends as a cancelled run does: what was stored before stays, and nothing is half done.
    """

    def __init__(self, label: str, do: Callable[[Work], Coroutine[Any, Any, None]]) -> None:
        """`label` stands on the button."""
        self.start = ipywidgets.Button(description=label, layout={"width": "auto"})
        self.stop = ipywidgets.Button(description="Stop", disabled=True)
        self.bar = ipywidgets.IntProgress(layout={"flex": "1 1 8em", "min_width": "4em"})
        self.progress = ipywidgets.Label()
        self.error = ipywidgets.HTML(layout=FULL)
        self.table = Table()
        self.running: asyncio.Task[None] | None = None
        self._do = do
        controls = [self.start, self.stop, self.bar, self.progress]
        row = ipywidgets.HBox(controls, layout=WRAP)
        super().__init__([row, self.error, self.table])
        self.start.on_click(self._start)
        self.stop.on_click(self._stop)

    def __repr__(self) -> str:
        return f"Work({self.start.description!r}, {self.progress.value or 'not begun'!r})"

    def expect(self, steps: int) -> None:
        """Say how many steps there are; none is done yet."""
        self.bar.max, self.bar.value = steps, 0
        self.advance(0)

    def advance(self, steps: int = 1) -> None:
        """Say that a step is done."""
        self.bar.value += steps
        self.progress.value = f"{self.bar.value} of {self.bar.max}"

    def clear(self) -> None:
        """Show nothing of what came of it before."""
        self.error.value = ""
        self.table.show(pd.DataFrame(), "", nothing="")

    def _start(self, _: Any) -> None:
        self._busy(True)
        self.running = asyncio.get_running_loop().create_task(self._work())

    def _stop(self, _: Any) -> None:
        if self.running:
            self.running.cancel()

    async def _work(self) -> None:
        self.clear()
        self.expect(1)
        try:
            await self._do(self)
            self.advance(self.bar.max - self.bar.value)
        except asyncio.CancelledError:
            self.progress.value += ", stopped"
        except MemkitError as error:
            self.error.value = error_html(str(error))
        except Exception as error:
            self.error.value = error_html(f"{type(error).__name__}: {error}")
            raise
        finally:
            self._busy(False)

    def _busy(self, busy: bool) -> None:
        self.start.disabled, self.stop.disabled = busy, not busy


class Search(ipywidgets.VBox):  # type: ignore[misc]
    """Search one user's memories by any method, with the score and the reason of each one found."""

    def __init__(self, agent: Agent, user_id: str = "") -> None:
        """`text` is what is searched for; `frame` what was found."""
        self.agent = agent
        self.text = ipywidgets.Text(description="Search", layout=FULL, style=LABEL)
        self.method = ipywidgets.Dropdown(
            description="Method", options=METHODS, value="hybrid", layout=FULL, style=LABEL
        )
        self.limit = ipywidgets.BoundedIntText(5, description="At most", min=1, style=LABEL)
        self.work = Work("Search the memories", self._search)
        self.frame = pd.DataFrame()
        self._user_id = user_id
        super().__init__([self.text, self.method, self.limit, self.work])

    def __repr__(self) -> str:
        return f"Search(user={self.user_id!r}, found={len(self.frame)})"

    @property
    def user_id(self) -> str:
        """Whose memories are searched."""
        return self._user_id

    @user_id.setter
    def user_id(self, user_id: str) -> None:
        if user_id != self._user_id:  # what was found for somebody else goes
            self._user_id, self.frame = user_id, pd.DataFrame()
            self.work.clear()

    async def _search(self, work: Work) -> None:
        user, about = self.agent.db.for_user(self.user_id), self.text.value
        runs = RunLog(user)
        version = await runs.run_in_thread(runs.version)
        waiting = 0
        if self.method.value in ("semantic", "hybrid"):
            waiting = len(await runs.read(index.not_embedded, self.agent.model.embedding_id))
        work.expect(math.ceil((1 + waiting) / BATCH))

        async def record(call: ModelCall) -> None:
            await runs.run_in_thread(runs.record_call, call, version=version)
            work.advance()

        chosen = self.limit.value, self.method.value
        found = await search(runs, about, *chosen, self.agent.model, record)
        if user.user_id != self.user_id:  # somebody else was chosen meanwhile
            return
        rows = [(f.memory.memory_id, f.memory.memory, round(f.score, 4), f.why) for f in found]
        self.frame = pd.DataFrame(rows, columns=["memory_id", "memory", "score", "why"])
        work.table.show(self.frame, f"Found for {about!r}", nothing="nothing matches")
