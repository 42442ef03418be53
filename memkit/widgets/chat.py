"""Choosing who talks in which session, and talking."""

import asyncio
from collections.abc import Iterable
from typing import Any

import ipywidgets
import traitlets

from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.explore.colours import colour_of
from memkit.explore.html import markdown_html
from memkit.records import Message
from memkit.validation import check_id
from memkit.widgets.front import Front, script
from memkit.widgets.memories import MemoryTable

FIRST_SESSION = "session_1"  # what a user without a session is offered
STOPPED = "stopped; the message is kept, and the run says that it was cancelled"


class Conversation(Front):
    """Talk to an agent as any user in any session; the reply appears as it comes.

    `user_id` and `session_id` say who talks where: set them, or observe them to follow along.
    `runs` counts the runs that have ended here.
    """

    _esm = script("chat")
    user_id = traitlets.Unicode().tag(sync=True)
    session_id = traitlets.Unicode().tag(sync=True)
    users: traitlets.List[Any] = traitlets.List().tag(sync=True)
    sessions: traitlets.List[Any] = traitlets.List().tag(sync=True)
    messages: traitlets.List[Any] = traitlets.List().tag(sync=True)
    pending = traitlets.Unicode(help="the message that is being answered").tag(sync=True)
    reply = traitlets.Unicode(help="the reply so far, as HTML").tag(sync=True)
    colour = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    runs = traitlets.Int()

    def __init__(self, agent: Agent, users: Iterable[str] = ()) -> None:
        """`users` are offered beside those that the store already knows."""
        self.agent = agent
        self.running: asyncio.Task[None] | None = None
        self._new_users = list(users)
        super().__init__()
        self.observe(self._user_chosen, "user_id")
        self.observe(self.refresh, "session_id")
        self.offer()
        self.user_id = self.users[0][0] if self.users else ""

    def __repr__(self) -> str:
        return f"Conversation(user={self.user_id!r}, session={self.session_id!r})"

    def on_message(self, content: dict[str, Any]) -> None:
        """What the browser asks for: to say, stop, choose, or to bring the menus up to date."""
        match content:
            case {"say": str(text)}:
                self.say(text)
            case {"stop": True}:
                self.stop()
            case {"choose": "user_id" | "session_id" as what, "name": str(name)}:
                self.choose(what, name)
            case {"offer": True}:
                self.offer()

    def offer(self) -> None:
        """Offer everybody whom the store knows now or who was named here, and the user's sessions.

        The newest session comes first; a user without one has a first to begin with.
        """
        known = dict.fromkeys([*self.agent.db.users(), *self._new_users])
        self.users = [(user_id, user_id) for user_id in known]
        if self.user_id:
            sessions = self.agent.db.for_user(self.user_id).sessions(newest_first=True)
            titles = {s.session_id: s.title for s in sessions}
            here = self.session_id or next(iter(titles), FIRST_SESSION)
            titles.setdefault(here, None)
            self.sessions = [(s, f"{s}: {title}" if title else s) for s, title in titles.items()]
            self.session_id = here

    def choose(self, what: str, name: str) -> None:
        """Choose a `user_id` or a `session_id`; a name that cannot be one is not kept."""
        self.error = ""
        try:
            check_id(what, name)
        except MemkitError as error:
            self.error = str(error)
            return
        self._new_users += [name] if what == "user_id" else []
        setattr(self, what, name)
        self.offer()

    def _user_chosen(self, _: Any) -> None:
        self.colour, self.error, self.session_id = colour_of(self.user_id), "", ""
        self.sessions = []
        self.offer()

    def refresh(self, _: Any = None) -> None:
        """Show what was said in the chosen session, and nothing of anybody else."""
        messages: list[Message] = []
        if self.user_id and self.session_id:
            messages = self.agent.get_messages(self.user_id, self.session_id)
            self.offer()  # the first message is the title
        with self.hold_sync():
            self.messages = [_shown(message) for message in messages]
            self.pending = self.reply = ""

    def say(self, text: str) -> None:
        """Send a message as the chosen user; while a reply is coming, nothing is sent."""
        if self.busy:
            return
        self.error, self.busy, self.pending = "", True, text
        turn = self._run(self.user_id, self.session_id, text)
        self.running = asyncio.get_running_loop().create_task(turn)

    def stop(self) -> None:
        """Cancel the run that is under way."""
        if self.running:
            self.running.cancel()

    async def _run(self, user_id: str, session_id: str, message: str) -> None:
        """One turn: the reply appears piece by piece, then what is stored of it."""
        here, pieces, problem = (user_id, session_id), list[str](), None

        def show_piece(text: str) -> None:
            pieces.append(text)
            if here == (self.user_id, self.session_id):
                self.reply = markdown_html("".join(pieces))

        try:
            run = await self.agent.arun(
                message, user_id=user_id, session_id=session_id, on_text=show_piece
            )
            problem = run.error
        except asyncio.CancelledError:
            problem = STOPPED
        except MemkitError as error:
            problem = str(error)
            if user_id == self.user_id:
                self.send({"refused": True})  # the browser puts the message back into its field
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            raise
        finally:
            self.send({"accepted": True})
            self.busy = False
            if here == (self.user_id, self.session_id):
                self.refresh()
                self.error = problem or ""
            self.runs += 1


def _shown(message: Message) -> dict[str, str]:
    """A message for the browser: what the assistant said as Markdown, what a user said as text."""
    is_reply = message.role == "assistant"
    return {
        "role": message.role,
        "text": message.content,
        "html": markdown_html(message.content) if is_reply else "",
        "at": message.created_at.isoformat(),
    }


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
