"""Execute the notebooks in place, so that doing it twice gives the same bytes.

`make notebooks` does all of them; `.venv/bin/python notebooks/make.py notebooks/01_talk.ipynb`
does one. A learner's file would differ in a hundred places that mean nothing (times, widget
numbers, the name of a kernel); `tidy` takes them out, and what is left is what nbval compares.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # the number of a live widget


def execute(notebook: nbformat.NotebookNode, folder: Path = HERE) -> nbformat.NotebookNode:
    """Run every cell in a fresh kernel; an error stops it, unless tagged `raises-exception`."""
    notebook.metadata.kernelspec = dict(KERNEL)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # no word about TCP on every start
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return notebook


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop what differs from run to run or from machine to machine."""
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
    return notebook


def main(names: list[str]) -> None:
    for path in [Path(name) for name in names] or sorted(HERE.glob("*.ipynb")):
        print(path.name, flush=True)
        notebook = tidy(execute(nbformat.read(path, as_version=4), path.parent))
        nbformat.validate(notebook)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main(sys.argv[1:])
