"""Every SQL statement about one user's rows, and in every one of them: that user.

The statements are built once, as constants, and run through `Rows`, which binds `owner` each time.
Nothing here can be run without an owner, and no number (of a run, a memory, an event) means
anything without it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from memkit.store import tables
from memkit.store.tables import (
    DERIVED,
    HAS_END,
    MIRRORED,
    START_OF_MEMORY,
    Text,
    UtcDateTime,
    agent_runs,
    agent_sessions,
    memory_events,
    memory_users,
    messages,
    model_calls,
    tool_calls,
    user_memories,
)

T = TypeVar("T")

PAGE = 1000  # rows

OWNER = sa.bindparam("owner", type_=sa.Text)
NUMBER = sa.bindparam("number", type_=sa.Integer)
SESSION = sa.bindparam("session", type_=sa.Text)


def owned_by_user(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """The filter that every statement has for each of its tables."""
    return table.c.user_id == OWNER


def words_of(text: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What is in a list that is kept, or passed, as JSON: a row for each."""
    return tables.ListedWords(text).table_valued(sa.column("value", sa.Text)).c.value


def in_list(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether a list that is passed has it; as JSON, so that the SQL is the same for any length."""
    passed = words_of(sa.bindparam(name, type_=sa.JSON))
    return column.in_(sa.select(sa.cast(passed, column.type)))


def _select(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The user's rows, without the column that is the same in all of them."""
    columns = [column for column in table.columns if column.name != "user_id"]
    return sa.select(*columns).where(owned_by_user(table), *conditions)


def _update(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Update:
    return sa.update(table).where(owned_by_user(table), *conditions)


def _delete(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Delete:
    return sa.delete(table).where(owned_by_user(table), *conditions)


def insert_own(table: sa.Table) -> sa.Insert:
    """Insert rows that are the user's."""
    return sa.insert(table).values(user_id=OWNER)


def _highest(column: sa.Column[int], *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The highest number given so far; 0 before the first."""
    highest = sa.func.coalesce(sa.func.max(column), 0)
    return sa.select(highest).where(owned_by_user(column.table), *conditions)


def _append(number: sa.Column[int], given: sa.Select[Any] | None = None, **more: Any) -> sa.Insert:
    """Insert a row with the user's next number and return that number.

    `given` finds the highest number so far, where the table itself does not remember it.
    """
    next_number = (_highest(number) if given is None else given).scalar_subquery() + 1
    new = {number.name: next_number, **more}
    return insert_own(number.table).values(new).returning(number)


# The user's epoch, and how often something was written in it

_EPOCH = sa.select(memory_users.c.epoch).where(owned_by_user(memory_users))
CHANGE_USER = _update(memory_users)
COUNT_WRITE = CHANGE_USER.values(writes=memory_users.c.writes + 1).returning(memory_users.c.epoch)
NEW_USER = insert_own(memory_users).returning(memory_users.c.epoch)
FORGET_USER = _delete(memory_users)
HOW_MANY_MEMORIES = _highest(memory_users.c.memories)

# Sessions

_THIS_SESSION = agent_sessions.c.session_id == SESSION
_STARTED = agent_sessions.c.created_at
SESSIONS = _select(agent_sessions).order_by(_STARTED, agent_sessions.c.session_id)
NEWEST = _select(agent_sessions).order_by(agent_sessions.c.updated_at.desc(), _STARTED.desc())
NEW_SESSION = insert_own(agent_sessions)
CHANGE_SESSION = _update(agent_sessions, _THIS_SESSION)
TOUCH_SESSION = CHANGE_SESSION.returning(agent_sessions.c.summary)
_SUMMARISED = sa.func.coalesce(agent_sessions.c.summary_of_run, 0)
KEEP_SUMMARY = CHANGE_SESSION.where(_SUMMARISED < NUMBER)  # a later run knows more

# Runs, and what was said in them

_LAST_EVENT = _highest(memory_events.c.event_id).scalar_subquery()
VERSION = sa.select(_EPOCH.scalar_subquery(), _LAST_EVENT)

NEW_RUN = _append(agent_runs.c.run_id, memory_version=_LAST_EVENT)
CANCEL_RUNS = _update(agent_runs, agent_runs.c.status == "running")
FINISH_RUN = _update(agent_runs, agent_runs.c.run_id == NUMBER)

NEW_MESSAGE = _append(messages.c.message_id)
# Runs that overlap in a session stay whole: each message is followed by its reply.
MESSAGES = _select(messages, messages.c.session_id == SESSION).order_by(
    messages.c.run_id, messages.c.message_id
)
_ANSWERED = (
    _select(agent_runs, agent_runs.c.session_id == SESSION, agent_runs.c.status == "completed")
    .with_only_columns(agent_runs.c.run_id)
    .order_by(agent_runs.c.run_id.desc())
    .limit(sa.bindparam("runs", type_=sa.Integer))
)
LAST_MESSAGES = MESSAGES.where(messages.c.run_id.in_(_ANSWERED))
ALL_MESSAGES = _select(messages).order_by(messages.c.message_id)

# Calls to models

NEW_CALL = _append(model_calls.c.call_id)
NEW_TOOL_CALL = _append(tool_calls.c.tool_call_id)
USAGE = sa.select(
    sa.func.coalesce(sa.func.sum(model_calls.c.prompt_tokens), 0).label("prompt_tokens"),
    sa.func.coalesce(sa.func.sum(model_calls.c.completion_tokens), 0).label("completion_tokens"),
).where(owned_by_user(model_calls), model_calls.c.run_id == NUMBER)

# Memories as they are now

_NOW = sa.bindparam("now", type_=UtcDateTime)
_HOLDS = sa.or_(user_memories.c.expires_at.is_(None), user_memories.c.expires_at > _NOW)
# What a search chooses among; see `memkit.store.index.Scope`.
_TOPIC = sa.func.lower(words_of(user_memories.c.topics), type_=sa.Text)
_ABOUT = sa.or_(
    sa.bindparam("any_topic", type_=sa.Boolean), sa.exists().where(in_list(_TOPIC, "topics"))
)
_SINCE = user_memories.c.updated_at >= sa.bindparam("since", type_=UtcDateTime)
_WANTED = _select(user_memories, _HOLDS, _SINCE, _ABOUT).with_only_columns(
    user_memories.c.memory_id
)
HOW_MANY_WANTED = _WANTED.with_only_columns(sa.func.count())


def in_scope(table: sa.Table) -> sa.ColumnElement[bool]:
    """The filter of what a search gives; the store looks at it only if not all is wanted."""
    return sa.or_(sa.bindparam("all", type_=sa.Boolean), table.c.memory_id.in_(_WANTED))


ALL_MEMORIES = _select(user_memories).order_by(user_memories.c.memory_id)
MEMORIES = ALL_MEMORIES.where(_HOLDS)
MEMORY = _select(user_memories, user_memories.c.memory_id == NUMBER)
_ENDING = _select(user_memories, HAS_END)
FIRST_END = _ENDING.with_only_columns(sa.func.min(user_memories.c.expires_at))
EXPIRED = (
    _ENDING.where(user_memories.c.expires_at <= _NOW)
    .with_only_columns(user_memories.c.memory_id)
    .order_by(user_memories.c.memory_id)
)
MEMORIES_OF = ALL_MEMORIES.where(in_list(user_memories.c.memory_id, "numbers"))
_LINE = (user_memories.c.memory_id, user_memories.c.memory, user_memories.c.updated_at)
ALL_LINES = ALL_MEMORIES.where(in_scope(user_memories)).with_only_columns(*_LINE)
LINES_OF = MEMORIES_OF.with_only_columns(*_LINE)
_LIMIT = sa.bindparam("limit", type_=sa.Integer)
MEMORY_NUMBERS = ALL_MEMORIES.with_only_columns(user_memories.c.memory_id).limit(_LIMIT)
# By the time of the last change, as Agno does: a corrected memory is news. Of those changed at the
# same moment, the one with the higher number is newer.
_BY_TIME = (user_memories.c.updated_at, user_memories.c.memory_id)
_SOME = _select(user_memories, in_scope(user_memories)).limit(_LIMIT)
OLDEST_MEMORIES = _SOME.order_by(*_BY_TIME)
NEWEST_MEMORIES = _SOME.order_by(*(column.desc() for column in _BY_TIME))
NEWEST_NUMBERS = NEWEST_MEMORIES.with_only_columns(user_memories.c.memory_id)
# By its start, which an index finds. Then the whole text, with "" added: or SQLite would put the
# text into the first comparison, too, and not see the index there.
_TEXT = sa.bindparam("text", type_=Text)
_STARTS_ALIKE = sa.func.substr(_TEXT, 1, 100) == START_OF_MEMORY
_IS_ALIKE = user_memories.c.memory + "" == _TEXT
SAME_MEMORY = MEMORIES.where(_STARTS_ALIKE, _IS_ALIKE).order_by(None).limit(1)
# Numbers are never given twice: the events remember also what has been deleted. A rejected event
# may name a memory that never was.
_LAST_MEMORY = (  # not max(), for which SQLite would read all events
    sa.select(memory_events.c.memory_id)
    .where(owned_by_user(memory_events), memory_events.c.status.in_(["applied", "erased"]))
    .order_by(memory_events.c.memory_id.desc())
    .limit(1)
)
NEW_MEMORY = _append(
    user_memories.c.memory_id, sa.select(sa.func.coalesce(_LAST_MEMORY.scalar_subquery(), 0))
)
RESTORE_MEMORY = insert_own(user_memories)
UPDATE_MEMORY = _update(user_memories, user_memories.c.memory_id == NUMBER)
DELETE_MEMORY = _delete(user_memories, user_memories.c.memory_id == NUMBER)

# Every change of them

NEW_EVENT = _append(memory_events.c.event_id)
EVENTS = _select(memory_events).order_by(memory_events.c.event_id)
EVENTS_OF_MEMORY = EVENTS.where(memory_events.c.memory_id == NUMBER)
EVENTS_OF_RUN = EVENTS.where(memory_events.c.run_id == NUMBER)
EVENT = _select(memory_events, memory_events.c.event_id == NUMBER)
PROPOSALS = EVENTS.where(memory_events.c.status == "proposed")
DECIDE = _update(memory_events, memory_events.c.event_id == NUMBER)
# The last event of a run; if it has none, the last one before it began. What it proposed and was
# approved later, which refers to the proposal, came after it; so did what puts memories together,
# for the reason that it gives. What was rejected gives one as well, and has changed nothing.
_IN_A_RUN = sa.and_(
    memory_events.c.run_id <= NUMBER,
    memory_events.c.refers_to.is_(None),
    memory_events.c.reason.is_(None),
)
LAST_EVENT_OF_RUN = sa.select(
    _highest(agent_runs.c.memory_version, agent_runs.c.run_id <= NUMBER).scalar_subquery(),
    _highest(memory_events.c.event_id, _IN_A_RUN).scalar_subquery(),
)
RUN_BEGAN = sa.select(sa.func.max(agent_runs.c.created_at)).where(
    owned_by_user(agent_runs), agent_runs.c.run_id <= NUMBER
)

# All of it

_KEPT = [table for table in MIRRORED if table not in DERIVED]
ROWS = {  # read in pages: a driver never holds more of them
    t.name: _select(t).order_by(*t.primary_key.columns).execution_options(yield_per=PAGE)
    for t in _KEPT
}
RESTORE = {table.name: insert_own(table) for table in _KEPT}
ERASE = {table.name: _delete(table) for table in reversed(MIRRORED)}

# A part of it, for good

BLANK = {t.name: _update(t, tables.number_of(t) == sa.bindparam("row")) for t in _KEPT}
ERASE_MEMORY = {
    table.name: _delete(table, table.c.memory_id == NUMBER)
    for table in reversed(MIRRORED)
    if "memory_id" in table.c
}
ERASE_MEMORY["memory_events"] = ERASE_MEMORY["memory_events"].where(
    memory_events.c.status != "erased"
)
# What was learned in a session outlives it; all else goes, the rows that refer to others first.
DETACH_SESSION = {
    table.name: _update(table, table.c.session_id == SESSION).values(
        {name: None for name in ("run_id", "session_id", "call_id") if name in table.c}
    )
    for table in (user_memories, memory_events)
}
ERASE_SESSION = {
    table.name: _delete(table, table.c.session_id == SESSION)
    for table in reversed(MIRRORED)
    if table.name not in DETACH_SESSION and "session_id" in table.c
}


class Rows:
    """An open transaction that runs these statements for one user, and for no other."""

    def __init__(self, connection: sa.Connection, user_id: str) -> None:
        self._connection = connection
        self._user_id = user_id
        self._epoch: int | None = None

    @property
    def user_id(self) -> str:
        """Whose rows these are."""
        return self._user_id

    def run(self, statement: sa.Executable, **values: Any) -> sa.CursorResult[Any]:
        """Run a statement, with this user as its owner."""
        if isinstance(statement, sa.Insert | sa.Update):
            self.begin_to_write()
        return self._execute(statement, **values)

    def begin_to_write(self) -> int:
        """The user's epoch, which begins with their first row; counts this transaction once."""
        if self._epoch is None:
            self._epoch = self._execute(COUNT_WRITE).scalar_one_or_none()
        if self._epoch is None:
            self._epoch = self._execute(NEW_USER).scalar_one()
        return self._epoch

    def _execute(self, statement: sa.Executable, **values: Any) -> sa.CursorResult[Any]:
        return self._connection.execute(statement, {**values, "owner": self._user_id})

    def run_many(self, statement: sa.Insert, values: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows, with this user as their owner."""
        if values:
            self.begin_to_write()
            self._connection.execute(statement, [{**v, "owner": self._user_id} for v in values])

    def number(self, statement: sa.Executable, **values: Any) -> int:
        """The one number that a statement gives: a count, a version, the number of a new row."""
        return int(self.run(statement, **values).scalar_one())

    def count(self, statements: Mapping[str, sa.Executable], **values: Any) -> dict[str, int]:
        """How many rows each statement has changed or deleted, by the name of its table."""
        return {
            name: self.run(statement, **values).rowcount for name, statement in statements.items()
        }

    def all(self, kind: Callable[..., T], query: sa.Executable, **values: Any) -> list[T]:
        """The rows that a query finds, as records of a kind, whose fields are its columns."""
        return [kind(*row) for row in self.run(query, **values).all()]

    def pairs(self, query: sa.Executable, **values: Any) -> dict[Any, Any]:
        """The rows that a query finds, as a dictionary from its first column to its second."""
        return dict(map(tuple, self.run(query, **values).all()))

    def one(self, kind: Callable[..., T], query: sa.Executable, **values: Any) -> T | None:
        """The one row that a query finds, if it finds any."""
        return next(iter(self.all(kind, query, **values)), None)
