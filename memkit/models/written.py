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

NAME_KEYS = ("name", "tool", "tool_name", "function", "function_name", "action")
ARGUMENT_KEYS = ("arguments", "parameters", "args", "input", "tool_input", "action_input")

# <function=f>{...}</function>, [TOOL_CALLS]f{...} and the like: a name, then its arguments
NAMED = re.compile(r"(?:<function=|\[TOOL_CALLS\]\s*|<\|tool▁sep\|>|to=)([\w.:-]+)[^{\w]*?(?={)")
# <function=f><parameter=p>value</parameter></function>
XML_CALL = re.compile(r"<function=([\w.:-]+)>(.*?)</function>", re.DOTALL)
XML_ARGUMENT = re.compile(r"<parameter=(\w+)>\n?(.*?)\n?</parameter>", re.DOTALL)
FENCE = re.compile(r"^\s*```\w*\n(.*?)\n?```\s*$", re.DOTALL)

Call = tuple[str, Any]  # the name of a tool and its arguments


def json_objects(text: str) -> Iterator[JsonObject]:
    """The JSON objects in a text, whatever stands around and between them."""
    decoder = json.JSONDecoder(strict=False)
    start = text.find("{", 0, LONGEST)
    while start >= 0:
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            yield found
        start = text.find("{", end, LONGEST)


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
    for find in (_json_calls, _named_calls, _xml_calls, _python_calls):
        calls = [(offered_name(name, names), arguments) for name, arguments in find(text, names)]
        if known := [(name, arguments) for name, arguments in calls if name]:
            return known
    return []


def _json_calls(text: str, names: Collection[str]) -> Iterator[Call]:
    """`{"name": "f", "arguments": {...}}`, also in fences, in `<tool_call>` tags, or in a list."""
    for found in json_objects(text):
        several = found.get("tool_calls")
        for entry in several if isinstance(several, list) else [found]:
            if isinstance(entry, dict):
                yield from _json_call(entry, names)


def _json_call(found: JsonObject, names: Collection[str]) -> Iterator[Call]:
    inner = found.get("function")
    call = inner if isinstance(inner, dict) else found
    name = next((call[key] for key in NAME_KEYS if isinstance(call.get(key), str)), None)
    arguments = next((call[key] for key in ARGUMENT_KEYS if key in call), None)
    if name is not None:
        yield name, arguments
    for key in names:  # {"f": {...}}
        if isinstance(found.get(key), dict):
            yield key, found[key]


def _named_calls(text: str, _: Collection[str]) -> Iterator[Call]:
    for named in NAMED.finditer(text[:LONGEST]):
        for arguments in json_objects(text[named.end() :]):
            yield named[1], arguments
            break


def _xml_calls(text: str, _: Collection[str]) -> Iterator[Call]:
    for name, inside in XML_CALL.findall(text[:LONGEST]):
        yield name, dict(XML_ARGUMENT.findall(inside))


def _python_calls(text: str, _: Collection[str]) -> Iterator[Call]:
    """`[f(memory="...", topics=["..."])]`: Python that is nothing but calls with literals."""
    fenced = FENCE.match(text)
    try:
        tree = ast.parse((fenced[1] if fenced else text[:LONGEST]).strip(), mode="eval").body
        calls = tree.elts if isinstance(tree, ast.List | ast.Tuple) else [tree]
        for call in calls:
            if isinstance(call, ast.Call) and not call.args:
                given = {a.arg: ast.literal_eval(a.value) for a in call.keywords if a.arg}
                yield ast.unparse(call.func), given
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
