"""A box for SQL: what one user's copy of the store says, or everybody's."""

from typing import Any

import ipywidgets
import traitlets

from memkit.store.db import Db
from memkit.widgets.front import Front, script
from memkit.widgets.panel import FULL, View

FIRST_QUERY = "SELECT memory_id, memory, input FROM user_memories ORDER BY memory_id"


class Editor(Front):
    """A field for a query, with colours; `value` is what stands in it, `ran` counts the runs."""

    _esm = script("sql")
    value = traitlets.Unicode().tag(sync=True)
    ran = traitlets.Int()

    def on_message(self, content: dict[str, Any]) -> None:
        """Run what stands in the field now."""
        self.value = str(content.get("run", self.value))
        self.ran += 1


class SqlBox(View):
    """Any SQL on a copy: nothing that is typed here can change the store.

    It runs on the rows of the chosen user; with `everybody` ticked, on all rows (the teacher's
    view).
    """

    title = "Result"

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`editor` holds the query."""
        self.editor = Editor(value=FIRST_QUERY)
        self.everybody = ipywidgets.Checkbox(
            description="all users (the teacher's view)", indent=False, layout=FULL
        )
        super().__init__(db, user_id, [self.editor, self.everybody])
        self.editor.observe(self.refresh, "ran")

    def query(self) -> str:
        """What stands in the box."""
        return str(self.editor.value)

    def scope(self) -> str | None:
        """The chosen user, or everybody."""
        return None if self.everybody.value else self.user_id
