"""SQL in a cell of its own: `%load_ext memkit`, then

    %%memsql --user user_1@example.com
    SELECT memory, topics FROM user_memories ORDER BY memory_id

As a value in Python the same is `db.query(...)`.
"""

# IPython's decorators carry no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import shlex
from typing import Any

import pandas
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import needs_local_scope
from IPython.core.magic_arguments import argument, magic_arguments

from memkit.errors import MemkitError
from memkit.store.db import Db


@needs_local_scope
@magic_arguments()
@argument("--user", "-u", help="whose rows: an id, or a variable as $user_id; default: all")
@argument("--out", "-o", help="the name of a variable to put the frame into, not showing it")
def memsql(line: str, cell: str, local_ns: dict[str, Any]) -> pandas.DataFrame | None:
    """Run SQL on a copy of the store in the variable `db`, and show the frame.

    The tables are agent_sessions, agent_runs, messages, model_calls, user_memories and
    memory_events. With --user the copy holds the rows of that user and no others.
    """
    try:
        options = memsql.parser.parse_args(shlex.split(line))
    except ValueError as error:
        raise UsageError(f"the options cannot be read ({error}): {line}") from None
    if (options.user or "").startswith(("$", "{")):  # IPython puts in what it knows
        raise UsageError(f"--user {options.user}: there is no variable of this name")
    if not (options.out or "frame").isidentifier():
        raise UsageError(f"--out is the name of a variable, found {options.out!r}")
    if not isinstance(db := local_ns.get("db"), Db):
        raise UsageError("which store? put it into a variable `db`")
    try:
        frame = db.query(cell, options.user)
    except MemkitError as error:
        raise UsageError(str(error)) from None  # which IPython shows without a traceback
    if options.user and options.user not in db.users():
        print(f"nobody is called {options.user!r}; write ${options.user} for a variable")
    if options.out is None:
        return frame
    local_ns[options.out] = frame
    return None


def register(shell: object) -> None:
    """Bring the magic into a running IPython."""
    assert isinstance(shell, InteractiveShell)
    shell.register_magic_function(memsql, "cell")
