"""Execute the notebooks in place, so that doing it twice gives the same bytes.

`make notebooks` does all of them; `.venv/bin/python notebooks/make.py notebooks/01_talk.ipynb`
does one. A learner's file would differ in a hundred places that mean nothing (times, widget
numbers, the name of a kernel); `tidy` takes them out, and what is left is what nbval compares.

What can be counted is written by `tidy` too, in every lesson (a notebook whose name begins with a
number): its minutes, the links to the lessons before and after it, and what nbgrader wants to know
about its exercises.
"""

import re
import sys
from math import ceil
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # the number of a live widget

# An honest estimate of how long a lesson takes
WORDS_PER_MINUTE, CELLS_PER_MINUTE, MINUTES_PER_EXERCISE = 200, 3, 4


def execute(
    notebook: nbformat.NotebookNode, folder: Path = HERE, allow_errors: bool = False
) -> nbformat.NotebookNode:
    """Run every cell in a fresh kernel; an error stops it, unless tagged or allowed."""
    notebook.metadata.kernelspec = dict(KERNEL)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        allow_errors=allow_errors,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # no word about TCP on every start
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def tidy(notebook: nbformat.NotebookNode, path: Path) -> nbformat.NotebookNode:
    """Drop what differs from run to run or from machine to machine; write what can be counted."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.kernelspec = dict(KERNEL)
    notebook.metadata.get("language_info", {}).pop("version", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken = {cell.get("id") for cell in notebook.cells}
    for number, cell in enumerate(notebook.cells, start=1):
        if "id" not in cell:
            cell.id = next(i for i in (f"cell-{number}", f"new-{number}") if i not in taken)
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
            if output.output_type == "error":
                # A traceback names folders and line numbers of this machine; the message stays.
                output.traceback = [f"{output.ename}: {output.evalue}"]
    if path in (lessons := sorted(HERE.glob("[0-9]*.ipynb"))):
        notebook.metadata.memkit = notebook.metadata.get("memkit", {}) | {
            "minutes": minutes(notebook)
        }
        write_links(notebook, path, lessons)
        mark_for_nbgrader(notebook)
    return notebook


def has_tag(cell: nbformat.NotebookNode, *tags: str) -> bool:
    return bool(set(tags) & set(cell.metadata.get("tags", [])))


def minutes(notebook: nbformat.NotebookNode) -> int:
    """How long a learner takes: to read the words, to run the cells and to do the exercises."""
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    unread = r"```.*?```|<[^>]*>|^\*\*(Lesson|Next:) .*?$"  # solutions, HTML, and our own lines
    words = len(re.sub(unread, " ", prose, flags=re.DOTALL | re.MULTILINE).split())
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    exercises = sum(
        cell.metadata.get("memkit", {}).get("minutes", MINUTES_PER_EXERCISE)
        for cell in code
        if has_tag(cell, "exercise")
    )
    shown = sum(not has_tag(cell, "exercise", "check") for cell in code)
    return ceil(words / WORDS_PER_MINUTE + shown / CELLS_PER_MINUTE + exercises)


def title(path: Path) -> str:
    return str(nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# "))


def write_links(notebook: nbformat.NotebookNode, path: Path, lessons: list[Path]) -> None:
    """End the first cell with the number, the minutes and links; the last with the next lesson."""
    place = lessons.index(path)
    before = lessons[place - 1] if place else None
    after = lessons[place + 1] if lessons[place + 1 :] else HERE / "playground.ipynb"
    line = [f"**Lesson {int(path.name[:2])}**", f"{minutes(notebook)} minutes"]
    line += [f"before: [{title(before)}]({before.name})"] if before else []
    line += ["[the words](#The-words)", f"next: [{title(after)}]({after.name})"]
    for cell, start, text in [
        (notebook.cells[0], "**Lesson ", " · ".join(line)),
        (notebook.cells[-1], "**Next:** ", f"**Next:** [{title(after)}]({after.name})"),
    ]:
        kept = [part for part in cell.source.split("\n\n") if not part.startswith(start)]
        cell.source = "\n\n".join([*kept, text])


def mark_for_nbgrader(notebook: nbformat.NotebookNode) -> None:
    """Say which cells a learner fills in, and which are worth a point."""
    letters = {"exercise": iter("abcdef"), "check": iter("abcdef")}
    for cell in notebook.cells:
        for tag in letters:
            if has_tag(cell, tag):
                graded = {"grade": tag == "check", "solution": tag == "exercise", "task": False}
                cell.metadata["nbgrader"] = {
                    **graded,
                    **({"points": 1} if graded["grade"] else {}),
                    "grade_id": f"{tag}-{next(letters[tag])}",
                    "locked": graded["grade"],
                    "schema_version": 3,
                }
        if cell.cell_type == "markdown" and "<summary>Solution" in cell.source:
            cell.metadata["tags"] = ["solution"]  # left out of what nbgrader hands out


def main(names: list[str]) -> None:
    everything = sorted(HERE.glob("*.ipynb"))
    chosen = [Path(name).resolve() for name in names] or everything
    for path in dict.fromkeys([*chosen, *everything]):
        notebook = nbformat.read(path, as_version=4)
        if path in chosen:
            print(path.name, flush=True)
            execute(notebook, path.parent)
        tidy(notebook, path)  # also where nothing was run: the lesson beside it may have changed
        nbformat.validate(notebook)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1:])
