"""What a model writes as text though it was meant as data: JSON in prose, and tool calls.

Models that were not trained for an endpoint's tool format, or whose server does not recognise it,
write their calls into the content. `written_calls` finds the ways in which that is commonly done.
"""

import ast
import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from memkit.records import JsonObject

LONGEST = 100_000  # characters of a text that are searched
MOST = 1_000  # objects in it, complete or not

NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "action", "recipient_name")
ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "tool_input", "action_input")

# <function=f>{...}, [TOOL_CALLS]f[ARGS]{...}, {"f": {...}} and the like: a name
# at the start of a line or after a mark, and nothing but marks between it and its arguments.
SPECIAL = r"<[|｜][^<>]{1,40}[|｜]>"
WORD = r"(?:json|commentary|arguments|parameters|Action Input)\b"
MARK = rf"[\s(>\"'`:,]|\[CALL_ID\]\w+|\[ARGS\]|{SPECIAL}|{WORD}"
NAMED = re.compile(
    rf"(?:^|[>\]=:\"])[ \t]*([\w.:-]{{1,100}}+)(?:{MARK}){{0,30}}+(?={{)", re.MULTILINE
)
# <function=f><parameter=p>value</parameter></function>, <invoke name="f"><parameter name="p">...,
# <tool_call>f<arg_key>p</arg_key><arg_value>value</arg_value></tool_call>: a call or an argument
XML = re.compile(
    r"""<(?:function=|[^\s<>]{0,20}invoke\ name="|tool_call>\s*)(?P<call>[\w.:-]+)"?>?\s*
      (?=</|<[^\s<>]{0,20}(?:arg_key|parameter))
    | <(?:arg_key>(?P<key>\w+)</arg_key>\s*<arg_value
        | [^\s<>]{0,20}parameter(?:=|\ name=")(?P<name>\w+)[^<>]*)>
      \n?(?P<value>.*?)\n?(?:(?P<end></[^\s<>]{0,20}(?:parameter|arg_value)>)|\Z)""",
    re.DOTALL | re.VERBOSE,
)
FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)

DECODER = json.JSONDecoder(strict=False)

Call = tuple[str, Any]  # the name of a tool and its arguments


def json_objects(text: str) -> Iterator[JsonObject]:
    """The JSON objects in a text, whatever stands around and between them."""
    end = 0
    for _ in range(MOST):
        if (start := text.find("{", end, LONGEST)) < 0:
            return
        found, end = _object_at(text, start)
        if found is not None:
            yield found


def _object_at(text: str, start: int) -> tuple[JsonObject | None, int]:
    """The JSON object that begins there, if it is one, and where to read on."""
    try:
        return DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start + 1


def offered_name(name: str, names: Collection[str]) -> str | None:
    """The offered tool that is meant, such as `add_memory` by `functions.add_memory`."""
    if name in names:
        return name
    parts = [part for part in re.split(r"[^\w]+|__", name) if part in names]
    return parts[0] if len(parts) == 1 else None


def written_calls(text: str, names: Collection[str]) -> list[Call]:
    """The calls of offered tools that a text is made of; none in a text that only mentions them."""
    if not names or not any(name in text for name in names):
        return []
    text = text[:LONGEST]
    for find in (_json_calls, _named_calls, _xml_calls, _python_calls):
        calls = [(offered_name(name, names), arguments) for name, arguments in find(text)]
        if known := [(name, arguments) for name, arguments in calls if name]:
            return known
    return []


def _json_calls(text: str) -> Iterator[Call]:
    """`{"name": "f", "arguments": {...}}`, also in fences, in `<tool_call>` tags, or in a list."""
    for found in json_objects(text):
        several = found.get("tool_calls")
        for entry in several if isinstance(several, list) else [found]:
            if isinstance(entry, dict):
                yield from _json_call(entry)


def _json_call(found: JsonObject) -> Iterator[Call]:
    inner = found.get("function")
    call = inner if isinstance(inner, dict) else found
    name = next((call[key] for key in NAME_KEYS if isinstance(call.get(key), str)), None)
    arguments = next((call[key] for key in ARGUMENT_KEYS if key in call), None)
    if name is not None:
        yield name, arguments


def _named_calls(text: str) -> Iterator[Call]:
    end = 0
    for _ in range(MOST):
        if not (named := NAMED.search(text, end)):  # after the arguments of the one before
            return
        arguments, end = _object_at(text, named.end())
        if arguments is not None:
            yield named[1], arguments


def _xml_calls(text: str) -> Iterator[Call]:
    """A tag for the call, and one for each argument; a call that is cut off is none."""
    calls: list[Call] = []
    for found in XML.finditer(text):
        if found["call"]:
            calls.append((found["call"], {}))
        elif calls and found["end"]:
            calls[-1][1][found["key"] or found["name"]] = found["value"]
        elif calls:
            calls.pop()
    yield from calls


def _python_calls(text: str) -> Iterator[Call]:
    """`f(memory="...")`, in a list, on several lines, or in fences with words around them."""
    for code in FENCE.findall(text) or [text]:
        try:
            for line in ast.parse(re.sub(SPECIAL, "", code).strip()).body:
                yield from _python_line(line.value) if isinstance(line, ast.Expr) else ()
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue


def _python_line(said: ast.expr) -> Iterator[Call]:
    """The calls in an expression that is nothing else: their arguments are named literals."""
    for call in said.elts if isinstance(said, ast.List | ast.Tuple) else [said]:
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name == "print":
            yield from (found for inner in call.args for found in _python_line(inner))
        elif not call.args:
            yield name, {a.arg: ast.literal_eval(a.value) for a in call.keywords if a.arg}
