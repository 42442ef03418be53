"""Everything together: talk on the left, and look at what came of it on the right."""

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import pandas as pd

from memkit.agent import Agent
from memkit.lab.play import play
from memkit.lab.scenarios import invented_class
from memkit.store.db import Db
from memkit.widgets.chat import Conversation
from memkit.widgets.gallery import Gallery
from memkit.widgets.memories import Lineage, MemoryTable, Review, TimeSlider
from memkit.widgets.microscope import Microscope
from memkit.widgets.panel import FULL, LABEL, WIDE, WRAP, View
from memkit.widgets.person import Person
from memkit.widgets.sql import SqlBox
from memkit.widgets.switches import Switches
from memkit.widgets.work import Search, Work

# Beside each other where there is room for both, below each other where there is not.
LEFT = {"flex": "1 1 22em", "min_width": "0"}
RIGHT = {"flex": "2 1 30em", "min_width": "0", "padding": "0 0 0 1em"}
OF_ONE_USER: dict[str, Callable[[Db, str], Any]] = {
    "Memories": MemoryTable,
    "Prompt": Microscope,
    "Time": TimeSlider,
    "Lineage": Lineage,
    "Review": Review,
    "SQL": SqlBox,
    "Person": Person,
    "Pictures": Gallery,
}
KEPT_HEIGHT = {"min_height": "40em"}  # the page does not jump when another panel is shown


class Playground(ipywidgets.HBox):  # type: ignore[misc]
    """Talk to an agent as anybody, and look at memories, prompts, time, lineage and SQL.

    Whoever is chosen in the conversation is the one whose rows the other panels show. Beside each
    other on a wide page, below each other on a narrow one.
    """

    def __init__(self, agent: Agent, users: Iterable[str] = ()) -> None:
        """`users` are offered beside those that the store already knows."""
        self.agent = agent
        self.talk = Conversation(agent, users)
        user_id = self.talk.user_id
        self.following = {name: kind(agent.db, user_id) for name, kind in OF_ONE_USER.items()}
        self.following["Search"] = Search(agent, user_id)
        self.students = ipywidgets.BoundedIntText(
            10, description="Students", min=1, max=30, layout=FULL, style=LABEL
        )
        self.simulation = Work("Let a class talk", self._simulate, controls=[self.students])
        self.optimisation = Work("Put this user's memories together", self._optimise, user_id)
        of_many = ipywidgets.VBox([self.simulation, self.optimisation], layout=WIDE)
        self.panels = {**self.following, "Class": of_many}
        # Buttons that wrap, and a stack: a row of tabs would be cut off on a narrow page.
        self.tabs = ipywidgets.ToggleButtons(
            options=list(self.panels), style={"button_width": "auto"}, layout=FULL
        )
        self.shown = ipywidgets.Stack(
            list(self.panels.values()), selected_index=0, layout=KEPT_HEIGHT
        )
        ipywidgets.link((self.tabs, "index"), (self.shown, "selected_index"))
        switches = ipywidgets.Accordion(
            [Switches(agent)], titles=["What the agent does"], selected_index=0
        )
        left = ipywidgets.VBox([self.talk, switches], layout=LEFT)
        right = ipywidgets.VBox([self.tabs, self.shown], layout=RIGHT)
        super().__init__([left, right], layout=WRAP)
        self.add_class("memkit-playground")
        self.talk.observe(self.refresh, ["user_id", "runs"])
        self.tabs.observe(self.refresh, "value")
        self.panels["Person"].observe(self._after_erasing, "gone")

    def __repr__(self) -> str:
        return f"Playground(user={self.talk.user_id!r}, session={self.talk.session_id!r})"

    def refresh(self, _: Any = None) -> None:
        """Let all panels show the chosen user; the one in front is brought up to date."""
        for panel in (*self.following.values(), self.optimisation):
            panel.user_id = self.talk.user_id
        front = self.shown.children[self.tabs.index]
        if isinstance(front, View):
            front.refresh()

    def _after_erasing(self, _: Any) -> None:
        """What was found or shown before has words in it that are erased now."""
        self.talk.refresh()
        for panel in (*self.following.values(), self.optimisation):
            panel.refresh()

    async def _simulate(self, work: Work) -> None:
        """A class of students talks, all at once; stopped, their last runs are cancelled."""
        turns = invented_class(self.students.value)
        work.progress.expect(len(turns))
        await play(self.agent, turns, at_once=True, on_run=lambda _: work.progress.advance())
        counted = self.agent.db.query(
            "SELECT user_id, count(*) AS memories FROM user_memories GROUP BY ALL ORDER BY ALL"
        )
        work.show(counted, "How much is remembered of everybody (the teacher's view)")
        self.talk.offer()

    async def _optimise(self, work: Work) -> None:
        """One call to the model and one transaction; stopped, nothing is changed."""
        user = self.agent.db.for_user(work.user_id)
        events = await self.agent.memory_manager.aoptimize_memories(user)
        if user.user_id != work.user_id:  # somebody else was chosen meanwhile
            return
        shown = [(event.event_id, event.action, event.before, event.after) for event in events]
        frame = pd.DataFrame(shown, columns=["event_id", "action", "before", "after"])
        work.show(frame, "What was put together", nothing="there was nothing to shorten")
