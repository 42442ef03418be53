"""SQL in a cell of its own: `%load_ext memkit`, then

    %%memsql --user user_1@example.com
    SELECT memory, topics FROM user_memories ORDER BY memory_id

As a value in Python the same is `db.query(...)`.
"""

# IPython's decorators carry no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments

from memkit.agent import Agent
from memkit.errors import MemkitError
from memkit.store.db import Db

if TYPE_CHECKING:
    import pandas


@magics_class
class MemSql(Magics):
    """The magic `%%memsql`."""

    shell: InteractiveShell

    @cell_magic
    @magic_arguments()
    @argument("--user", "-u", help="whose rows: an id, or a variable as $user_id; default: all")
    @argument("--out", "-o", help="the name of a variable to put the frame into, not showing it")
    def memsql(self, line: str, cell: str) -> pandas.DataFrame | None:
        """Run SQL on a copy of the store in the variable `db` (or of `agent`), and show the frame.

        The tables are agent_sessions, agent_runs, messages, model_calls, user_memories and
        memory_events. With --user the copy holds the rows of that user and no others.
        """
        try:
            options = MemSql.memsql.parser.parse_args(shlex.split(line))  # type: ignore[union-attr]
        except ValueError as error:
            raise UsageError(f"the options cannot be read ({error}): {line}") from None
        if (options.user or "").startswith(("$", "{")):  # IPython puts in what it knows
            raise UsageError(f"--user {options.user}: there is no variable of this name")
        if not (options.out or "frame").isidentifier():
            raise UsageError(f"--out is the name of a variable, found {options.out!r}")
        try:
            frame = self._store().query(cell, options.user)
        except MemkitError as error:
            raise UsageError(str(error)) from None  # which IPython shows without a traceback
        if options.out is None:
            return frame
        self.shell.user_ns[options.out] = frame
        return None

    def _store(self) -> Db:
        for name in ("db", "agent"):
            value = self.shell.user_ns.get(name)
            if isinstance(value, Db | Agent):
                return value if isinstance(value, Db) else value.db
        raise UsageError("which store? put it into a variable `db`, or its agent into `agent`")


def register(shell: object) -> None:
    """Bring the magic into a running IPython."""
    assert isinstance(shell, InteractiveShell)
    shell.register_magics(MemSql)
