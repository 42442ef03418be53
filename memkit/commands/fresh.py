"""`memkit fresh`: make your copies of the lessons, without outputs, in the folder `my`.

A copy is made once and never overwritten: it is the learner's. The lessons themselves stay as they
are, with the outputs that the tests compare.
"""

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import chain, count
from pathlib import Path
from typing import Any

from memkit.errors import InvalidInput

PACKAGE = Path(__file__).parent.parent
PLACES = [PACKAGE / "notebooks", PACKAGE.parent / "notebooks"]  # installed, or in a checkout
LESSONS = PLACES[0] if PLACES[0].is_dir() else PLACES[1]
MY = Path("my")  # in the folder where the command is given
LEFT_OUT = """\
*Left out here: this cell searches by meaning, which needs `wordllama`. It is not installed; \
there is no wheel of it for Python 3.14 or for Linux on ARM.*

```python
{source}
```"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("lesson", nargs="?", help="a number such as 3, or a name: another copy")


def run(options: argparse.Namespace, others: Sequence[str]) -> int:
    """Make the copies that are missing, or another copy of one lesson, and print what was made."""
    made = make_missing() if options.lesson is None else [make_another(options.lesson)]
    for path in made:
        print(path)
    if not made:
        print(f"nothing is missing in {MY}; `memkit fresh 3` makes another copy of lesson 3")
    return 0


def make_missing() -> list[Path]:
    """Copy every lesson, and every picture of one, that has no copy yet."""
    made = []
    for path in sorted(LESSONS.rglob("*")):
        copy = MY / path.relative_to(LESSONS)
        hidden = any(part.startswith((".", "_")) for part in copy.parts)
        if hidden or copy.exists() or not path.is_file() or path.suffix == ".py":
            continue
        made.append(_copied(path, copy))
    return made


def make_another(lesson: str) -> Path:
    """Copy one lesson beside the copies that are there: `03_watch_a_race_2.ipynb`."""
    names = [path.stem for path in sorted(LESSONS.glob("*.ipynb"))]
    prefix = f"{lesson:0>2}_" if lesson.isdecimal() else lesson
    found = [name for name in names if name.startswith(prefix)]
    if len(found) != 1:
        raise InvalidInput(f"there is no lesson {lesson!r}; there are: {', '.join(names)}")
    suffixes = chain([""], (f"_{number}" for number in count(2)))
    copies = (MY / f"{found[0]}{suffix}.ipynb" for suffix in suffixes)
    free = next(copy for copy in copies if not copy.exists())
    return _copied(LESSONS / f"{found[0]}.ipynb", free)


def without_outputs(path: Path) -> str:
    """The text of a notebook as a learner gets it: nothing executed yet."""
    import nbformat
    from nbconvert.preprocessors import ClearOutputPreprocessor

    notebook = nbformat.read(path, as_version=4)
    notebook, _ = ClearOutputPreprocessor().preprocess(notebook, {})
    for cell in notebook.cells:
        cell.metadata.pop("memkit", None)  # the solutions that our tests try
    if find_spec("wordllama") is None:
        notebook.cells = [_left_out(cell) for cell in notebook.cells]
    return str(nbformat.writes(notebook)) + "\n"


def _left_out(cell: Any) -> Any:
    """A cell tagged `semantic` as a note that says why it cannot run here; others unchanged."""
    from nbformat.v4 import new_markdown_cell

    if cell.cell_type != "code" or "semantic" not in cell.metadata.get("tags", []):
        return cell
    return new_markdown_cell(LEFT_OUT.format(source=cell.source), id=cell.id)


def _copied(path: Path, copy: Path) -> Path:
    """Make a learner's copy of a lesson or a picture."""
    content = without_outputs(path).encode() if path.suffix == ".ipynb" else path.read_bytes()
    copy.parent.mkdir(parents=True, exist_ok=True)
    with copy.open("xb") as file:  # "x" never overwrites
        file.write(content)
    return copy
