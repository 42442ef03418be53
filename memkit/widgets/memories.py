"""The memories of one user: now, at any turn, one with its history, and those proposed."""

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import ipywidgets
import pandas as pd

from memkit.explore import views
from memkit.records import MemoryEvent
from memkit.store.db import Db
from memkit.store.user import User
from memkit.validation import first_words
from memkit.widgets.panel import LABEL, View, menu, offer_memories


class MemoryTable(View):
    """What is known about the user now, with what the last run added, changed and deleted."""

    title = "Memories"
    nothing = "no memories yet"
    marked_by = "change"

    def query(self) -> str:
        """See `memkit.views.memories`."""
        return views.memories()

    def draw(self, frame: pd.DataFrame) -> str:
        """How many more there would be, if somebody decided."""
        waiting = len(self.db.for_user(self.user_id).proposals())
        return f"<i>{waiting} more for a person to approve (<b>Review</b>)</i>" if waiting else ""


class TimeSlider(View):
    """What was known after each turn: with the slider back, later memories are not there yet."""

    title = "Memories after this turn"
    nothing = "nothing was known yet"

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`slider` is the number of the run; 0 is before the first.

        The field beside it is the same for those who type or listen: a slider has no name that a
        screen reader could read.
        """
        self.slider = ipywidgets.IntSlider(max=0, readout=False, layout={"flex": "1 1 12em"})
        turn = ipywidgets.BoundedIntText(
            description="Turn", max=0, layout={"width": "8em"}, style=LABEL
        )
        for trait in ("max", "value"):
            ipywidgets.link((self.slider, trait), (turn, trait))
        both = ipywidgets.HBox([turn, self.slider], layout={"flex_flow": "row wrap"})
        super().__init__(db, user_id, [both])
        self.slider.observe(self.refresh, "value")

    def offer(self) -> None:
        """As many turns as there are runs; whoever stood at the last one stays at the last one."""
        runs = self.db.query(views.RUNS, user_id=self.user_id)
        at_the_end = self.slider.value == self.slider.max
        self.slider.max = max(runs.run_id, default=0)
        if at_the_end:
            self.slider.value = self.slider.max
        self._runs = runs.set_index("run_id")

    def query(self) -> str:
        """See `memkit.views.memories_at`."""
        return views.memories_at(self.slider.value)

    def draw(self, frame: pd.DataFrame) -> str:
        """The message of this turn."""
        if self.slider.value not in self._runs.index:
            return "<i>before the first turn</i>"
        run = self._runs.loc[self.slider.value]
        return f"In {escape(run.session_id)}: <q dir='auto'>{escape(run.message)}</q>"


class Lineage(View):
    """The life of one memory: every change, with the sentence and the model call that caused it.

    What was changed last can be taken back here.
    """

    title = "What happened to it"

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`memory` is the menu of all memories that there are or were, `undo` the button."""
        self.memory = menu("Memory")
        self.undo = self.button("Take back the last change", self._undo)
        super().__init__(db, user_id, [self.memory, self.undo])

    def offer(self) -> None:
        """Every memory that there is or was."""
        self.undo.disabled = not offer_memories(self.memory, self.db, self.user_id)

    def query(self) -> str:
        """See `memkit.views.lineage`."""
        return "" if self.memory.value is None else views.lineage(self.memory.value)

    def _undo(self) -> None:
        user = self.db.for_user(self.user_id)
        user.undo(_still_done(user.history(self.memory.value))[-1:])
        self.refresh()


class Review(View):
    """What the manager proposes (`MemoryManager(review=True)`), to approve or to refuse."""

    title = "Proposals"
    nothing = 'none wait; "Let a person approve every memory" is the switch for proposals'

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`proposal` is the menu of what waits, `approve` and `refuse` are the buttons."""
        self.proposal = menu("Proposal")
        self.approve = self.button("Approve", partial(self._decide, User.approve), "success")
        self.refuse = self.button("Refuse", partial(self._decide, User.refuse), "warning")
        buttons = ipywidgets.HBox([self.approve, self.refuse])
        super().__init__(db, user_id, [self.proposal, buttons])

    def offer(self) -> None:
        """Every proposal that waits for a decision."""
        waiting = self.db.for_user(self.user_id).proposals()
        words = [first_words(f"{e.event_id}: {e.action} {e.after or e.before}") for e in waiting]
        self.proposal.options = [(w, e.event_id) for w, e in zip(words, waiting, strict=True)]
        self.proposal.value = waiting[0].event_id if waiting else None
        self.approve.disabled = self.refuse.disabled = not waiting

    def query(self) -> str:
        """See `memkit.views.PROPOSALS`."""
        return views.PROPOSALS

    def _decide(self, decision: Callable[[User, int], Any]) -> None:
        decision(self.db.for_user(self.user_id), self.proposal.value)
        self.refresh()


def _still_done(events: list[MemoryEvent]) -> list[MemoryEvent]:
    """The changes that were made and not taken back; what took them back is not one of them."""
    done = {event.event_id: event for event in events if event.status == "applied"}
    undoing = [event for event in done.values() if event.refers_to in done]
    gone = {number for event in undoing for number in (event.event_id, event.refers_to)}
    return [event for number, event in done.items() if number not in gone]
