"""Choosing who talks in which session, and talking."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import ipywidgets
import traitlets

from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.widgets.html import conversation_html, error_html, said_html
from memkit.widgets.memories import MemoryTable
from memkit.widgets.panel import FULL, LABEL, errors_shown

NEW = "new..."
FIRST_SESSION = "session_1"  # what a user without a session is offered
TEXT_FOLLOWS_WITHIN = 0.3  # seconds

# A box that is read from its end: the last message stays in sight, however long the conversation.
FROM_ITS_END = {
    "height": "22em",
    "overflow": "auto",
    "flex_flow": "column-reverse",
    "border": "1px solid #8888",
    "padding": "0.3em",
}


class Choice(ipywidgets.VBox):  # type: ignore[misc]
    """A dropdown whose last entry opens a field for a new name; `value` is the name chosen."""

    value = traitlets.Unicode()

    def __init__(self, label: str, names: Iterable[str]) -> None:
        """`label` is what stands before it, `names` what there is to choose from at first."""
        self._menu = ipywidgets.Dropdown(description=label, layout=FULL, style=LABEL)
        self._field = ipywidgets.Text(
            description=f"New {label.lower()}",
            placeholder="a name, then Enter",
            continuous_update=False,
            layout=FULL,
            style=LABEL,
        )
        super().__init__([self._menu, self._field])
        self.layout.flex = "1 1 12em"
        self.offer(names)
        self._menu.observe(self._chosen, "value")
        self._field.observe(self._named, "value")

    def offer(self, names: Iterable[str]) -> None:
        """Replace the names to choose from, and choose the first."""
        names = list(names)
        self._menu.options = [*names, NEW]
        self._menu.value = names[0] if names else NEW
        self._chosen()

    def _chosen(self, _: Any = None) -> None:
        is_new = self._menu.value == NEW
        self._field.layout.display = None if is_new else "none"
        self.value = "" if is_new else self._menu.value

    def _named(self, _: Any) -> None:
        name, self._field.value = self._field.value, ""
        if name:
            self._menu.options = list(dict.fromkeys([*self._menu.options[:-1], name, NEW]))
            self._menu.value = name


class Conversation(ipywidgets.VBox):  # type: ignore[misc]
    """Talk to an agent as any user in any session; the reply appears as it comes.

    `users` are offered beside those that the store already knows. `user_id` and `session_id` are
    who is chosen, `runs` counts the runs that have ended here: observe them to follow along.
    """

    user_id = traitlets.Unicode()
    session_id = traitlets.Unicode()
    runs = traitlets.Int()

    def __init__(self, agent: Agent, users: Iterable[str] = ()) -> None:
        self.agent = agent
        self.user = Choice("User", dict.fromkeys([*agent.db.users(), *users]))
        self.session = Choice("Session", [])
        self.message = ipywidgets.Text(
            description="Message",
            placeholder="Say something, then Enter",
            continuous_update=False,  # typed fast, Enter would overtake the last letters
            layout={"flex": "1 1 12em"},
            style=LABEL,
        )
        self.button = ipywidgets.Button(
            description="Send", button_style="primary", layout={"width": "5em"}
        )
        self.stop = ipywidgets.Button(description="Stop", disabled=True, layout={"width": "5em"})
        self.error = ipywidgets.HTML(layout=FULL)
        self.conversation = ipywidgets.HTML(layout={"flex": "0 0 auto"})
        self.running: asyncio.Task[None] | None = None
        self._waits: asyncio.TimerHandle | None = None
        wrapped = {"flex_flow": "row wrap"}
        super().__init__(
            [
                ipywidgets.HBox([self.user, self.session], layout=wrapped),
                ipywidgets.Box([self.conversation], layout=FROM_ITS_END),
                ipywidgets.HBox([self.message, self.button, self.stop], layout=wrapped),
                self.error,
            ]
        )
        self.layout.min_width = "0"
        self.add_class("memkit-conversation")
        self.user.observe(self._user_chosen, "value")
        self.session.observe(self.refresh, "value")
        self.button.on_click(self._say)
        self.stop.on_click(self._stop)
        self.message.on_msg(self._entered)
        self.message.observe(self._written, "value")
        self._user_chosen()

    def __repr__(self) -> str:
        return f"Conversation(user={self.user.value!r}, session={self.session.value!r})"

    def _user_chosen(self, _: Any = None) -> None:
        with errors_shown(self.error):
            user_id = self.user.value
            sessions = self.agent.get_sessions(user_id=user_id) if user_id else []
            self.session.offer([each.session_id for each in sessions] or [FIRST_SESSION])
        self.refresh()

    def refresh(self, _: Any = None) -> None:
        """Show what was said in the chosen session, and nothing of anybody else."""
        user_id, session_id = self.user.value, self.session.value
        self.conversation.value = ""
        with errors_shown(self.error):
            if user_id and session_id:
                said = self.agent.get_messages(user_id=user_id, session_id=session_id)
                self.conversation.value = conversation_html(said)
        self.user_id, self.session_id = user_id, session_id

    def _entered(self, _: Any, content: dict[str, Any], _buffers: Any) -> None:
        """Enter was pressed: the text follows in a moment, unless it is there already."""
        if content.get("event") == "submit":
            self._waits = asyncio.get_running_loop().call_later(TEXT_FOLLOWS_WITHIN, self._say)

    def _written(self, _: Any) -> None:
        if self._waits:
            self._say()

    def _say(self, _: Any = None) -> None:
        if self._waits:
            self._waits.cancel()
            self._waits = None
        if self.button.disabled:  # Enter, while a reply is still coming
            return
        self._busy(True)
        # A handler is a plain function; the kept task is what goes on after it.
        turn = self._run(self.user.value, self.session.value, self.message.value)
        self.running = asyncio.get_running_loop().create_task(turn)

    def _stop(self, _: Any) -> None:
        if self.running:
            self.running.cancel()

    async def _run(self, user_id: str, session_id: str, message: str) -> None:
        """One turn: the reply appears word by word, then what is stored of it."""
        before, pieces = self.conversation.value, [""]

        def show_piece(text: str) -> None:
            pieces.append(text)
            if (user_id, session_id) == (self.user.value, self.session.value):
                self.conversation.value = before + said_html("user", message, "".join(pieces))

        problem: str | None = None
        try:
            result = await self.agent.arun(
                message, user_id=user_id, session_id=session_id, on_text=show_piece
            )
            problem = result.error
            if self.message.value == message:
                self.message.value = ""
        except asyncio.CancelledError:
            problem = "stopped; the message is kept, and the run says that it was cancelled"
        except MemkitError as error:
            problem = str(error)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise
        finally:
            self._busy(False)
            if (user_id, session_id) == (self.user.value, self.session.value):
                self.refresh()
                self.error.value = error_html(problem)
            self.runs += 1

    def _busy(self, busy: bool) -> None:
        self.button.disabled, self.stop.disabled = busy, not busy


class Chat(ipywidgets.VBox):  # type: ignore[misc]
    """A conversation, and below it the memories of whoever is talking."""

    def __init__(self, agent: Agent, users: Iterable[str] = ()) -> None:
        """`users` are offered beside those that the store already knows."""
        self.talk = Conversation(agent, users)
        self.memories = MemoryTable(agent.db, self.talk.user_id)
        super().__init__([self.talk, self.memories])
        self.add_class("memkit-chat")
        self.talk.observe(self._follow, ["user_id", "session_id", "runs"])

    def __repr__(self) -> str:
        return f"Chat(user={self.talk.user_id!r}, session={self.talk.session_id!r})"

    def _follow(self, _: Any) -> None:
        self.memories.user_id = self.talk.user_id
        self.memories.refresh()
