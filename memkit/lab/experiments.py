"""What if? The same messages remembered in another way, the same question with fewer memories."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pandas as pd

from memkit.agent import Agent
from memkit.context import Context, Part
from memkit.errors import InvalidInput, ModelError
from memkit.explore import views
from memkit.explore.conversations import Said
from memkit.lab.display import progress_bar
from memkit.lab.play import play
from memkit.memory import MemoryManager
from memkit.models.openai import OpenAIChat
from memkit.offline.model import OfflineChat
from memkit.records import ModelCall, RunResult
from memkit.store.sqlite import SqliteDb
from memkit.store.user import User

NOTHING, ALL = "nothing", "memories"  # what can be left out besides one memory


async def what_if(
    user: User, manager: MemoryManager | None = None, model: OpenAIChat | None = None
) -> pd.DataFrame:
    """What would be remembered of a user if another manager, or another model, had listened.

    Everything that the user has said is played again into a fresh store, at the times at which it
    was said; the user's own store stays as it is. A row for every memory: `in` says whether it is
    in `both`, only in the store (`stored`) or only in the play (`replayed`), `input` which sentence
    is behind it. `ModelError` if a message could not be played; Stop shows what came of the others.
    """
    said = [m for s in user.sessions() for m in user.messages(s.session_id) if m.role == "user"]
    said.sort(key=lambda message: message.run_id)
    turns = [Said(user.user_id, m.session_id, m.content, said_at=m.created_at) for m in said]
    with tempfile.TemporaryDirectory() as folder, SqliteDb(Path(folder) / "what_if.db") as db:
        agent = Agent(model or OfflineChat(), db, memory_manager=manager or MemoryManager())
        for run in await play(agent, turns, replies="recorded"):
            if run.error:
                raise ModelError(f"message {run.run_id} of {user.user_id!r}: {run.error}")
        replayed = {memory.memory: memory.input for memory in db.for_user(user.user_id).memories()}
    stored = {memory.memory: memory.input for memory in user.memories()}
    places = {(True, True): "both", (True, False): "stored", (False, True): "replayed"}
    rows = [
        (places[memory in stored, memory in replayed], memory, source)
        for memory, source in {**stored, **replayed}.items()
    ]
    return pd.DataFrame(rows, columns=["in", "memory", "input"])


async def ablate(agent: Agent, run: RunResult) -> pd.DataFrame:
    """Ask the question of a run again with each of its memories left out in turn, and with none.

    A row for every question: what was `left_out` of the prompt, the `answer`, and whether it
    `changed` from the one with nothing left out, which is asked again as well. The store and its
    memories stay as they are. `InvalidInput` if there was no memory in the prompt; `ModelError` if
    the model fails; Stop shows the answers so far.
    """
    sent = views.request_parts(agent.db.query(views.request(run.run_id), run.user_id))
    sent = sent[~sent.part.str.startswith("tool")]  # what a tool added belongs to another answer
    parts = [Part(part.part, part.role, part.text) for part in sent.itertuples()]
    memories = views.memory_lines(agent.db, run.user_id, run.run_id)
    if not memories:
        raise InvalidInput(f"run {run.run_id} of {run.user_id!r} had no memory in its prompt")
    answers: dict[str, str] = {}
    with progress_bar(len(memories) + 2) as advance:
        for left_out in [NOTHING, *memories, ALL]:
            kept = [_without(part, left_out) for part in parts if part.source != left_out]
            request = agent.model.request(Context(kept).messages)
            call = await agent.model.send(ModelCall("reply", request, agent.db.now()))
            answers[left_out] = call.text
            advance()
    frame = pd.DataFrame(answers.items(), columns=["left_out", "answer"])
    changed = frame.answer != frame.answer[0]
    names = frame.left_out.str.removeprefix("- ").replace(ALL, "all memories")
    return frame.assign(left_out=names, changed=changed)


def _without(part: Part, left_out: str) -> Part:
    lines = [line for line in part.text.splitlines() if line != left_out]
    return replace(part, text="\n".join(lines)) if part.source == "memories" else part
