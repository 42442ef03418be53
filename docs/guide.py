"""Write what the README and the guide for teachers say of each lesson out of the lessons.

`make notebooks` runs it after the lessons; a test says when a page is not what it would write.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

DOCS = Path(__file__).parent
README, GUIDE = DOCS.parent / "README.md", DOCS / "teaching.md"
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
        title, self.intro, *_ = notebook.cells[0].source.split("\n\n")
        self.title = title.lstrip("# ")
        nothing = {"assumes": [], "teaches": [], "mistakes": [], "board": []}
        self.about: dict[str, Any] = nothing | notebook.metadata.memkit

    def link(self, folder: str) -> str:
        """The title, leading to the notebook in a folder."""
        return f"[{self.title}]({folder}/{self.path.name})"


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
    yield f"{lesson.link('../notebooks')}, {about['minutes']} minutes. Assumes {assumed}."
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


def of_guide(course: dict[int, Lesson]) -> Iterator[str]:
    """The routes, and what to expect of each lesson."""
    yield from routes(course)
    yield ""
    for lesson in course.values():
        yield from of_lesson(lesson)


def of_readme(course: dict[int, Lesson]) -> Iterator[str]:
    """A table of the lessons."""
    yield "| | lesson | minutes | what happens |"
    yield "|---|---|---|---|"
    for number, lesson in course.items():
        intro = " ".join(lesson.intro.split())
        yield f"| {number} | {lesson.link('notebooks')} | {lesson.about['minutes']} | {intro} |"


def pages() -> Iterator[tuple[Path, str]]:
    """Each page as it should be: what is between its two marks comes from the lessons."""
    course = lessons()
    for page, write in {GUIDE: of_guide, README: of_readme}.items():
        part = "\n".join([BEGIN, "", *write(course), END])
        kept = page.read_text(encoding="utf-8")
        yield page, re.sub(f"{BEGIN}.*{END}", lambda _, p=part: p, kept, flags=re.DOTALL)


if __name__ == "__main__":
    for page, text in pages():
        page.write_text(text, encoding="utf-8")
