"""`memkit demo`: the conversation of three users in the terminal, and what is stored of it.

memkit demo                        offline, on a store that is thrown away
memkit demo --db memkit.db         on a store that stays
memkit demo --at-once              the three users at the same time
memkit demo --model gpt-4o         a real model (needs OPENAI_API_KEY or --base-url)
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from memkit.agent import Agent
from memkit.explore.conversations import Said, conversation
from memkit.models.openai import OpenAIChat
from memkit.offline.model import OfflineChat
from memkit.records import RunResult
from memkit.store.db import Db
from memkit.store.postgres import PostgresDb
from memkit.store.sqlite import SqliteDb

TABLES = {
    "What is remembered, and the sentence it came from": """
        SELECT user_id, memory_id, memory, session_id, input FROM user_memories ORDER BY ALL""",
    "Every call to the model": """
        SELECT user_id, run_id, why, prompt_tokens, completion_tokens, error
        FROM model_calls ORDER BY user_id, run_id, why DESC""",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--db", help="a SQLite file or a Postgres URL; default: thrown away")
    parser.add_argument("--at-once", action="store_true", help="all three users at the same time")
    parser.add_argument("--model", help="a real model's id, such as gpt-4o; default: offline")
    parser.add_argument("--base-url", help="the endpoint of the real model; default: OpenAI's")


def run(options: argparse.Namespace, others: Sequence[str]) -> int:
    """Play the conversation and print its tables; return the exit status."""
    if options.base_url and not options.model:
        options.parser.error("--base-url needs --model, the id of a model there")
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        db = _store(options.db or Path(folder) / "memkit.db")
        failed = asyncio.run(_play(options, db, console))
        for title, sql in TABLES.items():
            console.print(_table(title, db.query(sql)))
        db.close()
    return int(failed)


def _store(place: str | Path) -> Db:
    return PostgresDb(str(place)) if "://" in str(place) else SqliteDb(place)


async def _play(options: argparse.Namespace, db: Db, console: Console) -> bool:
    """Play and print the conversation; true if anything in it failed."""
    model = OpenAIChat(options.model, options.base_url) if options.model else OfflineChat()
    agent = Agent(model, db, update_memory_on_run=True, add_memories_to_context=True)
    groups: dict[str, list[Said]] = {}  # of turns that wait for each other
    for turn in conversation():
        groups.setdefault(turn.user_id if options.at_once else "all", []).append(turn)
    failed = False
    for runs in await asyncio.gather(*(_say(agent, turns) for turns in groups.values())):
        for run in runs:
            console.print(Text(f"\n{run.user_id} in {run.session_id}", style="bold"))
            console.print(Text(f"  {run.messages[-1]['content']}"))
            console.print(Text(f"  -> {run.content or run.error}", style="cyan"))
            failed |= bool(run.error)
    console.print()
    await model.aclose()
    return failed


async def _say(agent: Agent, turns: list[Said]) -> list[RunResult]:
    """Say turns one after the other."""
    return [
        await agent.arun(said.message, user_id=said.user_id, session_id=said.session_id)
        for said in turns
    ]


def _table(title: str, frame: pd.DataFrame) -> Table:
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column(column)
    for row in frame.itertuples(index=False):
        table.add_row(*(Text("" if pd.isna(value) else str(value)) for value in row))
    return table
