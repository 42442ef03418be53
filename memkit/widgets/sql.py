"""A box for SQL: what one user's copy of the store says, or everybody's."""

from __future__ import annotations

import ipywidgets

from memkit.store.db import Db
from memkit.widgets.panel import FULL, LABEL, View

FIRST_QUERY = "SELECT memory_id, memory, input FROM user_memories ORDER BY memory_id"


class SqlBox(View):
    """Any SQL on a copy: nothing that is typed here can change the store.

    It runs on the rows of the chosen user; with `everybody` ticked, on all rows (the teacher's
    view).
    """

    title = "Result"

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`text` is the query, `button` runs it."""
        self.text = ipywidgets.Textarea(
            FIRST_QUERY, description="SQL", rows=5, layout=FULL, style=LABEL
        )
        self.everybody = ipywidgets.Checkbox(
            description="all users (the teacher's view)", indent=False, layout=FULL
        )
        self.button = ipywidgets.Button(description="Run the query", button_style="primary")
        super().__init__(db, user_id, [self.text, self.everybody, self.button])
        self.button.on_click(self.refresh)
        self.everybody.observe(self.refresh, "value")

    def query(self) -> str:
        """What stands in the box."""
        return str(self.text.value)

    def scope(self) -> str | None:
        """The chosen user, or everybody."""
        return None if self.everybody.value else self.user_id
