"""The shape of the package: its names, their words, and who may import whom."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import memkit

PACKAGE = Path(memkit.__file__).parent
PREFIX = "memkit."
FOUND = pkgutil.walk_packages([str(PACKAGE)], PREFIX)
MODULES = sorted(each.name.removeprefix(PREFIX) for each in FOUND if each.name != "memkit.__main__")


@cache
def imported(module):
    """The modules of memkit that one of them imports, for types as well."""
    place = PACKAGE.joinpath(*module.split("."))
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        assert node.level == 0, "imports name the module in full"
        if f"{node.module}.".startswith(PREFIX):
            package = node.module.removeprefix("memkit").removeprefix(".")
            parts = {f"{package}.{each.name}".lstrip(".") for each in node.names} & set(MODULES)
            found |= parts or {package}
    return frozenset(found - {""})


def test_all_is_what_the_package_offers():
    public = {
        name
        for name, value in vars(memkit).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert set(memkit.__all__) == public
    assert memkit.__all__ == sorted(memkit.__all__)


def test_the_names_of_the_contract_are_there():
    contract = "Agent RunResult MemoryManager UserMemory OpenAIChat OfflineChat SqliteDb PostgresDb"
    assert set(contract.split()) <= set(memkit.__all__)


def public_things():
    for name in MODULES:
        module = importlib.import_module(f"memkit.{name}")
        yield f"memkit.{name}", module
        for label, thing in vars(module).items():
            if label.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing) or inspect.isclass(thing):
                yield f"{name}.{label}", thing
            if inspect.isclass(thing):
                for part, member in vars(thing).items():
                    member = getattr(member, "__func__", member)
                    if not part.startswith("_") and isinstance(
                        member, property | type(public_things)
                    ):
                        yield f"{name}.{label}.{part}", member


def test_everything_public_has_a_docstring():
    bare = [
        label
        for label, thing in public_things()
        if not thing.__doc__
        or (dataclasses.is_dataclass(thing) and thing.__doc__.startswith(f"{thing.__name__}("))
    ]
    assert bare == []


def test_importing_memkit_loads_no_notebook_no_plots_and_no_word_vectors():
    heavy = ["IPython", "ipykernel", "ipywidgets", "jupyterlab", "matplotlib", "nbformat", "plotly"]
    heavy += ["pandas", "safetensors", "snowballstemmer", "tokenizers", "wordllama"]
    script = f"import sys, memkit; print([each for each in {heavy} if each in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


# From the ground up: a module imports from its own layer and from those below it, and no circle
# runs through a layer.
LAYERS = [
    {"errors", "words"},
    {"records", "validation", "concurrency"},
    {"store"},
    {"models"},
    {"context"},
    {"retrieval"},
    {"offline"},
    {"memory"},
    {"agent"},
    {"explore"},
    {"lab"},
    {"widgets"},
]


def layer(module):
    """How high a module stands; one that stands nowhere is an error."""
    [found] = [height for height, rooms in enumerate(LAYERS) if module.split(".")[0] in rooms]
    return found


def test_nothing_is_imported_from_above():
    upward = {
        (module, each)
        for module in MODULES
        for each in imported(module)
        if layer(each) > layer(module)
    }
    assert upward == set()


def test_no_module_needs_itself():
    for module in MODULES:
        pending, seen = set(imported(module)), set()
        while pending:
            each = pending.pop()
            assert each != module, f"{module} imports itself by way of {seen}"
            if each not in seen:
                seen.add(each)
                pending |= imported(each)
