"""Long work with a progress bar, which can be stopped without harm, and the work there is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import ipywidgets
import pandas as pd

from memkit.agent import Agent
from memkit.lab.bar import Progress
from memkit.retrieval.search import METHODS, search
from memkit.store.runs import RunLog, version_of
from memkit.widgets.panel import FULL, LABEL, WRAP, Panel, errors_shown, menu


class Work(Panel):
    """A button that starts something long, with how far it is, and what came of it in a table.

    `do(work)` does it: it calls `work.progress.expect(steps)`, `work.progress.advance()` after each
    of them, and shows what came of it with `work.show(frame, caption)`. To stop it is to cancel its
    task, so whatever it was doing ends as a cancelled run does: what was stored before stays, and
    nothing is half done.
    """

    def __init__(
        self,
        label: str,
        do: Callable[[Work], Coroutine[Any, Any, None]],
        user_id: str = "",
        controls: Sequence[ipywidgets.Widget] = (),
    ) -> None:
        """`label` stands on the button."""
        self.start, self.progress = self.button(label, self._start), Progress()
        self.running: asyncio.Task[None] | None = None
        self._do = do
        row = ipywidgets.HBox([self.start, self.progress], layout=WRAP)
        super().__init__(user_id, [*controls, row])

    def _start(self) -> None:
        self.start.disabled = True
        self.running = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        self.clear()
        self.progress.expect(1)
        whose = self.user_id
        try:
            with self.progress.running(), errors_shown(self.error):
                await self._do(self)
                self.progress.advance(self.progress.bar.max - self.progress.bar.value)
        finally:
            self.start.disabled = False
            if self.user_id != whose:  # an error is about the user before
                self.clear()


class Search(Work):
    """Search one user's memories by any method, with the score and the reason of each one found."""

    def __init__(self, agent: Agent, user_id: str = "") -> None:
        """`text` is what is searched for; `frame` what was found."""
        self.agent = agent
        self.text = ipywidgets.Text(description="Search", layout=FULL, style=LABEL)
        self.method = menu("Method", options=METHODS, value="hybrid")
        self.limit = ipywidgets.BoundedIntText(5, description="At most", min=1, style=LABEL)
        asked = [self.text, self.method, self.limit]
        super().__init__("Search the memories", self._search, user_id, asked)

    async def _search(self, work: Work) -> None:
        user, about = self.agent.db.for_user(self.user_id), self.text.value
        runs = RunLog(user)
        version = await runs.read(version_of)
        record = partial(runs.run_in_thread, runs.record_call, version=version)
        chosen = self.limit.value, self.method.value
        _, found = await search(runs, about, *chosen, self.agent.model, record)
        if user.user_id != self.user_id:  # somebody else was chosen meanwhile
            return
        rows = [(f.memory.memory_id, f.memory.memory, round(f.score, 4), f.why) for f in found]
        frame = pd.DataFrame(rows, columns=["memory_id", "memory", "score", "why"])
        self.show(frame, f"Found for {about!r}", nothing="nothing matches")
