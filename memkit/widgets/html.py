"""From values to HTML: whatever a user or a model wrote is shown as text, and never runs.

Colour is never alone: what is marked by it has a word or a sign too. The colours are Okabe and
Ito's, which people who confuse red and green can tell apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from html import escape
from typing import Any

import pandas as pd

from memkit.records import Message

LINES = "line-height: 1.4"
WRAPPED = f"{LINES}; white-space: pre-wrap; overflow-wrap: anywhere"
CELL = f"{LINES}; text-align: start; vertical-align: top; padding: 0.2em 1em 0.2em 0.3em"
# What is longer than this is scrolled, and a word that is wider is broken.
LONG = "white-space: pre-wrap; overflow: auto; overflow-wrap: break-word"
LONG = f"{LONG}; max-height: 14em; max-width: 28em"
# A table is as wide as its panel, however wide its rows are, and scrolled by itself.
SCROLLED = "overflow-x: auto; width: 0; min-width: 100%"
MOST_ROWS = 100  # of a table on a page; the frame has them all
GREEN, ORANGE, RED, BLUE = "#009e73", "#e69f00", "#d55e00", "#56b4e9"
SHADE = "33"  # appended to a colour: so faint that text on it is read in a light and a dark theme

# What a row is marked with -> its sign and its colour.
MARKS = {
    "added": ("+", GREEN),
    "changed": ("~", ORANGE),
    "deleted": ("−", RED),
    "right": ("+", BLUE),
    "left": ("−", ORANGE),
    "yes": ("✓", GREEN),
    "no": ("✗", ORANGE),
}


def table_html(frame: pd.DataFrame, caption: str, marked_by: str | None = None) -> str:
    """A frame as a table; `marked_by` is a column whose words (see MARKS) mark the rows.

    A column with nothing in it is left out, and so are rows after the first hundred.
    """
    if frame.empty:
        return f"<p><b>{escape(caption)}:</b> <i>nothing</i></p>"
    rest = len(frame) - MOST_ROWS
    frame = frame.head(MOST_ROWS).dropna(axis="columns", how="all")
    head = "".join(f'<th scope="col" style="{CELL}">{escape(str(c))}</th>' for c in frame.columns)
    rows = frame.itertuples(index=False, name=None)
    body = "".join(_row(frame.columns, values, marked_by) for values in rows)
    return (
        f'<div style="{SCROLLED}" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table><caption style="text-align: start"><b>{escape(caption)}</b></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        + (f"<p><i>and {rest:,} more rows, not shown here</i></p>" if rest > 0 else "")
    )


def _row(columns: Iterable[str], values: Iterable[Any], marked_by: str | None) -> str:
    shown = {column: as_text(value) for column, value in zip(columns, values, strict=True)}
    sign, colour = MARKS.get(shown.get(marked_by or "", ""), ("", ""))
    if sign and marked_by:
        shown[marked_by] = f"{sign} {shown[marked_by]}"
    background = f' style="background: {colour}{SHADE}"' if colour else ""
    return f"<tr{background}>{''.join(map(_cell, shown.values()))}</tr>"


def _cell(text: str) -> str:
    width = "; min-width: 11em" if len(text) > 24 else ""  # a sentence is not squeezed to a column
    return f'<td dir="auto" style="{CELL}"><div style="{LONG}{width}">{escape(text)}</div></td>'


def as_text(value: Any) -> str:
    """A value of a frame as people read it: nothing for a missing one, words for a list."""
    if isinstance(value, list | tuple) or hasattr(value, "tolist"):
        listed = value if isinstance(value, list | tuple) else value.tolist()
        return ", ".join(map(as_text, listed)) if isinstance(listed, list | tuple) else str(listed)
    if pd.isna(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def sql_html(sql: str) -> str:
    """The query behind a table, folded away until somebody wants to read or copy it."""
    if not sql:
        return ""
    shown = f'<pre style="{WRAPPED}">{escape(sql)}</pre>'
    return f"<details><summary>the SQL</summary>{shown}</details>"


def conversation_html(messages: Sequence[Message]) -> str:
    """What was said, a paragraph each."""
    return "".join(said_html(each.role, each.content) for each in messages)


def said_html(role: str, content: str, reply: str | None = None) -> str:
    """One thing said, and the reply to it as far as it has come."""
    line = (
        f'<div style="{WRAPPED}; padding: 0.2em 0"><b>{escape(role)}</b>: '
        f'<span dir="auto">{escape(content)}</span></div>'
    )
    return line + (said_html("assistant", reply) if reply is not None else "")


def diff_html(before: str | None, after: str | None) -> str:
    """Two texts as one, word by word: what goes is struck through, what comes is underlined."""
    old, new = (before or "").split(), (after or "").split()
    pieces = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(escape(" ".join(old[a:b])))
            continue
        if b > a:
            gone = escape(" ".join(old[a:b]))
            pieces.append(f'<del style="background: {RED}{SHADE}">− {gone}</del>')
        if d > c:
            come = escape(" ".join(new[c:d]))
            pieces.append(f'<ins style="background: {GREEN}{SHADE}">+ {come}</ins>')
    return f'<span dir="auto">{" ".join(pieces)}</span>'


def error_html(error: str | None) -> str:
    """An error beside the control that caused it; nothing if there is none."""
    if not error:
        return ""
    return f'<div role="alert" style="{WRAPPED}; color: #b00020"><b>✗</b> {escape(error)}</div>'
