"""What a person may ask for: all that is stored about them, to erase a part of it, or all of it."""

import base64
import json
from collections.abc import Callable, Mapping

import ipywidgets
import pandas as pd
import traitlets

from memkit.explore import views
from memkit.store.db import Db
from memkit.store.user import User
from memkit.widgets.panel import WRAP, View, menu, offer_memories
from memkit.widgets.table import Table

Counts = Mapping[str, Mapping[str, int]]  # {column: {table: rows}}


class Person(View):
    """Export everything about the chosen user as a file, erase a memory, or forget the person.

    Before anything is erased, a second button asks whether that is meant, and afterwards the
    receipt is shown. The table tells where the words of deleted memories still stand. `gone` counts
    how often something was erased: observe it to follow along.
    """

    title = "Deleted memories, and how many rows still have their words"
    nothing = "no memory was deleted without being erased"
    gone = traitlets.Int()

    def __init__(self, db: Db, user_id: str = "") -> None:
        """`memory` is the menu of what can be erased; the rest are buttons, and a `receipt`."""
        self.export = self.button("Export everything", self._export)
        self.forget = self.button("Forget this person", self._ask_to_forget)
        self.erase = self.button("Erase this memory", self._ask_to_erase)
        self.memory = menu("Memory")
        self.confirm = self.button("", lambda: self._confirmed(), "danger")
        self.cancel = self.button("Keep", self._answer)
        self.question = ipywidgets.HBox([self.confirm, self.cancel], layout=WRAP)
        self.receipt = Table()
        buttons = ipywidgets.HBox([self.export, self.forget, self.erase], layout=WRAP)
        self._answer()
        super().__init__(db, user_id, [buttons, self.memory, self.question, self.receipt])
        self.observe(lambda _: self._answer(), "user_id")

    def offer(self) -> None:
        """Every memory that there is or was."""
        self.erase.disabled = not offer_memories(self.memory, self.db, self.user_id)

    def query(self) -> str:
        """See `memkit.views.STILL_STANDING`."""
        return views.STILL_STANDING

    def _answer(self, caption: str = "", counts: Counts | None = None) -> None:
        """Show what came of a button, and no question any more."""
        self.question.layout.display = "none"
        table = pd.DataFrame(counts).rename_axis("table").reset_index().convert_dtypes()
        self.receipt.show(table, caption, nothing="")

    def _export(self) -> None:
        exported = self.db.for_user(self.user_id).export()
        text = json.dumps(exported, ensure_ascii=False, indent=1)
        data = base64.b64encode(text.encode()).decode()
        link = f'href="data:application/json;base64,{data}" download="export.json"'
        self.drawing.value = f"<a {link}><u>export.json</u></a>: {len(text):,} characters"
        counts = {name: len(rows) for name, rows in exported.items()}
        self._answer("What is in the file", {"rows": counts})

    def _ask_to_forget(self) -> None:
        erase = f"Yes, erase every row of {self.user_id}"
        receipt = f"Receipt: erased of {self.user_id}"
        self._ask(erase, lambda user: {"erased": user.forget()}, receipt)

    def _ask_to_erase(self) -> None:
        number = self.memory.value
        erase = f"Yes, erase memory {number} and the words that quote it"
        receipt = f"Receipt: rows deleted with memory {number}, and rows with [erased] in them"
        self._ask(erase, lambda user: user.erase_memory(number), receipt)

    def _ask(self, question: str, act: Callable[[User], Counts], caption: str) -> None:
        user = self.db.for_user(self.user_id)

        def confirmed() -> None:
            receipt = act(user)
            self.refresh()
            self._answer(caption, receipt)
            self.gone += 1

        self._answer()
        self._confirmed = confirmed
        self.confirm.description = question
        self.question.layout.display = None
