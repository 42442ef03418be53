"""What a person may ask for: all that is stored about them, to erase a part of it, or all of it."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from memkit.explore import views
from memkit.store.db import Db
from memkit.widgets.panel import FULL, WRAP, View, button, errors_shown, menu, offer_memories
from memkit.widgets.table import Table


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
        self.export, self.forget = button("Export everything"), button("Forget this person")
        self.erase, self.memory = button("Erase this memory"), menu("Memory")
        self.confirm, self.cancel = button("", "danger"), button("Keep")
        self.question = ipywidgets.HBox([self.confirm, self.cancel], layout=WRAP)
        self.file, self.receipt = ipywidgets.HTML(layout=FULL), Table()
        self._confirmed: Callable[[], None] = self._clear
        buttons = ipywidgets.HBox([self.export, self.forget, self.erase], layout=WRAP)
        super().__init__(
            db, user_id, [buttons, self.memory, self.question, self.file, self.receipt]
        )
        self.export.on_click(self._export)
        self.forget.on_click(self._ask_to_forget)
        self.erase.on_click(self._ask_to_erase)
        self.cancel.on_click(self._clear)
        self.confirm.on_click(lambda _: self._confirmed())
        self.observe(self._clear, "user_id")
        self._clear()

    def offer(self) -> None:
        """Every memory that there is or was."""
        self.erase.disabled = not offer_memories(self.memory, self.db, self.user_id)

    def query(self) -> str:
        """See `memkit.views.STILL_STANDING`."""
        return views.STILL_STANDING

    def _clear(self, _: Any = None) -> None:
        self.question.layout.display = "none"
        self.file.value = self.error.value = ""
        self.receipt.show(pd.DataFrame(), "", nothing="")

    def _export(self, _: Any) -> None:
        self._clear()
        with errors_shown(self.error):
            exported = self.db.for_user(self.user_id).export()
            text = json.dumps(exported, ensure_ascii=False, indent=1)
            data = base64.b64encode(text.encode()).decode()
            link = f'href="data:application/json;base64,{data}" download="export.json"'
            self.file.value = f"<a {link}>export.json</a>: {len(text):,} characters"
            counts = {name: len(rows) for name, rows in exported.items()}
            self._show({"rows": counts}, "What is in the file")

    def _ask_to_forget(self, _: Any) -> None:
        user_id = self.user_id
        self._ask(
            f"Yes, erase every row of {user_id}",
            lambda: {"erased": self.db.for_user(user_id).forget()},
            f"Receipt: erased of {user_id}",
        )

    def _ask_to_erase(self, _: Any) -> None:
        user_id, number = self.user_id, self.memory.value
        self._ask(
            f"Yes, erase memory {number} and the words that quote it",
            lambda: self.db.for_user(user_id).erase_memory(number),
            f"Receipt: rows that were deleted with memory {number}, and rows with [erased] in them",
        )

    def _ask(
        self, question: str, act: Callable[[], Mapping[str, Mapping[str, int]]], caption: str
    ) -> None:
        def confirmed() -> None:
            with errors_shown(self.error):
                receipt = act()
                self.refresh()
                self._clear()
                self._show(receipt, caption)
                self.gone += 1

        self._clear()
        self._confirmed = confirmed
        self.confirm.description = question
        self.question.layout.display = None

    def _show(self, counts: Mapping[str, Mapping[str, int]], caption: str) -> None:
        table = pd.DataFrame(counts).rename_axis("table").reset_index()
        self.receipt.show(table.convert_dtypes(), caption)
