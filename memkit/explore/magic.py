"""SQL in a cell of its own: `%load_ext memkit`, then

    %%memsql --user user_1@example.com
    SELECT memory, topics FROM user_memories ORDER BY memory_id

or, as a value in a line of Python, `frame = %memsql SELECT count(*) FROM messages`.
"""

# IPython's decorators carry no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import re
import shlex
from argparse import Namespace
from collections.abc import Iterable
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, magic_arguments

from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.store.db import Db

if TYPE_CHECKING:
    import pandas

# Options come first, each with a value; what follows is SQL, with all its quotes and braces.
OPTIONS_THEN_SQL = re.compile(r"""((?:\s*--?\w+(?:=|\s+)(?:"[^"]*"|'[^']*'|[^\s"'-]\S*))*)(.*)""")


@magics_class
class MemSql(Magics):
    """The magics `%memsql` and `%%memsql`."""

    shell: InteractiveShell

    @no_var_expand  # in SQL, `$` and `{}` are SQL
    @line_cell_magic
    @magic_arguments()
    @argument("--user", "-u", help="whose rows: an id, or a variable as $user_id; default: all")
    @argument("--out", "-o", help="the name of a variable to put the frame into, not showing it")
    @argument("--db", help="a variable that is a store or an agent; default: db, agent, the only")
    def memsql(self, line: str, cell: str | None = None) -> pandas.DataFrame | None:
        """Run SQL on a copy of a memkit store, and show the frame.

        The tables are agent_sessions, agent_runs, messages, model_calls, user_memories and
        memory_events. With --user the copy holds the rows of that user and no others.
        """
        options, sql = OPTIONS_THEN_SQL.match(line).groups()  # type: ignore[union-attr]
        if sql.lstrip().startswith("-") or (cell is not None and sql.strip()):
            options, sql = line, ""  # it is no SQL: let the options be explained
        asked = self._read(options)
        try:
            frame = self._store(asked.db).query(sql if cell is None else cell, asked.user)
        except MemkitError as error:
            raise UsageError(str(error)) from None  # which IPython shows without a traceback
        if asked.out is None:
            return frame
        self.shell.user_ns[asked.out] = frame
        return None

    def _read(self, options: str) -> Namespace:
        """The options, with the values of variables in place of their names."""
        try:
            words = shlex.split(options)
        except ValueError as error:
            raise UsageError(f"the options cannot be read ({error}): {options.strip()}") from None
        asked: Namespace = MemSql.memsql.parser.parse_args(words)  # type: ignore[union-attr]
        if asked.user is not None:
            user_id = self.shell.var_expand(asked.user)
            if user_id == asked.user and user_id.startswith(("$", "{")):
                raise UsageError(f"--user {user_id}: there is no variable {user_id.strip('${}')!r}")
            asked.user = user_id
        if asked.out is not None and not asked.out.isidentifier():
            raise UsageError(f"--out is the name of a variable, found {asked.out!r}")
        return asked

    def _store(self, name: str | None) -> Db:
        """The store of a variable; without a name `db`, then `agent`, then the only one."""
        variables = self.shell.user_ns
        stores = {
            name: value if isinstance(value, Db) else value.db
            for name, value in variables.items()
            if isinstance(value, Db | Agent) and not name.startswith("_")
        }
        if name is not None:
            if name in stores:
                return stores[name]
            found = f"is {type(variables[name]).__name__}" if name in variables else "is not there"
            raise UsageError(f"--db {name} {found}; {_known(stores)}")
        for usual in ("db", "agent"):
            if usual in stores:
                return stores[usual]
        if len({id(store) for store in stores.values()}) == 1:
            return next(iter(stores.values()))
        raise UsageError(f"which store? name a variable with --db; {_known(stores)}")


def _known(stores: Iterable[str]) -> str:
    return f"stores and agents here: {', '.join(sorted(stores)) or 'none; make one first'}"


def register(shell: object) -> None:
    """Bring the magics into a running IPython."""
    assert isinstance(shell, InteractiveShell)
    shell.register_magics(MemSql)
