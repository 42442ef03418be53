"""`python -m memkit`: the conversation of three users in a terminal, and what is stored of it.

python -m memkit                        offline, on a store that is thrown away
python -m memkit --db memkit.db         on a store that stays
python -m memkit --at-once              the three users at the same time
python -m memkit --model gpt-4o         a real model (needs OPENAI_API_KEY or --base-url)
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from memkit import lab
from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.models.openai import OpenAIChat
from memkit.offline.model import OfflineChat
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


def main() -> int:
    """Play the conversation and print its tables; returns the exit status."""
    arguments = _arguments()
    console = Console()
    try:
        with tempfile.TemporaryDirectory() as folder:
            db = _store(arguments.db or Path(folder) / "memkit.db")
            failed = asyncio.run(_play(arguments, db, console))
            for title, sql in TABLES.items():
                console.print(_table(title, db.query(sql)))
            db.close()
    except MemkitError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m memkit", description="A conversation, remembered.")
    parser.add_argument("--db", help="a SQLite file or a Postgres URL; default: thrown away")
    parser.add_argument("--at-once", action="store_true", help="all three users at the same time")
    parser.add_argument("--model", help="a real model's id, such as gpt-4o; default: offline")
    parser.add_argument("--base-url", help="the endpoint of the real model; default: OpenAI's")
    given = parser.parse_args()
    if given.base_url and not given.model:
        parser.error("--base-url needs --model, the id of a model there")
    return given


def _store(place: str | Path) -> Db:
    return PostgresDb(str(place)) if "://" in str(place) else SqliteDb(place)


async def _play(arguments: argparse.Namespace, db: Db, console: Console) -> bool:
    """Play and print the conversation; true if anything in it failed."""
    model = OpenAIChat(arguments.model, arguments.base_url) if arguments.model else OfflineChat()
    agent = Agent(model, db, update_memory_on_run=True, add_memories_to_context=True)
    turns = lab.conversation()
    runs = await lab.play(agent, turns, arguments.at_once)
    for run in runs:
        console.print(Text(f"\n{run.user_id} in {run.session_id}", style="bold"))
        console.print(Text(f"  {run.messages[-1]['content']}"))
        console.print(Text(f"  -> {run.content or run.error}", style="cyan"))
    console.print()
    await model.aclose()
    return any(run.error for run in runs)


def _table(title: str, frame: pd.DataFrame) -> Table:
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        table.add_column(column)
    for row in frame.itertuples(index=False):
        table.add_row(*(Text("" if pd.isna(value) else str(value)) for value in row))
    return table


if __name__ == "__main__":
    sys.exit(main())
