"""Write what the guide for teachers says of each lesson out of the lessons' own metadata.

`make notebooks` runs it after the lessons; a test says when the guide is not what it would write.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

DOCS = Path(__file__).parent
GUIDE = DOCS / "teaching.md"
BEGIN, END = "<!-- from the lessons: docs/guide.py -->", "<!-- end -->"

# The minutes of a class, the lessons for them, and what the class can say afterwards.
ROUTES = {
    45: ([1, 3], "what the agent keeps about three people, and what the model was really sent"),
    75: ([1, 2, 3], "the same, and how to find anything in the tables"),
    90: ([1, 2, 3, 5], "the same, and why nobody reaches another user's memories"),
    180: ([1, 2, 3, 4, 5, 6, 7], "the same, and how memories are made, raced for and taken back"),
}


class Lesson:
    """What a notebook says of itself."""

    def __init__(self, path: Path) -> None:
        notebook = nbformat.read(path, as_version=4)
        self.path = path
        self.number = int(path.stem[:2])
        self.title = notebook.cells[0].source.partition("\n")[0].lstrip("# ")
        nothing = {"assumes": [], "teaches": [], "mistakes": [], "board": []}
        self.about: dict[str, Any] = nothing | notebook.metadata.memkit

    @property
    def link(self) -> str:
        """The title, leading to the notebook."""
        return f"[{self.title}](../notebooks/{self.path.name})"


def lessons() -> dict[int, Lesson]:
    """The lessons, by their number."""
    found = map(Lesson, sorted((DOCS.parent / "notebooks").glob("[0-9][0-9]_*.ipynb")))
    return {lesson.number: lesson for lesson in found}


def routes(course: dict[int, Lesson]) -> Iterator[str]:
    """A table of what fits into a class."""
    yield "| length of the class | lessons | working time | what they can explain afterwards |"
    yield "|---|---|---|---|"
    for minutes, (numbers, outcome) in ROUTES.items():
        at_work = sum(course[number].about["minutes"] for number in numbers)
        for place, number in enumerate(numbers):
            unmet = set(course[number].about["assumes"]) - set(numbers[:place])
            assert not unmet, f"lesson {number} assumes {unmet}, which the route leaves out"
        assert at_work <= 0.9 * minutes, f"{at_work} minutes of work leave no time to talk"
        shown = ", ".join(map(str, numbers))
        yield f"| {minutes} minutes | {shown} | {at_work} minutes | {outcome} |"


def of_lesson(lesson: Lesson) -> Iterator[str]:
    """What a teacher wants to know of a lesson beforehand."""
    about = lesson.about
    assumed = ", ".join(f"lesson {number}" for number in about["assumes"]) or "nothing"
    yield f"### {lesson.number}. {lesson.title}"
    yield ""
    yield f"{lesson.link}, {about['minutes']} minutes. Assumes {assumed}."
    yield f"Words: {', '.join(about['teaches'])}."
    yield ""
    yield "What learners get wrong:"
    yield ""
    yield from (f"- {mistake}" for mistake in about["mistakes"])
    yield ""
    yield "For the board:"
    yield ""
    yield from (f"- {question}" for question in about["board"])
    yield ""


def written() -> str:
    """The guide as it should be: what is between the two marks comes from the lessons."""
    course = lessons()
    lines = [*routes(course), ""]
    for lesson in course.values():
        lines += of_lesson(lesson)
    part = "\n".join([BEGIN, "", *lines, END])
    return re.sub(f"{BEGIN}.*{END}", lambda _: part, GUIDE.read_text(), flags=re.DOTALL)


if __name__ == "__main__":
    GUIDE.write_text(written())
