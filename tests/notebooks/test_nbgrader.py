"""A teacher grades a lesson with the real nbgrader: handed out, solved or not, and graded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.proof

ROOT = Path(__file__).parents[2]
LESSON = ROOT / "notebooks" / "01_talk_to_one_agent.ipynb"
ATTEMPTS = {
    "solved": lambda exercise: exercise.metadata.memkit.right,
    "untried": lambda exercise: exercise.source,
    "wrong": lambda exercise: exercise.metadata.memkit.wrong[0],
}


def nbgrader(course, *command):
    here = Path(sys.executable).parent  # where the programs are that it starts by their names
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        env=os.environ | {"PATH": f"{here}{os.pathsep}{os.environ['PATH']}"},
        cwd=course,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def exercises(path):
    cells = nbformat.read(path, 4).cells
    return {cell.id: cell for cell in cells if "exercise" in cell.metadata.get("tags", [])}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which three learners have handed in the first lesson, graded."""
    course = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "docs" / "nbgrader_config.py", course)
    (course / "source" / "first").mkdir(parents=True)
    shutil.copy(LESSON, course / "source" / "first")
    shutil.copytree(LESSON.parent / "pictures", course / "source" / "first" / "pictures")
    nbgrader(course, "generate_assignment", "first")
    for learner, attempt in ATTEMPTS.items():
        notebook = nbformat.read(course / "release" / "first" / LESSON.name, 4)
        for cell in notebook.cells:
            if exercise := exercises(LESSON).get(cell.id):
                cell.source = attempt(exercise)
        (course / "submitted" / learner / "first").mkdir(parents=True)
        nbformat.write(notebook, course / "submitted" / learner / "first" / LESSON.name)
    nbgrader(course, "autograde", "first")
    nbgrader(course, "generate_feedback", "first")
    return course


def test_what_is_handed_out_has_neither_solutions_nor_attempts(course):
    handed_out = (course / "release" / "first" / LESSON.name).read_text()
    assert "Solution a" not in handed_out
    assert len(exercises(LESSON)) == 2
    for cell in exercises(course / "release" / "first" / LESSON.name).values():
        assert "memkit" not in cell.metadata
        assert "NotImplementedError" not in cell.source


def test_a_passed_check_is_a_point_and_any_other_is_none(course):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        handed_in = book.submission_dicts("first")
    scores = {each["student"]: (each["score"], each["max_score"]) for each in handed_in}
    assert scores == {"solved": (2, 2), "untried": (0, 2), "wrong": (0, 2)}


def test_the_feedback_says_why(course):
    pages = {
        learner: (course / "feedback" / learner / "first" / f"{LESSON.stem}.html").read_text()
        for learner in ATTEMPTS
    }
    assert pages["untried"].count("AssertionError") >= 2
    assert pages["wrong"].count("not yet: ") > pages["untried"].count("not yet: ")
    assert "AssertionError" not in pages["solved"]
