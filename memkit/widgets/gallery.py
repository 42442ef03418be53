"""The pictures of a store, in a panel."""

from collections.abc import Callable
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from memkit.errors import InvalidInput
from memkit.explore import pictures
from memkit.explore.pictures import Picture
from memkit.store.db import Db
from memkit.widgets.panel import FULL, LABEL, button, errors_shown, menu
from memkit.widgets.table import Table

KINDS: dict[str, Callable[[Db], Picture]] = {
    "who talked when": pictures.timeline,
    "memories, turn by turn": pictures.memories_over_turns,
    "what memories cost": pictures.tokens,
}
WHO_SEES = "who can see a word"


class Gallery(ipywidgets.VBox):  # type: ignore[misc]
    """A picture of everybody (the teacher's view), with its words and its table."""

    user_id = traitlets.Unicode(help="whose secret word is looked for")

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`kind` is the menu of pictures; `word` is the secret of the chosen user to look for."""
        self.db = db
        self.kind = menu("Picture of everybody", options=[*KINDS, WHO_SEES])
        self.word = ipywidgets.Text(
            description="A word that only this user has said",
            continuous_update=False,
            layout=FULL,
            style=LABEL,
        )
        self.button = button("Draw", "primary")
        self.error, self.picture = ipywidgets.HTML(layout=FULL), ipywidgets.HTML(layout=FULL)
        self.word.layout.display = "none"
        self.table = Table()
        super().__init__([self.kind, self.word, self.button, self.error, self.picture, self.table])
        self.user_id = user_id
        self.observe(self._clear, "user_id")
        self.kind.observe(self._chosen, "value")
        self.button.on_click(self.draw)

    def __repr__(self) -> str:
        return f"Gallery(kind={self.kind.value!r})"

    def _clear(self, _: Any) -> None:
        self.word.value = self.picture.value = self.error.value = ""
        self.table.show(pd.DataFrame(), "", nothing="")

    def _chosen(self, _: Any) -> None:
        self.word.layout.display = None if self.kind.value == WHO_SEES else "none"

    def draw(self, _: Any = None) -> None:
        """Draw the chosen picture of what is stored now."""
        self.picture.value = ""
        with errors_shown(self.error):
            drawn = self._picture()
            self.picture.value = drawn.html()
            self.table.show(drawn.table, "The table it was drawn from")

    def _picture(self) -> Picture:
        if self.kind.value != WHO_SEES:
            return KINDS[self.kind.value](self.db)
        if not self.word.value.strip():
            raise InvalidInput("which word? type one that only the chosen user has said")
        return pictures.leak_matrix(self.db, {self.user_id: self.word.value})
