"""The shape of the package: its names, their words, and who may import whom."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import duckdb
import pandas

import memkit
from memkit.lab import temporary_store

PACKAGE = Path(memkit.__file__).parent
PREFIX = "memkit."
FOUND = pkgutil.walk_packages([str(PACKAGE)], PREFIX)
MODULES = sorted(each.name.removeprefix(PREFIX) for each in FOUND if each.name != "memkit.__main__")


def source(module):
    """The file of a module or a folder of modules."""
    place = PACKAGE.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@cache
def imported(module):
    """The modules of memkit that one of them imports, for types as well."""
    found = set()
    for node in ast.walk(ast.parse(source(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
            assert not any(f"{name}.".startswith(PREFIX) for name in names), "write from ... import"
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


# What the package exports says how it is called.


def exported():
    """What `memkit` exports, and the public methods and properties of its classes."""
    for name in memkit.__all__:
        thing = getattr(memkit, name)
        yield name, thing
        for part in dir(thing) if inspect.isclass(thing) else ():
            member = inspect.getattr_static(thing, part)
            member = getattr(member, "fget", getattr(member, "__func__", member))
            ours = inspect.isfunction(member) and member.__module__.startswith("memkit")
            if ours and not part.startswith("_"):
                yield f"{name}.{part}", member


def own_parameters(thing):
    """The names of the arguments that a caller passes."""
    if inspect.isclass(thing) and "__init__" not in vars(thing):
        return []
    parameters = inspect.signature(thing).parameters.values()
    return [each.name for each in parameters if each.name != "self"]


def sections(thing):
    """The numpydoc sections of a docstring: {title: the text under it}."""
    parts = re.split(r"^(\w+)\n-{3,}\n", inspect.getdoc(thing), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(text):
    """The names that a section describes."""
    heads = re.findall(r"^(\w[\w, ]*?)(?: : .*)?$", text, flags=re.MULTILINE)
    return [name for head in heads for name in head.split(", ")]


def missing_sections(thing):
    """What a caller would want to know and is not told."""
    found = sections(thing)
    arguments = found.get("Parameters", found.get("Attributes", ""))
    yield from (name for name in own_parameters(thing) if name not in described(arguments))
    if inspect.isfunction(thing):
        gives = inspect.signature(thing).return_annotation
        if gives not in (None, "None", inspect.Signature.empty) and not found.keys() & GIVES:
            yield "Returns"
        raised = set(re.findall(r"raise (\w+)\(", inspect.getsource(thing))) & set(memkit.__all__)
        yield from (name for name in raised if name not in found.get("Raises", ""))


GIVES = {"Returns", "Yields"}


def test_what_is_exported_says_what_it_takes_gives_and_raises():
    missing = {
        name: list(missing_sections(thing)) for name, thing in exported() if not is_property(name)
    }
    assert {name: wanted for name, wanted in missing.items() if wanted} == {}


def is_property(name):
    kind, _, part = name.partition(".")
    return bool(part) and isinstance(inspect.getattr_static(getattr(memkit, kind), part), property)


def test_what_a_public_call_gives_is_exported():
    def classes(hint):
        yield hint
        for part in hint if isinstance(hint, list) else get_args(hint):
            yield from classes(part)

    modules = {"pandas": pandas, "duckdb": duckdb, "DuckDBPyConnection": duckdb.DuckDBPyConnection}
    hidden = {
        (name, kind.__name__)
        for name, thing in exported()
        for hint in [
            get_type_hints(thing, localns=modules).get("return")
            if inspect.isfunction(thing)
            else tuple[tuple(get_type_hints(thing).values())]
        ]
        for kind in classes(hint)
        if inspect.isclass(kind) and kind.__module__.startswith("memkit")
        if kind.__name__ not in memkit.__all__
    }
    assert hidden == set()


def test_what_an_agent_offers_at_tab():
    db = temporary_store()
    agent = memkit.Agent(db=db)
    db.close()
    settings = {
        "model",
        "db",
        "update_memory_on_run",
        "add_memories_to_context",
        "add_history_to_context",
        "num_history_runs",
        "enable_agentic_memory",
        "enable_session_summaries",
        "recall",
        "memory_manager",
        "tools",
        "instructions",
        "system_message",
        "add_datetime_to_context",
        "user_id",
        "session_id",
    }
    talk = {"arun", "astream", "aprint_response", "run", "print_response"}
    look = {"get_user_memories", "get_sessions", "get_messages"}
    assert {name for name in dir(agent) if not name.startswith("_")} == settings | talk | look


def length(node):
    """How many lines something takes up, without its docstring."""
    doc = node.body[0] if ast.get_docstring(node) else None
    lines = node.end_lineno - node.lineno + 1
    return lines - (doc.end_lineno - doc.lineno + 1 if doc else 0)


def test_no_module_is_over_450_lines_and_no_function_over_40():
    """Tables of data in a module do not count, nor does a function's docstring."""
    modules, functions = set(), set()
    for module in MODULES:
        text = source(module).read_text(encoding="utf-8")
        tree = ast.parse(text)
        tables = sum(
            node.end_lineno - node.lineno
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
        )
        if len(text.splitlines()) - tables > 450:
            modules.add(module)
        functions |= {
            f"{module}.{node.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > 40
        }
    assert modules == set()
    assert functions == set()


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
    {"turn", "printing", "reply", "extraction", "optimize", "memory"},
    {"agent"},
    {"explore"},
    {"lab"},
    {"widgets"},
    {"commands"},
]


def layer(module):
    """How high a module stands; one that stands nowhere is an error."""
    [found] = [height for height, rooms in enumerate(LAYERS) if module.split(".")[0] in rooms]
    return found


def test_the_page_for_users_of_agno_names_what_there_is():
    page = (PACKAGE.parent / "docs" / "coming_from_agno.md").read_text(encoding="utf-8")
    for kind, found in (
        (memkit.User, re.findall(r"\buser\.(\w+)\(", page)),
        (memkit.MemoryManager, re.findall(r"await manager\.(\w+)\(", page)),
        (memkit.Agent, re.findall(r"Agent\((\w+)=", page)),
    ):
        assert found
        assert [name for name in found if not hasattr(kind, name)] == []
    row = next(line for line in page.splitlines() if line.startswith("| `Agent(...)` |"))
    assert set(re.findall(r"`(\w+)`", row)) == set(own_parameters(memkit.Agent)) - {"recall"}


def test_the_reading_order_names_every_module_and_folder_at_the_top():
    listed = re.findall(r"^    (\w+)  |`(\w+)`(?: \(|,| and)", memkit.__doc__, flags=re.MULTILINE)
    assert {first or second for first, second in listed} == {
        module for module in MODULES if "." not in module
    }


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
