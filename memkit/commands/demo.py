"""`memkit demo`: the conversation of three users in the terminal, and what is stored of it.

memkit demo                        on a store that is thrown away
memkit demo --db memkit.db         on a store that stays
memkit demo --at-once              the three users at the same time
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from memkit.agent import Agent
from memkit.explore.conversations import conversation
from memkit.lab.play import play
from memkit.records import RunResult
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


def run(options: argparse.Namespace, others: Sequence[str]) -> int:
    """Play the conversation and print its tables; return the exit status."""
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        place = options.db or str(Path(folder, "memkit.db"))
        with PostgresDb(place) if "://" in place else SqliteDb(place) as db:
            agent = Agent(db=db, update_memory_on_run=True, add_memories_to_context=True)
            show = partial(_show, console)
            asyncio.run(play(agent, conversation(), options.at_once, on_run=show))
            for title, sql in TABLES.items():
                console.print("", _table(title, db.query(sql)))
            return int(db.query("FROM agent_runs WHERE error IS NOT NULL").size > 0)


def _show(console: Console, run: RunResult) -> None:
    console.print(Text(f"\n{run.user_id} in {run.session_id}", style="bold"))
    console.print(Text(f"  {run.messages[-1]['content']}"))
    console.print(Text(f"  -> {run.content or run.error}", style="cyan"))


def _table(title: str, frame: pd.DataFrame) -> Table:
    table = Table(*frame.columns, title=title, title_justify="left")
    for row in frame.itertuples(index=False):
        table.add_row(*(Text("" if pd.isna(value) else str(value)) for value in row))
    return table
