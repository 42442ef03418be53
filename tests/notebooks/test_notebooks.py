"""The notebooks as files, how a lesson is built, and its exercises: solved, wrong, and not tried.

nbval, in the same run of pytest, executes each notebook and compares its outputs; but it compares
an unexecuted cell with nothing, and knows no exercises. That is what is tested here.

A lesson is a notebook whose name begins with a number. What a learner is asked stands before its
answer, and the answer is folded:

- A cell that says **Predict:** is followed by a code cell, and the next markdown cell begins with
  `<details><summary>Compare with your prediction</summary>`.
- Under the heading Quiz each question is a markdown cell that begins with **1.**, **2.**, ...; each
  possible answer is a `<details>` of its own: `<summary>` is the answer, what follows says why it
  is right (and begins with Yes) or wrong (No).
- An exercise is a code cell tagged `exercise`. A cell tagged `check` follows it and says "not tried
  yet", "not yet: ..." or "passed". Its solution is folded into a later markdown cell:
  `<details><summary>Solution ...</summary>` with a ```python block; the n-th to the n-th exercise.
  The metadata of the exercise hold another right way and some that are not:
  `{"memkit": {"right": "...", "wrong": ["...", "..."], "cheat": "..."}}`.

The metadata of a lesson, `{"memkit": {...}}`, say what it `assumes` (the numbers of lessons), what
words it `teaches`, which `mistakes` are likely, and what to ask at the `board`. `minutes`, the
links and what nbgrader needs are written by `make notebooks`.
"""

import copy
import importlib.util
import re
import sys
from pathlib import Path

import nbformat
import pytest

from support import NO_WORDLLAMA

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

LESSONS = [path for path in NOTEBOOKS if path.name[:2].isdecimal()]

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)


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
    if NO_WORDLLAMA:
        notebook.cells = [cell for cell in notebook.cells if "semantic" not in tags(cell)]
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
    assert written == nbformat.writes(make.tidy(read(path), path)) + "\n", "run `make notebooks`"


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


@each_lesson
def test_a_lesson_takes_ten_to_twenty_five_minutes(path):
    assert 10 <= make.minutes(read(path)) <= 25


@each_lesson
def test_a_lesson_tells_a_teacher_about_itself(path):
    about = read(path).metadata.memkit
    earlier = {int(lesson.name[:2]) for lesson in LESSONS if lesson < path}
    assert set(about.assumes) <= earlier
    assert about.teaches
    assert about.mistakes
    assert about.board


@each_lesson
def test_what_answers_a_prediction_is_folded(path):
    cells = read(path).cells
    for number, cell in enumerate(cells):
        if cell.cell_type == "markdown" and "**Predict:**" in cell.source:
            assert cells[number + 1].cell_type == "code", cell.source
            later = [other for other in cells[number:] if other.cell_type == "markdown"]
            assert later[1].source.startswith(
                "<details><summary>Compare with your prediction</summary>\n\n"
            ), later[1].source
            assert "\n\n</details>" in later[1].source


@each_lesson
def test_an_answer_to_the_quiz_shows_when_it_is_chosen(path):
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    questions = [source for source in cells if re.match(r"\*\*\d\.\*\*", source)]
    assert len(questions) == 3
    for question in questions:
        options = re.findall(r"^<details><summary>.+?</summary>(.*)</details>$", question, re.M)
        assert len(options) == question.count("<details>") >= 2, question
        assert sorted(re.match(r"Yes|No", why)[0] for why in options)[-2:] == ["No", "Yes"]


@each_lesson
def test_pictures_exist_and_have_alternative_text(path):
    prose = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    for alternative, picture in re.findall(r"!\[(.*?)\]\((.*?)\)", prose):
        assert len(alternative) > 40
        assert (path.parent / picture).is_file()
    for link in re.findall(r"(?<!!)\[[^]]*\]\(([\w./]+)\)", prose):
        assert (path.parent / link).is_file(), link


SECOND = pytest.mark.proof  # the first solution and the first wrong attempt are tried in every run


@each_notebook
@pytest.mark.parametrize("way", ["solution", pytest.param("right", marks=SECOND)])
def test_solutions_pass_their_checks(path, way):
    if not exercises(read(path)):
        return

    def attempt(exercise, solution):
        return exercise.metadata.memkit.get(way, solution)

    for said in run_with(path, attempt):
        assert said.startswith("passed"), said


@each_notebook
@pytest.mark.parametrize(
    "way", [0, pytest.param(1, marks=SECOND), pytest.param("cheat", marks=SECOND)]
)
def test_wrong_attempts_are_told_not_yet(path, way):
    if not exercises(read(path)):
        return

    def attempt(exercise, solution):
        tried = exercise.metadata.memkit
        if isinstance(tried.wrong, str):
            return tried.wrong
        return tried.wrong[way] if isinstance(way, int) else tried[way]

    for said in run_with(path, attempt):
        assert said.startswith("not yet:") or (way == "cheat" and said == "not tried yet"), said
