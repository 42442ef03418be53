"""The store's tables: the same nine in SQLite, in Postgres and in the DuckDB mirror.

Every primary key begins with `user_id`, and every other id counts up per user: memory 3 of one user
has nothing to do with memory 3 of another. Only `user_memories`, the state of a run or session and
the decision on a proposed event ever change; everything else is appended.

    agent_sessions   a conversation of one user
    agent_runs       one message and the reply to it
    messages         what was said, in order
    user_memories    what is known about the user now: the outcome of the events
    memory_events    every change made or proposed, with the sentence and the call behind it
    model_calls      every request to a model and what came back
    tool_calls       every use of a tool by a model that replies: with what, and what came of it
    memory_terms     an inverted index: which words stand in which memories
    memory_vectors   the embeddings of the memories, as far as they were needed

The last two follow from the memories (see `memkit.store.index`), so `export` leaves them out.

A tenth, `memory_users`, is the store's own: a row for each user about whom anything is stored.
Its `epoch` is drawn at random with a user's first row and goes when they are forgotten, so whoever
comes back is told from who they were, although the numbers start again at 1. `writes` counts the
transactions that wrote something, so that a mirror knows who has news; `memories` and `words` are
the size of the index, so that no search has to count it. None of them says anything about a person:
the table is not in the mirror, and `export` leaves it out.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SCHEMA_VERSION = 7  # rises with every change of the tables below; see `memkit.store.upgrades`


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A point in time with its zone, which SQLite by itself would drop: UTC in, UTC out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC; a time without a zone is refused, because nobody can know which was meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the time {value} has no zone; use datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """UTC with its zone: SQLite has dropped it, Postgres tells its server's own."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class WordList(sa.JSON):
    """A list of words, kept as JSON; a `VARCHAR[]` in DuckDB."""


class ListedWords(FunctionElement[Any]):
    """A row, with the column `value`, for each word of a `WordList`."""

    name = "words"
    inherit_cache = True


@compiles(ListedWords)
def _listed_words(words: ListedWords, compiler: Any, **more: Any) -> str:
    in_postgres = compiler.dialect.name == "postgresql"
    function = "json_array_elements_text" if in_postgres else "json_each"
    return f"{function}({compiler.process(words.clauses, **more)})"


class Vector(sa.LargeBinary):
    """An embedding of length 1, two bytes a number (float16); a `FLOAT[]` in DuckDB."""


