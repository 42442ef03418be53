"""Each lesson shows what it claims: break what it is about in memkit, and its outputs change.

Before the first cell of a lesson a line is run that takes one thing out of memkit. The lesson goes
on, whatever comes of it, and some cell then shows another thing than in the committed file, where
nbval would say so.
"""

import copy

import nbformat
import pytest
from test_notebooks import LESSONS, make, tags

pytestmark = pytest.mark.proof

NO_MEMORIES_IN_THE_CONTEXT = """
import memkit.agent as module
build = module.build_context
module.build_context = lambda *a, memories=(), **more: build(*a, memories=(), **more)
"""
NO_INSTRUCTIONS_IN_THE_CONTEXT = """
import memkit.agent as module
build = module.build_context
module.build_context = lambda *a, instructions=(), **more: build(*a, instructions=None, **more)
"""
NO_FILTER_BY_OWNER = """
from memkit.store.db import Db
query = Db.query
Db.query = lambda self, sql, user_id=None, params=None: query(self, sql, None, params)
"""
NOTHING_IS_LEFT_OUT = """
from memkit import Recall
choose = Recall.choose
Recall.choose = lambda self, *about: choose(Recall(), *about)
"""
EVERY_TOOL_IS_OFFERED = """
from memkit.memory import AddMemory, DeleteMemory, MemoryManager, UpdateMemory
MemoryManager._tools = property(lambda self: [AddMemory, UpdateMemory, DeleteMemory])
"""
IDS_IN_SMALL_LETTERS = """
from memkit.store.db import Db
for_user = Db.for_user
Db.for_user = lambda self, user_id: for_user(self, user_id.lower())
"""
NO_VERSION_IS_CHECKED = """
from memkit.store.runs import RunLog
change = RunLog.change_memories
RunLog.change_memories = lambda self, changes, version=None, *more, **others: change(
    self, changes, None, *more, **others
)
"""
REQUESTS_ARE_NOT_FORGOTTEN = """
from memkit.store import queries
del queries.ERASE["model_calls"]
"""
TABLES_IN_ONE_PART = """
from memkit.store.postgres import PostgresTransactions as Postgres
init = Postgres.__init__
Postgres.__init__ = lambda self, url, clock, pool_size, partitions: init(
    self, url, clock, pool_size, 0
)
"""
MUTATIONS = {
    1: NO_MEMORIES_IN_THE_CONTEXT,
    2: NO_FILTER_BY_OWNER,
    3: NOTHING_IS_LEFT_OUT,
    4: EVERY_TOOL_IS_OFFERED,
    5: IDS_IN_SMALL_LETTERS,
    6: NO_VERSION_IS_CHECKED,
    7: REQUESTS_ARE_NOT_FORGOTTEN,
    8: REQUESTS_ARE_NOT_FORGOTTEN,
    9: NOTHING_IS_LEFT_OUT,
    10: NO_FILTER_BY_OWNER,
    11: NO_FILTER_BY_OWNER,
    12: TABLES_IN_ONE_PART,
    13: NO_INSTRUCTIONS_IN_THE_CONTEXT,
}


def shown(notebook):
    """What each code cell shows as plain text, under its id; an error by its message."""
    return {
        cell.id: [
            output.get("text") or output.get("evalue") or output.get("data", {}).get("text/plain")
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code" and "exercise" not in tags(cell)
    }


def changed(path, mutation):
    """The ids of the cells of a lesson that show another thing with the mutation."""
    committed = nbformat.read(path, as_version=4)
    notebook = copy.deepcopy(committed)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(mutation, id="mutation"))
    make.execute(notebook, path.parent, allow_errors=True)
    assert not notebook.cells[0].outputs, "the mutation itself fails"
    now = shown(notebook)
    return [id for id, before in shown(committed).items() if now[id] != before]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_a_lesson_notices_that_memkit_is_broken(path):
    assert changed(path, MUTATIONS[int(path.name[:2])])


def test_a_lesson_is_as_committed_when_nothing_is_broken():
    assert changed(LESSONS[6], "'nothing at all';") == []
