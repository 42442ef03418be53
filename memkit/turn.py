"""A run in progress: whose it is, and what has come of it so far."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from memkit.concurrency import finish_despite_cancel
from memkit.models.openai import OnText
from memkit.records import Beginning, JsonObject, ModelCall, RunResult, RunStatus, Source, Why
from memkit.store.runs import RunLog
from memkit.store.user import User

log = logging.getLogger("memkit")


@dataclass
class Turn:
    """A user's message on its way to a stored reply; the steps of a run fill it in."""

    user: User
    runs: RunLog
    session_id: str
    start: Beginning
    message: str
    on_text: OnText | None
    replied: asyncio.Future[None] = field(default_factory=asyncio.Future)  # or given up
    messages: list[JsonObject] = field(default_factory=list)
    outline: list[JsonObject] = field(default_factory=list)
    calls: list[ModelCall] = field(default_factory=list)
    reply: str | None = None
    summary: str | None = None
    recalled: list[JsonObject] = field(default_factory=list)
    status: RunStatus = "failed"  # until there is a reply
    errors: list[str] = field(default_factory=list)
    result: RunResult = field(init=False)  # once it is over

    @property
    def source(self) -> Source:
        """Where changes of memories made in this run come from."""
        return self.start.source

    def new_call(self, request: JsonObject, why: Why = "reply") -> ModelCall:
        """A call about to be sent; it will be stored however it ends."""
        self.calls.append(ModelCall(why, request, self.runs.now()))
        return self.calls[-1]

    async def record(self, call: ModelCall) -> None:
        """Store a call that was sent for this run elsewhere, together with the others."""
        self.calls.append(call)

    def fail(self, reason: str) -> None:
        """Record a failure in the result, in the table `agent_runs` and in the log."""
        self.errors.append(reason)
        log.error("run %s of user %s: %s", self.start.run_id, self.user.user_id, reason)

    def finish(self) -> RunResult:
        """Store reply, calls and outcome, and read what has come of the run."""
        error = "; ".join(self.errors) or None
        kept = self.calls, self.outline, self.recalled, self.summary
        events, usage = self.runs.finish_run(self.source, self.status, self.reply, error, *kept)
        whose = self.start.run_id, self.user.user_id, self.session_id
        return RunResult(self.reply, *whose, self.messages, events, usage, error, self.recalled)


@asynccontextmanager
async def running(
    user: User, session_id: str, message: str, on_text: OnText | None = None, last_runs: int = 0
) -> AsyncIterator[Turn]:
    """Store the user's message before the block, and what came of it after, however it ends."""
    runs = RunLog(user)
    step = runs.run_in_thread(runs.begin_run, session_id, message, last_runs)
    turn = Turn(user, runs, session_id, await finish_despite_cancel(step), message, on_text)
    try:
        yield turn
    except BaseException as error:
        turn.fail(f"{type(error).__name__}: {error}")
        if isinstance(error, asyncio.CancelledError):
            turn.status = "cancelled"
        raise
    finally:
        turn.result = await finish_despite_cancel(runs.run_in_thread(turn.finish))
        await asyncio.sleep(0)  # who was cancelled meanwhile is cancelled here, not later
