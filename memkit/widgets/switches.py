"""The switches of an agent: what it remembers, and what it shows the model."""

from functools import partial
from typing import Any

import ipywidgets
import pandas as pd

from memkit.agent import EXTRACTION, Agent
from memkit.retrieval.recall import Recall
from memkit.retrieval.search import METHODS
from memkit.widgets.panel import FULL, WRAP, errors_shown
from memkit.widgets.work import Work

SWITCHES = {
    "update_memory_on_run": "Remember what each message says",
    "enable_agentic_memory": "Let the model decide when to remember",
    "add_memories_to_context": "Show the model the memories",
    "add_history_to_context": "Show it the last turns of the session",
    "enable_session_summaries": "Keep and show a summary of the session",
    "add_datetime_to_context": "Tell the model today's date",
}


class Switches(ipywidgets.VBox):  # type: ignore[misc]
    """Change an agent between two runs; beside what a control does is its name in `Agent(...)`."""

    def __init__(self, agent: Agent) -> None:
        """The controls begin as the agent is; `recall` is made of `method`, `limit`, `tokens`."""
        self.agent = agent
        self.switches = {
            name: _switch(words, getattr(agent, name)) for name, words in SWITCHES.items()
        }
        self.review = _switch("Let a person approve every memory", agent.memory_manager.review)
        self.runs = _number("How many turns", agent.num_history_runs, least=1)
        self.method = ipywidgets.Dropdown(
            description="Which memories", options=["all", *METHODS], value=agent.recall.method
        )
        self.limit = _number("Memories at most (0: no limit)", agent.recall.limit or 0)
        self.tokens = _number("Tokens at most (0: no budget)", agent.recall.tokens or 0)
        self.error = ipywidgets.HTML(layout=FULL)
        named = {
            **self.switches,
            "MemoryManager(review=)": self.review,
            "num_history_runs": self.runs,
            "Recall(method)": self.method,
            "Recall(limit=)": self.limit,
            "Recall(tokens=)": self.tokens,
        }
        controls = [_beside(control, name) for name, control in named.items()]
        self.check = Work("Check what the model can do", self._check)
        super().__init__([*controls, self.error, self.check])
        self.add_class("memkit-switches")
        for name, control in named.items():
            control.observe(partial(self._set, name), "value")

    def __repr__(self) -> str:
        on = [name for name, switch in self.switches.items() if switch.value]
        return f"Switches(on={on}, recall={self.agent.recall!r})"

    def _set(self, name: str, change: dict[str, Any]) -> None:
        """Of the two ways to remember, one that is switched on switches the other off.

        The old recall stays until the new one is a possible one.
        """
        value, limits = change["new"], (self.limit.value or None, self.tokens.value or None)
        with errors_shown(self.error):
            match name.partition("(")[0]:
                case "Recall":
                    self.agent.recall = Recall(self.method.value, *limits)
                case "MemoryManager":
                    self.agent.memory_manager.review = value
                case _:
                    if value and name in EXTRACTION:
                        [other] = EXTRACTION - {name}
                        self.switches[other].value = False
                    setattr(self.agent, name, value)

    async def _check(self, work: Work) -> None:
        found = await self.agent.model.check()
        frame = pd.DataFrame(found.items(), columns=["what", "found"])
        work.show(frame, f"What {self.agent.model.id} can do")


def _beside(control: ipywidgets.Widget, name: str) -> ipywidgets.HBox:
    """A control, and what it is called in code."""
    control.layout = {"flex": "0 1 24em", "width": "auto", "max_width": "calc(100% - 4px)"}
    control.style.description_width = "initial"
    return ipywidgets.HBox([control, ipywidgets.HTML(f"<code>{name}</code>")], layout=WRAP)


def _switch(words: str, is_on: bool) -> ipywidgets.Checkbox:
    return ipywidgets.Checkbox(is_on, description=words, indent=False)


def _number(label: str, value: int, least: int = 0) -> ipywidgets.BoundedIntText:
    return ipywidgets.BoundedIntText(value, description=label, min=least, max=100_000)
