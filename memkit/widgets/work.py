"""Long work with a progress bar, which can be stopped without harm, and the work there is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from memkit.agent import Agent
from memkit.lab.bar import Progress
from memkit.records import ModelCall
from memkit.retrieval.meaning import BATCH
from memkit.retrieval.search import METHODS, search
from memkit.store import index
from memkit.store.runs import RunLog
from memkit.widgets.panel import FULL, LABEL, WRAP, button, errors_shown, menu
from memkit.widgets.table import Table


class Work(ipywidgets.VBox):  # type: ignore[misc]
    """A button that starts something long, with how far it is, and what came of it in a table.

    `do(work)` does it: it calls `work.progress.expect(steps)`, `work.progress.advance()` after each
    of them, and shows what came of it in `work.table`. To stop it is to cancel its task, so
    whatever it was doing ends as a cancelled run does: what was stored before stays, and nothing is
    half done.
    """

    def __init__(self, label: str, do: Callable[[Work], Coroutine[Any, Any, None]]) -> None:
        """`label` stands on the button."""
        self.start = button(label)
        self.progress, self.error, self.table = Progress(), ipywidgets.HTML(layout=FULL), Table()
        self.running: asyncio.Task[None] | None = None
        self._do = do
        row = ipywidgets.HBox([self.start, self.progress], layout=WRAP)
        super().__init__([row, self.error, self.table])
        self.start.on_click(self._start)

    def __repr__(self) -> str:
        return f"Work({self.start.description!r}, {self.progress.count.value or 'not begun'!r})"

    def clear(self) -> None:
        """Show nothing of what came of it before."""
        self.error.value = ""
        self.table.show(pd.DataFrame(), "", nothing="")

    def _start(self, _: Any) -> None:
        self.start.disabled = True
        self.running = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        self.clear()
        self.progress.expect(1)
        try:
            with self.progress.running(), errors_shown(self.error):
                await self._do(self)
                self.progress.advance(self.progress.bar.max - self.progress.bar.value)
        finally:
            self.start.disabled = False


class Search(ipywidgets.VBox):  # type: ignore[misc]
    """Search one user's memories by any method, with the score and the reason of each one found."""

    user_id = traitlets.Unicode(help="whose memories are searched")

    def __init__(self, agent: Agent, user_id: str = "") -> None:
        """`text` is what is searched for; `frame` what was found."""
        self.agent = agent
        self.text = ipywidgets.Text(description="Search", layout=FULL, style=LABEL)
        self.method = menu("Method", options=METHODS, value="hybrid")
        self.limit = ipywidgets.BoundedIntText(5, description="At most", min=1, style=LABEL)
        self.work = Work("Search the memories", self._search)
        self.frame = pd.DataFrame()
        super().__init__([self.text, self.method, self.limit, self.work])
        self.user_id = user_id
        self.observe(self._clear, "user_id")

    def __repr__(self) -> str:
        return f"Search(user={self.user_id!r}, found={len(self.frame)})"

    def _clear(self, _: Any) -> None:
        """What was found for somebody else goes."""
        self.frame = pd.DataFrame()
        self.work.clear()

    async def _search(self, work: Work) -> None:
        user, about = self.agent.db.for_user(self.user_id), self.text.value
        runs = RunLog(user)
        version = await runs.run_in_thread(runs.version)
        waiting = 0
        if self.method.value in ("semantic", "hybrid"):
            waiting = len(await runs.read(index.not_embedded, self.agent.model.embedding_id))
        work.progress.expect(math.ceil((1 + waiting) / BATCH))

        async def record(call: ModelCall) -> None:
            await runs.run_in_thread(runs.record_call, call, version=version)
            work.progress.advance()

        chosen = self.limit.value, self.method.value
        _, found = await search(runs, about, *chosen, self.agent.model, record)
        if user.user_id != self.user_id:  # somebody else was chosen meanwhile
            return
        rows = [(f.memory.memory_id, f.memory.memory, round(f.score, 4), f.why) for f in found]
        self.frame = pd.DataFrame(rows, columns=["memory_id", "memory", "score", "why"])
        work.table.show(self.frame, f"Found for {about!r}", nothing="nothing matches")
