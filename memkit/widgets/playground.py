"""Everything together: talk on the left, and look at what came of it on the right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets

from memkit import lab
from memkit.agent import Agent
from memkit.widgets.chat import Conversation
from memkit.widgets.gallery import Gallery
from memkit.widgets.memories import Lineage, MemoryTable, Review, TimeSlider
from memkit.widgets.microscope import Microscope
from memkit.widgets.panel import FULL, LABEL, WRAP, View
from memkit.widgets.person import Person
from memkit.widgets.sql import SqlBox
from memkit.widgets.switches import Switches
from memkit.widgets.work import Search, Work

# Beside each other where there is room for both, below each other where there is not.
LEFT = {"flex": "1 1 22em", "min_width": "0"}
RIGHT = {"flex": "2 1 30em", "min_width": "0", "padding": "0 0 0 1em"}
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
        self.switches = Switches(agent)
        self.memories = MemoryTable(agent.db, user_id)
        self.microscope = Microscope(agent.db, user_id)
        self.time = TimeSlider(agent.db, user_id)
        self.lineage = Lineage(agent.db, user_id)
        self.review = Review(agent.db, user_id)
        self.search = Search(agent, user_id)
        self.sql = SqlBox(agent.db, user_id)
        self.gallery = Gallery(agent.db, user_id)
        self.students = ipywidgets.BoundedIntText(
            10, description="Students", min=1, max=100, layout=FULL, style=LABEL
        )
        self.simulation = Work("Let a class talk", self._simulate)
        self.optimisation = Work("Put this user's memories together", self._optimise)
        self.person = Person(agent.db, user_id)
        panels = {
            "Memories": self.memories,
            "Prompt": self.microscope,
            "Time": self.time,
            "Lineage": self.lineage,
            "Review": self.review,
            "Search": self.search,
            "SQL": self.sql,
            "Person": self.person,
            "Pictures": self.gallery,
            "Class": ipywidgets.VBox([self.students, self.simulation, self.optimisation]),
        }
        self.following = [panel for panel in panels.values() if hasattr(panel, "user_id")]
        # Buttons that wrap, and a stack: a row of tabs would be cut off on a narrow page.
        self.tabs = ipywidgets.ToggleButtons(
            options=list(panels), style={"button_width": "auto"}, layout=FULL
        )
        for panel in panels.values():
            panel.layout.width = "100%"  # a stack is no wider than what it shows
        self.shown = ipywidgets.Stack(list(panels.values()), selected_index=0, layout=KEPT_HEIGHT)
        ipywidgets.link((self.tabs, "index"), (self.shown, "selected_index"))
        agent_box = ipywidgets.Accordion(
            [self.switches], titles=["What the agent does"], selected_index=0
        )
        left = ipywidgets.VBox([self.talk, agent_box], layout=LEFT)
        right = ipywidgets.VBox([self.tabs, self.shown], layout=RIGHT)
        super().__init__([left, right], layout=WRAP)
        self.add_class("memkit-playground")
        self.talk.observe(self.refresh, ["user_id", "runs"])
        self.tabs.observe(self.refresh, "value")
        self.person.observe(self._forgotten, "gone")

    def __repr__(self) -> str:
        return f"Playground(user={self.talk.user_id!r}, session={self.talk.session_id!r})"

    def refresh(self, _: Any = None) -> None:
        """Let all panels show the chosen user; the one in front is brought up to date."""
        for panel in self.following:
            panel.user_id = self.talk.user_id
        front = self.shown.children[self.tabs.index]
        if isinstance(front, View):
            front.refresh()

    def _forgotten(self, _: Any) -> None:
        """Nothing that was said by somebody who is forgotten stays on the page."""
        self.talk.offer_users()
        self.talk.refresh()

    async def _simulate(self, work: Work) -> None:
        """A class of students talks, all at once; stopped, their last runs are cancelled."""
        turns = lab.invented_class(self.students.value)
        work.expect(len(turns))
        await lab.play(self.agent, turns, at_once=True, on_run=lambda _: work.advance())
        counted = self.agent.db.query(
            "SELECT user_id, count(*) AS memories FROM user_memories GROUP BY ALL ORDER BY ALL"
        )
        work.table.show(counted, "How much is remembered of everybody (the teacher's view)")
        self.talk.offer_users()

    async def _optimise(self, work: Work) -> None:
        """One call to the model and one transaction; stopped, nothing is changed."""
        work.expect(1)
        user = self.agent.db.for_user(self.talk.user_id)
        events = await self.agent.memory_manager.aoptimize_memories(user)
        shown = self.agent.db.query(
            "SELECT event_id, action, before, after FROM memory_events "
            f"WHERE event_id IN ({', '.join(str(event.event_id) for event in events) or 'NULL'})",
            user_id=user.user_id,
        )
        work.table.show(shown, "What was put together", nothing="there was nothing to shorten")
