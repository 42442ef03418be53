"""The switches of an agent: what it remembers, and what it shows the model."""

from __future__ import annotations

from typing import Any

import ipywidgets

from memkit.agent import EXTRACTION, Agent
from memkit.retrieval.recall import Recall
from memkit.retrieval.search import METHODS
from memkit.widgets.panel import FULL, LABEL, errors_shown

SWITCHES = [
    "update_memory_on_run",
    "add_memories_to_context",
    "add_history_to_context",
    "enable_agentic_memory",
    "enable_session_summaries",
]


class Switches(ipywidgets.VBox):  # type: ignore[misc]
    """Change an agent between two runs; each control has the name that it has in `Agent(...)`."""

    def __init__(self, agent: Agent) -> None:
        """The controls begin as the agent is; `recall` is made of `method`, `limit`, `tokens`."""
        self.agent = agent
        self.switches = {name: self._switch(name) for name in SWITCHES}
        self.runs = _number("num_history_runs", agent.num_history_runs, least=1)
        self.method = ipywidgets.Dropdown(
            description="Recall",
            options=["all", *METHODS],
            value=agent.recall.method,
            layout=FULL,
            style=LABEL,
        )
        self.limit = _number("limit (0: none)", agent.recall.limit or 0)
        self.tokens = _number("tokens (0: no budget)", agent.recall.tokens or 0)
        self.error = ipywidgets.HTML(layout=FULL)
        recall = [self.method, self.limit, self.tokens]
        super().__init__([*self.switches.values(), self.runs, *recall, self.error])
        self.add_class("memkit-switches")
        self.runs.observe(self._set_runs, "value")
        for each in recall:
            each.observe(self._set_recall, "value")

    def __repr__(self) -> str:
        on = [name for name, switch in self.switches.items() if switch.value]
        return f"Switches(on={on}, recall={self.agent.recall!r})"

    def _switch(self, name: str) -> ipywidgets.Checkbox:
        on = getattr(self.agent, name)
        switch = ipywidgets.Checkbox(on, description=name, indent=False, layout=FULL)
        switch.observe(lambda change: self._set_switch(name, change["new"]), "value")
        return switch

    def _set_switch(self, name: str, on: bool) -> None:
        """Of the two ways to extract memories only one can be on: the other goes off first."""
        if on and name in EXTRACTION:
            for other in EXTRACTION - {name}:
                setattr(self.agent, other, False)
                self.switches[other].value = False
        setattr(self.agent, name, on)

    def _set_runs(self, change: dict[str, Any]) -> None:
        self.agent.num_history_runs = change["new"]

    def _set_recall(self, _: Any) -> None:
        """The old recall stays until the new one is a possible one."""
        with errors_shown(self.error):
            self.agent.recall = Recall(
                self.method.value, self.limit.value or None, self.tokens.value or None
            )


def _number(label: str, value: int, least: int = 0) -> ipywidgets.BoundedIntText:
    return ipywidgets.BoundedIntText(
        value, description=label, min=least, max=100_000, layout=FULL, style=LABEL
    )
