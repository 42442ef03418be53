"""`memkit fresh` and `memkit lab`: a learner's own copies of the lessons, in the folder `my`."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from memkit.commands import fresh, main
from servers import TOKEN, Server

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, where the command is given."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def copies(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "my").glob("*.ipynb"))}


@pytest.mark.slow
@pytest.mark.semantic
def test_every_lesson_has_a_copy_without_outputs(folder, capsys):
    assert main(["fresh"]) == 0
    assert sorted(copies(folder)) == NAMES
    pictures = [f"pictures/{path.name}" for path in sorted(NOTEBOOKS.glob("pictures/*"))]
    assert capsys.readouterr().out.split() == [
        str(Path("my", name)) for name in sorted([*NAMES, *pictures])
    ]
    assert (folder / "my" / pictures[0]).is_file()
    for name, text in copies(folder).items():
        copy, lesson = nbformat.reads(text, 4), nbformat.read(NOTEBOOKS / name, 4)
        nbformat.validate(copy)
        assert [cell.source for cell in copy.cells] == [cell.source for cell in lesson.cells]
        for cell in copy.cells:
            assert not cell.get("outputs")
            assert "memkit" not in cell.metadata  # where the solutions are
            assert cell.get("execution_count") is None


def test_a_copy_is_never_overwritten(folder):
    main(["fresh"])
    work = folder / "my" / NAMES[0]
    work.write_text("the work of an hour")
    (folder / "my" / NAMES[1]).unlink()
    before = copies(folder)
    main(["fresh"])
    assert copies(folder) == {**before, NAMES[1]: (folder / "my" / NAMES[1]).read_bytes()}
    assert work.read_text() == "the work of an hour"


def test_it_says_so_if_nothing_is_missing(folder, capsys):
    main(["fresh"])
    capsys.readouterr()
    assert main(["fresh"]) == 0
    assert capsys.readouterr().out.startswith("nothing is missing in my")


def test_another_copy_of_a_lesson_stands_beside_the_first(folder, capsys):
    main(["fresh"])
    before = copies(folder)
    assert main(["fresh", "3"]) == main(["fresh", "03"]) == main(["fresh", "playground"]) == 0
    third = next(name for name in NAMES if name.startswith("03_"))
    made = [third.replace(".ipynb", "_2.ipynb"), third.replace(".ipynb", "_3.ipynb")]
    made.append("playground_2.ipynb")
    assert capsys.readouterr().out.split()[-3:] == [str(Path("my", name)) for name in made]
    assert before.items() <= copies(folder).items()
    assert copies(folder)[made[0]] == copies(folder)[third]


@pytest.mark.parametrize("lesson", ["99", "0", "../01", "", "x"])
def test_a_lesson_that_is_not_there_is_one_clear_line(folder, capsys, lesson):
    assert main(["fresh", lesson]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(f"there is no lesson {lesson!r}; there are: 01_")
    assert not (folder / "my").exists()


def test_pictures_of_lessons_come_along_and_nothing_else(folder, tmp_path_factory, monkeypatch):
    lessons = tmp_path_factory.mktemp("lessons")
    shutil.copy(NOTEBOOKS / NAMES[0], lessons)
    for name in ("make.py", "pictures/flow.svg", ".ipynb_checkpoints/x.ipynb"):
        (lessons / name).parent.mkdir(exist_ok=True)
        (lessons / name).write_text("<svg/>")
    monkeypatch.setattr(fresh, "LESSONS", lessons)
    main(["fresh"])
    made = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert made == {str(Path("my", NAMES[0])), str(Path("my", "pictures", "flow.svg"))}


def test_where_wordllama_is_missing_a_cell_that_needs_it_is_a_note(folder, tmp_path, monkeypatch):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(f"{number}") for number in range(2)]
    notebook.cells[0].metadata.tags = ["semantic"]
    path = tmp_path / "lesson.ipynb"
    nbformat.write(notebook, path)
    present = bool(find_spec("wordllama"))
    kinds = [cell.cell_type for cell in nbformat.reads(fresh.without_outputs(path), 4).cells]
    assert kinds == ["code" if present else "markdown", "code"]

    monkeypatch.setitem(sys.modules, "wordllama", None)
    note, code = nbformat.reads(fresh.without_outputs(path), 4).cells
    assert (note.cell_type, note.id) == ("markdown", notebook.cells[0].id)
    assert note.source.startswith("*Left out here: this cell searches by meaning")
    assert note.source.endswith("```python\n0\n```")
    assert code.source == "1"


def test_the_repository_is_clean_after_a_class():
    ignored = subprocess.run(
        ["git", "check-ignore", "my/01_x.ipynb", "my/data/memkit.db"], cwd=ROOT, capture_output=True
    )
    assert len(ignored.stdout.split()) == 2


NEWS = "/lab/api/settings/@jupyterlab/apputils-extension:notification"


@pytest.mark.slow
def test_memkit_lab_opens_jupyterlab_on_the_first_copy(folder):
    token = f"--IdentityProvider.token={TOKEN}"
    page = f"/lab/tree/my/{{}}?token={TOKEN}"
    server = Server(folder, ["memkit", "lab", token, "--ServerApp.port_retries=0"], page)
    try:
        with urllib.request.urlopen(server.address(NAMES[0]), timeout=60) as answer:
            assert '"news": {"disabled": true}' in answer.read().decode()
        asks = server.address("").replace(page.format(""), f"{NEWS}?token={TOKEN}")
        with urllib.request.urlopen(asks, timeout=60) as answer:
            schema = json.load(answer)["schema"]["properties"]
        assert schema["fetchNews"]["default"] == "false"  # or a box would ask about it
    finally:
        server.end()
    assert sorted(copies(folder)) == NAMES
    assert f"/lab/tree/my/{NAMES[0]}" in (folder / ".jupyter" / "memkit.log").read_text()


def test_only_jupyterlab_takes_options_of_others(folder, capsys):
    for command in ("fresh", "demo"):
        with pytest.raises(SystemExit):
            main([command, "--port=9000"])
        assert "unknown options: --port=9000" in capsys.readouterr().err


@pytest.mark.slow
def test_an_old_console_that_lacks_characters_stops_nothing():
    ran = subprocess.run(
        [sys.executable, "-m", "memkit", "demo"],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
