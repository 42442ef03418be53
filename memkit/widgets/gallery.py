"""The pictures of a store, in a panel."""

from collections.abc import Callable
from typing import Any

import ipywidgets

from memkit.errors import InvalidInput
from memkit.explore import pictures
from memkit.explore.pictures import Picture
from memkit.store.db import Db
from memkit.widgets.panel import FULL, LABEL, Panel, menu

KINDS: dict[str, Callable[[Db], Picture]] = {
    "who talked when": pictures.timeline,
    "memories, turn by turn": pictures.memories_over_turns,
    "what memories cost": pictures.tokens,
}
WHO_SEES = "who can see a word"


class Gallery(Panel):
    """A picture of everybody (the teacher's view), with its words and its table."""

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`kind` is the menu of pictures; `word` is the secret of the chosen user to look for."""
        self.db = db
        self.kind = menu("Picture of everybody", options=[*KINDS, WHO_SEES])
        self.word = ipywidgets.Text(
            description="A word that only this user has said",
            continuous_update=False,
            layout={**FULL, "display": "none"},
            style=LABEL,
        )
        self.start = self.button("Draw", self.draw, "primary")
        super().__init__(user_id, [self.kind, self.word, self.start])
        self.kind.observe(self._chosen, "value")

    def refresh(self, _: Any = None) -> None:
        """Nothing is drawn until somebody asks for it; the word was the other user's."""
        self.word.value = ""
        self.clear()

    def _chosen(self, _: Any) -> None:
        self.word.layout.display = None if self.kind.value == WHO_SEES else "none"

    def draw(self) -> None:
        """Draw the chosen picture of what is stored now."""
        self.clear()
        if kind := KINDS.get(self.kind.value):
            drawn = kind(self.db)
        elif word := self.word.value.strip():
            drawn = pictures.leak_matrix(self.db, {self.user_id: word})
        else:
            raise InvalidInput("which word? type one that only the chosen user has said")
        self.drawing.value = drawn.html()
        self.show(drawn.table, "The table it was drawn from")
