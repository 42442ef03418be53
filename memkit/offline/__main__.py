"""How good are the rules? `python -m memkit.offline` measures them on labelled lists of messages.

Each file of JSON lines begins with its origin. The other lines are messages with what a careful
reader would remember of them, in one of three forms:

- a text: a message in which nothing is worth storing;
- `messages`, said in order by a new user; afterwards every entry of `has` is in a memory ("a+b":
  both in one memory), no entry of `hasnt` in any, and the number of memories is within `count`;
- `message`, with the stored `memories` and the tool calls to `expect`.

`--wrong` prints every message that is not right, with what was remembered instead.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memkit.offline.changes import decide
from memkit.offline.rules import as_table

DATA = Path(__file__).parents[2] / "tests" / "data"
LISTS = [
    "everyday", "unseen", "reported", "cookbook", "two_conversations", "facts_holdout",
    "updates_holdout", "late_facts", "late_updates", "chat", "chat_holdout", "late_chat",
    "newest_facts", "newest_chat", "last_facts", "talk_holdout",
    "moments_holdout", "chores_holdout", "passing_facts",
    "mixed_holdout", "mixed_facts", "forum_holdout", "introductions",
]  # fmt: skip
VERDICTS = ["right", "false", "missed", "garbled"]
GARBLED = re.compile(
    r"""(?!(?:\w+\ ){0,4}[Tt]he\ user)|.*(?:
    \b(?:I|me|my|mine|myself|we|us|our|ours)\b | [ ][ ,.] |
    \bthey\ (?:is|has|was|does|doesn't|isn't|hasn't|wasn't)\b |
    \buser\ (?:am|are|have|do|don't|haven't)\b | \b(?!had|that)(\w+)\ \1\b | -s\b | n't\w |
    \b(?:a|an|the|and|or|but|of|with|to|their|because|when|if|who|that|for|is|than)[.]$)""",
    re.VERBOSE,
)


def is_garbled(memory: str) -> bool:
    """Whether a memory is not a sentence about the user; quoted words may be anything.

    >>> is_garbled("The user is I.")
    True
    """
    return GARBLED.match(re.sub(r'"[^"]*"', '"x"', memory)) is not None


def lines(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """The origin of a list and its lines, all in the form with `kind`."""
    first, *others = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    found = [{"messages": [x], "count": [0, 0]} if isinstance(x, str) else x for x in others]
    return first["origin"], [{"kind": path.stem, **line} for line in found]


def verdict(line: dict[str, Any]) -> tuple[str, list[str]]:
    """`right`, or what is wrong; and the memories or tool calls that there are."""
    if "message" in line:
        return _by_calls(line)
    memories: dict[int, str] = {}
    for message in line["messages"]:
        for use in decide(message, memories):
            key = use.arguments.get("memory_id", max(memories, default=0) + 1)
            if use.name == "delete_memory":
                del memories[int(str(key))]
            else:
                memories[int(str(key))] = str(use.arguments["memory"])
    return _by_memories(line, list(memories.values())), list(memories.values())


def _by_memories(line: dict[str, Any], memories: list[str]) -> str:
    """The verdict on what is stored after a conversation."""
    plain = [memory.casefold() for memory in memories]
    fewest, most = line.get("count", [0, 99])
    if any(map(is_garbled, memories)):
        return "garbled"
    if len(memories) > most or any(
        part in text for part in line.get("hasnt", ()) for text in plain
    ):
        return "false"
    has = [any(all(p in text for p in each.split("+")) for text in plain)
           for each in line.get("has", ())]  # fmt: skip
    return "right" if all(has) and len(memories) >= fewest else "missed"


def _by_calls(line: dict[str, Any]) -> tuple[str, list[str]]:
    """The verdict on the tool calls for one message."""
    stored = {int(key): memory for key, memory in line["memories"].items()}
    uses = [
        (use.name.removesuffix("_memory"), use.arguments) for use in decide(line["message"], stored)
    ]
    shown = [f"{name} {args.get('memory_id', '')}: {args.get('memory', '')}" for name, args in uses]
    if any(is_garbled(str(args["memory"])) for _, args in uses if "memory" in args):
        return "garbled", shown
    missed = 0
    for wanted in line["expect"]:
        match = next((use for use in uses if _fits(wanted, *use)), None)
        if match:
            uses.remove(match)
        missed += match is None
    return "missed" if missed else "false" if uses else "right", shown


def _fits(wanted: dict[str, Any], name: str, arguments: dict[str, Any]) -> bool:
    memory = arguments.get("memory", "")
    words = _spelled_out(memory)
    return (
        name == wanted["op"]
        and wanted.get("memory_id") == arguments.get("memory_id")
        and wanted.get("memory", memory) == memory
        and all(_spelled_out(part) in words for part in wanted.get("contains", []))
        and not any(_spelled_out(part) in words for part in wanted.get("lacks", []))
    )


def _spelled_out(text: str) -> str:
    """Lower case, and negations in one spelling."""
    return text.casefold().replace("can't", "cannot").replace("n't", " not")


def measure(path: Path) -> Iterator[tuple[str, str, Any, list[str]]]:
    """The kind, the verdict, the message and what is stored, for every line of a list."""
    for line in lines(path)[1]:
        found, stored = verdict(line)
        yield line["kind"], found, line.get("message", line.get("messages")), stored


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m memkit.offline", description=__doc__.split("\n")[0]
    )
    parser.add_argument("lists", nargs="*", type=Path, help="JSON lines; default: tests/data")
    parser.add_argument("--wrong", action="store_true", help="print what is not right")
    parser.add_argument("--kinds", action="store_true", help="a row for every kind of message")
    parser.add_argument("--table", action="store_true", help="print the rules as a table")
    arguments = parser.parse_args()
    if arguments.table:
        return print(as_table(), end="")
    print(f"{'list':<20}{'lines':>7}" + "".join(f"{name:>9}" for name in VERDICTS))
    for path in arguments.lists or [DATA / f"{name}.jsonl" for name in LISTS]:
        found = list(measure(path))
        _row(path.stem, [result for _, result, _, _ in found])
        if arguments.kinds:
            for kind in dict.fromkeys(kind for kind, *_ in found):
                _row(f"  {kind}", [result for name, result, *_ in found if name == kind])
        if arguments.wrong:
            for _, result, message, stored in found:
                if result != "right":
                    print(f"  {result}: {message}\n      -> {stored}")


def _row(name: str, results: list[str]) -> None:
    count = Counter(results)
    shares = "".join(f"{count[each] / len(results):>9.1%}" for each in VERDICTS)
    print(f"{name:<20}{len(results):>7}{shares}")


if __name__ == "__main__":
    main()