class Text(sa.TypeDecorator[str]):
    """What people and models say. What no store takes becomes U+FFFD: NUL, half a surrogate."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Storable, whatever a model has sent; what people type is checked before."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """`text` with U+FFFD for each character that UTF-8 or Postgres cannot hold."""
    utf_16 = text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass")
    return utf_16.decode("utf-16", "replace")


metadata = sa.MetaData()


def _table(name: str, *parts: sa.schema.SchemaItem, **more: Any) -> sa.Table:
    """A table, whose first column says whose the row is."""
    return sa.Table(name, metadata, sa.Column("user_id", sa.Text, primary_key=True), *parts, **more)


def _counter(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def _of(parent: str, column: str) -> sa.ForeignKeyConstraint:
    """A row belongs to a row of the same user: the user is part of every reference."""
    return sa.ForeignKeyConstraint(["user_id", column], [f"{parent}.user_id", f"{parent}.{column}"])


def new_epoch() -> int:
    """A number that no other epoch of this user has."""
    return secrets.randbits(62)


memory_users = _table(
    "memory_users",  # in Postgres `users` may be another program's
    sa.Column("epoch", sa.BigInteger, nullable=False, default=new_epoch),
    sa.Column("writes", sa.Integer, nullable=False, default=1),
    sa.Column("memories", sa.Integer, nullable=False, server_default="0"),
    sa.Column("words", sa.Integer, nullable=False, server_default="0"),
)

agent_sessions = _table(
    "agent_sessions",
    sa.Column("session_id", sa.Text, primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("summary", Text),
    sa.Column("summary_of_run", sa.Integer),  # the last run that the summary knows of
    sa.Column("title", Text),  # the first words, or a name that it was given
)

agent_runs = _table(
    "agent_runs",
    _counter("run_id"),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # running, completed, failed, cancelled
    sa.Column("memory_version", sa.Integer, nullable=False),  # the last event before it began
    sa.Column("error", Text),
    sa.Column("context", sa.JSON(none_as_null=True)),  # where each part of the request came from
    sa.Column("recalled", sa.JSON(none_as_null=True)),  # which memories went into the prompt, why
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    _of("agent_sessions", "session_id"),
    sa.Index("agent_runs_by_session", "user_id", "session_id", "run_id"),
)

messages = _table(
    "messages",
    _counter("message_id"),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("role", Text, nullable=False),  # user, assistant
    sa.Column("content", Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    _of("agent_runs", "run_id"),
    sa.Index("messages_by_session", "user_id", "session_id", "run_id", "message_id"),
)

model_calls = _table(
    "model_calls",
    _counter("call_id"),
    sa.Column("run_id", sa.Integer),
    sa.Column("session_id", sa.Text),
    sa.Column("why", Text, nullable=False),  # reply, memory, search, summary, optimize
    sa.Column("model", Text, nullable=False),
    sa.Column("request", sa.JSON, nullable=False),  # the body as sent
    sa.Column("response", sa.JSON(none_as_null=True)),  # the assistant message as received
    sa.Column("prompt_tokens", sa.Integer),
    sa.Column("completion_tokens", sa.Integer),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("latency", sa.Float, nullable=False),  # seconds
    sa.Column("error", Text),
    _of("agent_runs", "run_id"),
    sa.Index("model_calls_by_run", "user_id", "run_id"),
)

user_memories = _table(
    "user_memories",
    _counter("memory_id"),
    sa.Column("memory", Text, nullable=False),
    sa.Column("topics", WordList, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("run_id", sa.Integer),  # run, session and sentence behind the text as it is now
    sa.Column("session_id", sa.Text),
    sa.Column("input", Text),
    sa.Column("expires_at", UtcDateTime),  # from then on it is not among the memories any more
    _of("agent_runs", "run_id"),
    sa.Index("user_memories_by_time", "user_id", "updated_at", "memory_id"),
)
# An index holds no long texts. Written out, because one on `substr(memory, ?, ?)` is never used.
START_OF_MEMORY: sa.ColumnClause[str] = sa.literal_column("substr(memory, 1, 100)", sa.Text)
sa.Index("user_memories_by_text", user_memories.c.user_id, START_OF_MEMORY)
HAS_END = user_memories.c.expires_at.is_not(None)
BY_END = sa.Index(
    "user_memories_by_end",
    user_memories.c.user_id,
    user_memories.c.expires_at,
    user_memories.c.memory_id,
    sqlite_where=HAS_END,  # and in Postgres: see memkit.store.postgres
)

memory_terms = _table(
    "memory_terms",
    sa.Column("term", sa.Text, primary_key=True),  # the stem of a word
    _counter("memory_id"),
    sa.Column("count", sa.Integer, nullable=False),  # how often it stands in the memory
    sa.Column("length", sa.Integer, nullable=False, server_default="0"),  # all words of the memory
    _of("user_memories", "memory_id"),
    sa.Index("memory_terms_of_memory", "user_id", "memory_id", "length"),
    sqlite_with_rowid=False,  # the rows stand in the order of the key, as in a book's index
)
memory_vectors = _table(
    "memory_vectors",
    sa.Column("model", Text, primary_key=True),
    _counter("memory_id"),
    sa.Column("vector", Vector, nullable=False),
    _of("user_memories", "memory_id"),
    sa.Index("memory_vectors_by_memory", "user_id", "memory_id"),
)

memory_events = _table(
    "memory_events",
    _counter("event_id"),
    sa.Column("memory_id", sa.Integer),  # none for a proposal that named no memory
    sa.Column("action", Text, nullable=False),  # add, update, delete, or an unknown tool's name
    sa.Column("status", sa.Text, nullable=False),  # applied, rejected, proposed, approved, refused
    sa.Column("reason", Text),  # why it was rejected
    sa.Column("before", Text),
    sa.Column("after", Text),
    sa.Column("topics", WordList(none_as_null=True)),  # of the text after
    sa.Column("run_id", sa.Integer),
    sa.Column("session_id", sa.Text),
    sa.Column("input", Text),
    sa.Column("call_id", sa.Integer),
    sa.Column("refers_to", sa.Integer),  # the event that this one undoes or approves
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),  # of the text after
    _of("agent_runs", "run_id"),
    _of("model_calls", "call_id"),
    sa.Index("memory_events_by_memory", "user_id", "memory_id", "event_id"),
    sa.Index("memory_events_of_run", "user_id", "run_id", "event_id"),
)


tool_calls = _table(
    "tool_calls",
    _counter("tool_call_id"),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("call_id", sa.Integer, nullable=False),  # the model call that asked for it
    sa.Column("name", Text, nullable=False),
    sa.Column("arguments", sa.JSON(none_as_null=True)),  # as passed; text, if that was no JSON
    sa.Column("result", Text),
    sa.Column("error", Text),  # why it was rejected, or what the function raised
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("latency", sa.Float, nullable=False),  # seconds
    _of("agent_runs", "run_id"),
    _of("model_calls", "call_id"),
    sa.Index("tool_calls_by_run", "user_id", "run_id"),
)


def number_of(table: sa.Table) -> sa.Column[Any]:
    """What tells the rows of one user apart: the key after the owner."""
    return list(table.primary_key.columns)[1]


# The nine, each after those that its rows refer to; and those that follow from the memories.
MIRRORED = [table for table in metadata.sorted_tables if table is not memory_users]
DERIVED = [memory_terms, memory_vectors]
