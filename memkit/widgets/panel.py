"""What all panels share: whose rows they show, where their errors stand, and their SQL."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from memkit.errors import MemkitError
from memkit.explore import views
from memkit.explore.html import error_html, sql_html
from memkit.store.db import Db
from memkit.validation import first_words
from memkit.widgets.table import Table

FULL = {"width": "auto", "max_width": "100%"}
LABEL = {"description_width": "initial"}
WRAP = {"flex_flow": "row wrap"}
IN_A_MENU = 100  # memories that a menu offers
WIDE = {"min_width": "0", "width": "100%"}  # in a stack, which is no wider than what it shows


def menu(description: str, **more: Any) -> ipywidgets.Dropdown:
    """A menu as wide as its panel."""
    return ipywidgets.Dropdown(description=description, layout=FULL, style=LABEL, **more)


@contextmanager
def errors_shown(place: ipywidgets.HTML) -> Iterator[None]:
    """Show what goes wrong in `place`; what memkit did not foresee is raised as well."""
    place.value = ""
    try:
        yield
    except MemkitError as error:
        place.value = error_html(str(error))
    except Exception as error:
        place.value = error_html(f"{type(error).__name__}: {error}")
        raise


class Panel(ipywidgets.VBox):  # type: ignore[misc]
    """Controls, and below them what came of them: an error, a drawing, a table and its SQL.

    `user_id` says whose rows are shown; whenever somebody else is chosen, what was shown before
    goes. `frame` holds all rows of the table, for whoever wants to go on from here.
    """

    user_id = traitlets.Unicode(help="whose rows are shown; empty: nobody's")

    def __init__(self, user_id: str = "", controls: Sequence[ipywidgets.Widget] = ()) -> None:
        """`controls` stand above the drawing and the table."""
        self.error, self.drawing, self.source = (ipywidgets.HTML(layout=FULL) for _ in range(3))
        self.frame, self.table = pd.DataFrame(), Table()
        shown = [*controls, self.error, self.drawing, self.table, self.source]
        super().__init__(shown, layout=WIDE)
        self.observe(self.refresh, "user_id")
        self.user_id = user_id

    def __repr__(self) -> str:
        return f"{type(self).__name__}(user={self.user_id!r}, rows={len(self.frame)})"

    def button(self, words: str, act: Callable[[], None], style: str = "") -> ipywidgets.Button:
        """A button as wide as its words; what goes wrong in `act` is shown in the panel."""

        def clicked(_: Any) -> None:
            with errors_shown(self.error):
                act()

        made = ipywidgets.Button(description=words, button_style=style, layout={"width": "auto"})
        made.on_click(clicked)
        return made

    def refresh(self, _: Any = None) -> None:
        """Show what there is of the chosen user: nothing, until somebody asks for it."""
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self.error.value = self.drawing.value = ""
        self.show(pd.DataFrame(), "", nothing="")

    def show(self, frame: pd.DataFrame, caption: str, **how: Any) -> None:
        """Show a frame in the table; `how` is what `Table.show` takes."""
        self.frame = frame
        self.table.show(frame, caption, **how)


class View(Panel):
    """A table of one user's rows, with the query that it comes from.

    While no user is chosen, nothing is shown. `sql` is the query and `frame` what it gave.
    Whatever is chosen in a control that stands in the panel by itself refreshes it.
    """

    sql = traitlets.Unicode(help="the query that the table shows")
    title = "Rows"
    nothing = "no rows"  # what stands there instead of an empty table
    marked_by: str | None = None  # a column of the frame that marks its rows

    def __init__(
        self, db: Db, user_id: str = "", controls: Sequence[ipywidgets.Widget] = ()
    ) -> None:
        """`controls` stand above the drawing and the table."""
        self.db = db
        self._refreshing = False
        super().__init__(user_id, controls)
        self.add_class("memkit-view")
        for control in controls:
            if isinstance(control, ipywidgets.ValueWidget):
                control.observe(self.refresh, "value")

    def query(self) -> str:
        """The SQL of this view, as its controls are set; empty if there is nothing to show yet."""
        raise NotImplementedError

    def refresh(self, change: Any = None) -> None:
        """Show what is stored now."""
        if self._refreshing:  # a menu that is brought up to date tells of its change
            return
        self._refreshing = True
        if change and change["name"] == "user_id":
            self._empty_menus()
        frame, drawing, shown, whose = pd.DataFrame(), "", "", self.user_id
        try:
            with errors_shown(self.error):
                if self.scope() != "":  # nobody is chosen yet, and not everybody is asked for
                    self.offer()
                    if sql := self.query():
                        frame = self.db.query(sql, user_id=self.scope())
                        drawing, shown = self.draw(frame), sql
        finally:
            # Whatever failed: no rows of the user before may stay.
            self.drawing.value, self.sql, self.source.value = drawing, shown, sql_html(shown)
            self.show(frame, self.title, marked_by=self.marked_by, nothing=self.nothing)
            self._refreshing = False
        if self.user_id != whose:  # another thread chose somebody else meanwhile
            self.refresh({"name": "user_id"})

    def _empty_menus(self) -> None:
        """Offer nothing of the user before, also if nothing can be read of the new one."""
        for control in self.children:
            if isinstance(control, ipywidgets.Dropdown):
                control.options = ()

    def scope(self) -> str | None:
        """Whose copy the query runs on; None would be everybody's."""
        return self.user_id

    def offer(self) -> None:
        """Bring what the controls offer to choose from up to date, where that depends on rows."""

    def draw(self, frame: pd.DataFrame) -> str:
        """What stands above the table, as HTML."""
        return ""


def offer(menu: ipywidgets.Dropdown, options: Sequence[tuple[str, Any]]) -> None:
    """Replace what a menu offers; what was chosen stays chosen, unless the newest was.

    Whoever looks at the newest thing goes on to the next one when it comes.
    """
    chosen, before = menu.value, [value for _, value in menu.options]
    values = [value for _, value in options]
    menu.options = list(options)
    if values:
        stays = chosen in values and chosen != before[-1]
        menu.value = chosen if stays else values[-1]


def offer_memories(menu: ipywidgets.Dropdown, db: Db, user_id: str) -> bool:
    """Offer the memories of a user that there are or were; whether there is any.

    If there are many, the menu offers the newest, and says so.
    """
    newest = f"SELECT *, count(*) OVER () FROM ({views.KNOWN_MEMORIES}) ORDER BY memory_id DESC"
    known = db.query(f"{newest} LIMIT {IN_A_MENU}", user_id=user_id).values.tolist()[::-1]
    offer(menu, [(f"{number}: {first_words(text)}", number) for number, text, _ in known])
    total = known[0][2] if known else 0
    part = f" (the newest {len(known)} of {total:,})" if total > len(known) else ""
    menu.description = f"Memory{part}"
    return bool(known)
