"""The notebooks as files, and their exercises: solved, tried wrongly, and not tried.

nbval, in the same run of pytest, executes each notebook and compares its outputs; but it compares
an unexecuted cell with nothing, and knows no exercises. That is what is tested here.

An exercise is a code cell tagged `exercise` that holds a wrong attempt in its metadata,
`{"memkit": {"wrong": "..."}}`. A cell tagged `check` follows it and says "not tried yet",
"not yet: ..." or "passed". Its solution is folded into a later markdown cell:
`<details><summary>Solution ...</summary>` with a ```python block; the n-th to the n-th exercise.
"""

import copy
import importlib.util
import re
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MAX_BYTES = 300_000

# notebooks/make.py is a script, not a module of a package
spec = importlib.util.spec_from_file_location("make", ROOT / "notebooks" / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)

SOLUTION = re.compile(
    r"<details>\s*<summary>\s*Solution.*?</summary>.*?^```python\n(.*?)^```.*?</details>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~-])/(?:home|root|Users|tmp|private|usr|opt|work)/|[A-Z]:\\\\|site-packages"
)
UNCOMPARED = {"nbval-skip", "nbval-ignore-output", "skip-execution"}  # tags
UNCOMPARED_COMMENTS = re.compile(r"NBVAL_(SKIP|IGNORE_OUTPUT)|PYTEST_VALIDATE_IGNORE_OUTPUT")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def exercises(notebook):
    """A list of (exercise cell, its check cell, its solution as source)."""
    cells, found = notebook.cells, []
    solutions = [
        (number, source)
        for number, cell in enumerate(cells)
        if cell.cell_type == "markdown"
        for source in SOLUTION.findall(cell.source)
    ]
    starts = [number for number, cell in enumerate(cells) if "exercise" in tags(cell)]
    checks = [number for number, cell in enumerate(cells) if "check" in tags(cell)]
    assert len(starts) == len(checks) == len(solutions), (
        f"{len(starts)} exercise cells, {len(checks)} check cells, {len(solutions)} solutions"
    )
    ends = [*starts, len(cells)][1:]
    for start, check, (place, solution), end in zip(starts, checks, solutions, ends, strict=True):
        assert start < check < end, f"cell {start}: its check must stand before the next exercise"
        assert start < place, f"cell {start}: its solution must stand after it"
        found.append((cells[start], cells[check], solution))
    return found


def text_of(cell):
    """What the cell printed or showed as plain text."""
    return "".join(
        output.text if output.output_type == "stream" else output.get("data", {})["text/plain"]
        for output in cell.outputs
        if output.output_type in ("stream", "execute_result", "display_data")
    )


def run_with(path, attempt):
    """What the checks say after every exercise cell's source was replaced by `attempt` of it."""
    notebook = copy.deepcopy(read(path))
    done = exercises(notebook)
    for exercise, _, solution in done:
        exercise.source = attempt(exercise, solution)
    make.execute(notebook, path.parent)
    return [text_of(check) for _, check, _ in done]


@each_notebook
def test_every_code_cell_was_executed_in_order(path):
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1)), "run `make notebooks`"


@each_notebook
def test_the_file_is_as_make_notebooks_writes_it(path):
    """No widget state, no times, no kernel of somebody's machine, and the same bytes next time."""
    written = path.read_text(encoding="utf-8")
    assert "widget-state" not in written
    assert make.WIDGET_VIEW not in written
    assert written == nbformat.writes(make.tidy(read(path))) + "\n", "run `make notebooks`"


@each_notebook
def test_it_names_no_folder_of_a_machine(path):
    written = path.read_text(encoding="utf-8")
    assert str(ROOT) not in written
    assert sys.prefix not in written
    assert not (found := MACHINE_PATH.search(written)), written[found.start() - 80 :][:160]


@each_notebook
def test_it_is_small(path):
    assert path.stat().st_size <= MAX_BYTES


@each_notebook
def test_it_begins_with_its_only_h1(path):
    cells = read(path).cells
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    prose = re.sub(r"^```.*?^```", "", prose, flags=re.DOTALL | re.MULTILINE)
    assert len(re.findall(r"^# ", prose, re.MULTILINE)) == 1
    assert not re.search(r"<h1|^=+\s*$", prose, re.IGNORECASE | re.MULTILINE)


@each_notebook
def test_errors_stand_only_in_cells_that_announce_them(path):
    for cell in code_cells(read(path)):
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert failed == ("raises-exception" in tags(cell)), cell.source


@each_notebook
def test_nothing_is_kept_from_being_compared(path):
    for cell in code_cells(read(path)):
        assert not tags(cell) & UNCOMPARED, cell.source
        assert not UNCOMPARED_COMMENTS.search(cell.source), cell.source


@each_notebook
def test_exercises_are_not_tried_yet_in_the_committed_file(path):
    for exercise, check, _ in exercises(read(path)):
        assert text_of(check).startswith("not tried yet"), exercise.source


@each_notebook
def test_the_solutions_pass_their_checks(path):
    if not exercises(read(path)):
        return
    for said in run_with(path, lambda exercise, solution: solution):
        assert said.startswith("passed"), said


@each_notebook
def test_wrong_attempts_are_told_not_yet(path):
    if not exercises(read(path)):
        return
    for said in run_with(path, lambda exercise, solution: exercise.metadata.memkit.wrong):
        assert said.startswith("not yet:"), said
