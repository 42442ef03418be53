"""Panels for a notebook: thin shells of `ipywidgets` over the store and over pure functions.

Whatever a user or a model wrote is shown as text, never as HTML. A panel shows its own errors, and
everything it shows can be had without it: `db.query` gives the same rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import ipywidgets
import traitlets

from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.records import Message, UserMemory

NEW = "new..."
FIRST_SESSION = "session_1"  # what a user without a session is offered

WRAPPED = "white-space: pre-wrap; overflow-wrap: anywhere"
CELL = f"{WRAPPED}; text-align: left; padding: 0 1em 0 0"


class Choice(ipywidgets.HBox):  # type: ignore[misc]
    """A dropdown whose last entry opens a field for a new name; `value` is the name chosen."""

    value = traitlets.Unicode()

    def __init__(self, label: str, names: Iterable[str]) -> None:
        """`label` is what stands before it, `names` what there is to choose from at first."""
        self._menu = ipywidgets.Dropdown(description=label)
        self._field = ipywidgets.Text(
            placeholder=f"a new {label.lower()}, then Enter", continuous_update=False
        )
        super().__init__([self._menu, self._field])
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


class Chat(ipywidgets.VBox):  # type: ignore[misc]
    """Talk to an agent as any user in any session, and watch that user's memories.

    `users` are offered beside those that the store already knows.
    """

    def __init__(self, agent: Agent, users: Iterable[str] = ()) -> None:
        self.agent = agent
        self.user = Choice("User", dict.fromkeys([*agent.db.users(), *users]))
        self.session = Choice("Session", [])
        self.message = ipywidgets.Text(
            description="Message", placeholder="Say something", layout={"width": "60%"}
        )
        self.button = ipywidgets.Button(description="Send", button_style="primary")
        self.error = ipywidgets.HTML()
        self.conversation = ipywidgets.HTML()
        self.memories = ipywidgets.HTML()
        self.running: asyncio.Task[None] | None = None
        said = ipywidgets.HBox([self.message, self.button])
        shown = [self.user, self.session, said, self.error, self.conversation, self.memories]
        super().__init__(shown)
        self.add_class("memkit-chat")
        self.user.observe(self._user_chosen, "value")
        self.session.observe(self._show, "value")
        self.button.on_click(self._say)
        self.message.on_msg(self._typed)
        self._user_chosen()

    def __repr__(self) -> str:
        return f"Chat(user={self.user.value!r}, session={self.session.value!r})"

    def _user_chosen(self, _: Any = None) -> None:
        with self._errors_shown():
            user_id = self.user.value
            sessions = self.agent.get_sessions(user_id=user_id) if user_id else []
            self.session.offer([each.session_id for each in sessions] or [FIRST_SESSION])
        self._show()

    def _show(self, _: Any = None) -> None:
        """Show what is stored about the chosen user and session, and nothing of anybody else."""
        user_id, session_id = self.user.value, self.session.value
        messages, memories = [], []
        with self._errors_shown():
            if user_id:
                memories = self.agent.get_user_memories(user_id=user_id)
            if user_id and session_id:
                messages = self.agent.get_messages(user_id=user_id, session_id=session_id)
        self.conversation.value = conversation_html(messages)
        self.memories.value = memories_html(memories)

    @contextmanager
    def _errors_shown(self) -> Iterator[None]:
        self.error.value = ""
        try:
            yield
        except MemkitError as error:
            self.error.value = error_html(str(error))

    def _typed(self, _: Any, content: dict[str, Any], _buffers: Any) -> None:
        if content.get("event") == "submit":  # Enter
            self._say()

    def _say(self, _: Any = None) -> None:
        # A handler is a plain function; the kept task is what goes on after it.
        turn = self._run(self.user.value, self.session.value, self.message.value)
        self.running = asyncio.get_running_loop().create_task(turn)

    async def _run(self, user_id: str, session_id: str, message: str) -> None:
        """One turn: the reply appears word by word, then the memories follow."""
        before, pieces = self.conversation.value, [""]

        def show_piece(text: str) -> None:
            pieces.append(text)
            if (user_id, session_id) == (self.user.value, self.session.value):
                self.conversation.value = before + said_html("user", message, "".join(pieces))

        self.button.disabled = True
        problem: str | None = None
        try:
            result = await self.agent.arun(
                message, user_id=user_id, session_id=session_id, on_text=show_piece
            )
            problem = result.error
            if self.message.value == message:
                self.message.value = ""
        except MemkitError as error:
            problem = str(error)
        finally:
            self.button.disabled = False
        if (user_id, session_id) == (self.user.value, self.session.value):
            self._show()
            self.error.value = error_html(problem)


def conversation_html(messages: Sequence[Message]) -> str:
    """What was said, a line each; text stays text."""
    return "".join(said_html(each.role, each.content) for each in messages)


def said_html(role: str, content: str, reply: str | None = None) -> str:
    """One thing said, and the reply to it as far as it has come."""
    line = f'<div style="{WRAPPED}"><b>{escape(role)}</b>: {escape(content)}</div>'
    return line + (said_html("assistant", reply) if reply is not None else "")


def memories_html(memories: Sequence[UserMemory]) -> str:
    """The memories as a table: number, text, topics and the sentence it came from."""
    if not memories:
        return "<i>no memories yet</i>"
    rows = [
        _row("td", each.memory_id, each.memory, ", ".join(each.topics), each.input or "")
        for each in memories
    ]
    return f"<table>{_row('th', 'memory_id', 'memory', 'topics', 'input')}{''.join(rows)}</table>"


def _row(tag: str, *values: object) -> str:
    cells = (f'<{tag} style="{CELL}">{escape(str(value))}</{tag}>' for value in values)
    return f"<tr>{''.join(cells)}</tr>"


def error_html(error: str | None) -> str:
    """An error beside the control that caused it; nothing if there is none."""
    return f'<span role="alert" style="color: #b00020">{escape(error)}</span>' if error else ""
