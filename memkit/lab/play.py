"""How turns are played: asked again of an agent, or stored with the replies that were given."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any, Literal

from memkit.agent import Agent
from memkit.errors import InvalidInput, MemkitError
from memkit.explore.conversations import Said
from memkit.lab.display import progress_bar
from memkit.records import RunResult
from memkit.turn import running
from memkit.validation import check_id, check_message, choice_of


async def play(
    agent: Agent,
    turns: Iterable[Said | tuple[str, str, str]],
    at_once: bool = False,
    on_run: Callable[[RunResult], None] | None = None,
    replies: Literal["asked", "recorded"] = "asked",
) -> list[RunResult]:
    """Say the turns to an agent: one after the other, or all users at once, each in their order.

    A turn is a `Said`, or a user, a session and a message; one that cannot be said is
    `InvalidInput` with its number, and then none is. While a turn is played that has a time, the
    store's clock shows it. With `replies="recorded"` nothing is asked: the replies that were given
    are stored, and memories are extracted from what the user said.

    `on_run` is called after each run. Without it, a notebook shows a progress bar with a Stop
    button, which ends the play and returns the runs so far. Whoever cancels this waits until every
    run that was under way has been stored as cancelled.
    """
    choice_of(("asked", "recorded"))("replies", replies)
    groups: dict[str, list[Said]] = {}
    for number, turn in enumerate(turns, start=1):
        said = _checked(number, turn)
        groups.setdefault(said.user_id if at_once else "", []).append(said)
    runs: dict[str, list[RunResult]] = {group: [] for group in groups}

    async def say(group: str) -> None:
        for turn in groups[group]:
            with agent.db.at(turn.said_at) if turn.said_at else nullcontext():
                run = await (_ask if replies == "asked" else _record)(agent, turn)
            runs[group].append(run)
            on_run(run) if on_run else advance()

    with progress_bar(0 if on_run else sum(map(len, groups.values()))) as advance:
        tasks = [asyncio.ensure_future(say(group)) for group in groups]
        await asyncio.gather(*tasks, return_exceptions=True)  # until all of them are over
        for task in tasks:
            task.result()
    return [run for group in runs.values() for run in group]


def _checked(number: int, turn: tuple[Any, ...]) -> Said:
    try:
        said = Said(*turn)
        check_id("user_id", said.user_id)
        check_id("session_id", said.session_id)
        check_message(said.message)
    except TypeError as error:
        raise InvalidInput(f"turn {number} is not (user, session, message): {turn!r}") from error
    except InvalidInput as error:
        raise InvalidInput(f"turn {number}: {error}") from error
    return said


async def _ask(agent: Agent, turn: Said) -> RunResult:
    return await agent.arun(turn.message, user_id=turn.user_id, session_id=turn.session_id)


async def _record(agent: Agent, said: Said) -> RunResult:
    """Store a turn with the reply that was given, and extract memories from its message."""
    user, remember = agent.db.for_user(said.user_id), agent.memory_manager.acreate_user_memories
    async with running(user, said.session_id, said.message) as turn:
        turn.reply, turn.status = said.reply, "completed"
        try:
            await remember(user, said.message, turn.source, agent.model)
        except MemkitError as error:
            turn.fail(f"the memories were not updated: {error}")
    return turn.result
