"""How good are the rules? `python -m memkit.offline` measures them on labelled lists of messages.

Each file of JSON lines begins with its origin, and a file of several lists has one above each of
them. The other lines are messages with what a careful reader would remember of them: a text is a
message in which nothing is worth storing; otherwise `messages` are said in order by a user of whom
`memories` are stored. Afterwards every entry of `has` is in a memory ("a+b": both in one memory),
no entry of `hasnt` in any, and the number of memories is within `count`.

`--wrong` prints every message that is not right, with what was remembered instead.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memkit.offline.changes import applied, decide
from memkit.offline.rules import as_table

DATA = Path(__file__).parents[2] / "tests" / "data"
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


def lists() -> list[Path]:
    """The files of messages in `tests/data`."""
    files = sorted(DATA.glob("*.jsonl"))
    return [path for path in files if path.read_text("utf-8").startswith('{"origin"')]


def lines(path: Path) -> list[dict[str, Any]]:
    """The messages of a list; the kind of each is its own, or that of the origin above it."""
    found, kind = [], path.stem
    for line in map(json.loads, path.read_text("utf-8").splitlines()):
        if isinstance(line, dict) and "origin" in line:
            kind = line.get("kind", kind)
        else:
            told = {"messages": [line], "count": [0, 0]} if isinstance(line, str) else line
            found.append({"kind": kind, **told})
    return found


def verdict(line: dict[str, Any]) -> tuple[str, list[str]]:
    """`right`, or what is wrong; and the memories that there are."""
    memories: dict[int, str] = dict(enumerate(line.get("memories", ()), start=1))
    for message in line["messages"]:
        memories = applied(decide(message, memories), memories)
    stored = list(memories.values())
    plain = [memory.casefold() for memory in stored]
    fewest, most = line.get("count") or (0, 99)
    has = [any(all(part in text for part in wanted.split("+")) for text in plain)
           for wanted in line.get("has") or ()]  # fmt: skip
    if any(map(is_garbled, stored)):
        return "garbled", stored
    if len(stored) > most or any(
        part in text for part in line.get("hasnt") or () for text in plain
    ):
        return "false", stored
    return "right" if all(has) and len(stored) >= fewest else "missed", stored


def measure(path: Path) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """The kind, the verdict, the messages and what is stored, for every line of a list."""
    for line in lines(path):
        found, stored = verdict(line)
        yield line["kind"], found, line["messages"], stored


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
    for path in arguments.lists or lists():
        found = list(measure(path))
        kinds = dict.fromkeys(kind for kind, *_ in found) if arguments.kinds else ()
        for name in (path.stem, *kinds):
            results = [result for kind, result, *_ in found if name in (kind, path.stem)]
            shares = "".join(f"{results.count(name) / len(results):>9.1%}" for name in VERDICTS)
            print(f"{name:<20}{len(results):>7}{shares}")
        for _, result, messages, stored in found if arguments.wrong else ():
            if result != "right":
                print(f"  {result}: {messages}\n      -> {stored}")


if __name__ == "__main__":
    main()
