"""From values to HTML: whatever a user or a model wrote is shown as text, and never runs.

Colour is never alone: what is marked by it has a word or a sign too. Text keeps the colour that
the page gives it, in a light and in a dark theme.
"""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any

import pandas as pd

from memkit.explore.colours import GREEN, GREY, ORANGE, RED, SOURCES

WRAPPED = "line-height: 1.4; white-space: pre-wrap; overflow-wrap: anywhere"
CELL = "text-align: left; vertical-align: top; max-width: 28em; padding: 0.2em 1em 0.2em 0.3em"
BLOCK = "border-left: 5px solid {}; margin: 0.4em 0; padding: 0.1em 0 0.1em 0.7em"
SHADE = "33"  # appended to a colour: so faint that text on it is read in a light and a dark theme

# What a row is marked with -> its sign and its colour.
MARKS = {
    "added": ("+", GREEN),
    "changed": ("~", ORANGE),
    "deleted": ("−", RED),
    "yes": ("✓", GREEN),
    "no": ("✗", ORANGE),
}


def markdown_html(text: str) -> str:
    """What a model wrote in Markdown: no picture is loaded, and no script runs."""
    import nh3  # with the panels, which alone need it
    from markdown_it import MarkdownIt

    shown = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    links = {"a": {"target": "_blank"}}
    return nh3.clean(shown, tags=nh3.ALLOWED_TAGS - {"img"}, set_tag_attribute_values=links)


def frame_html(frame: pd.DataFrame, most: int = 100) -> str:
    """A frame for a page that never changes: text to the left and wrapped, no index without a name.

    Styles stand in the cells, because a notebook that is not trusted loses style sheets.
    """
    if any(frame.index.names):
        frame = frame.reset_index(allow_duplicates=True)
    head = "".join(f'<th scope="col" style="{CELL}">{escape(str(c))}</th>' for c in frame.columns)
    rows = frame.head(most).itertuples(index=False, name=None)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    rest = len(frame) - most
    more = f"<p><i>and {rest:,} more rows, not shown here</i></p>" if rest > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def text_html(text: str) -> str:
    """A text as Python writes it, but broken between its words."""
    return f'<div dir="auto" style="{WRAPPED}">{escape(repr(text))}</div>'


def _cell(value: object) -> str:
    return f'<td dir="auto" style="{CELL}; {WRAPPED}">{escape(as_text(value))}</td>'


def as_text(value: Any) -> str:
    """A value of a frame as people read it: nothing for a missing one, words for a list."""
    if hasattr(value, "tolist"):  # of numpy
        value = value.tolist()
    if isinstance(value, list | tuple):
        return ", ".join(map(as_text, value))
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


def requests_html(requests: Mapping[str, pd.DataFrame]) -> str:
    """Requests by their titles, as the model saw them: beside each other where there is room.

    A request is what `views.request_parts` gives. It is shown as a bar of its tokens and its parts,
    coloured by their source; of several, the lines that only one of them has are marked.
    """
    sections = []
    for title, parts in requests.items():
        others = [other for name, other in requests.items() if name != title]
        known = {line for other in others for text in other.text for line in text.split("\n")}
        blocks = [_part(part, known if others else None) for part in parts.itertuples()]
        total = int(parts.tokens.sum())
        sections.append(
            f'<section style="flex: 1 1 20em; min-width: 0" aria-label="{escape(title)}">'
            f"<b>{escape(title)}</b>: {total:,} tokens{_token_bar(parts, total)}"
            f"{''.join(blocks)}</section>"
        )
    return f'<div style="display: flex; flex-wrap: wrap; gap: 1.5em">{"".join(sections)}</div>'


def _token_bar(parts: pd.DataFrame, total: int) -> str:
    """How many of the tokens each source takes; in words as well, for those who cannot see it."""
    counted = parts.groupby("part", sort=False).tokens.sum()
    words = ", ".join(f"{source} {tokens:,}" for source, tokens in counted.items())
    bars = "".join(
        f'<span title="{escape(f"{source}: {tokens} tokens")}" style="background: '
        f'{SOURCES.get(str(source), GREY)}; width: {100 * tokens / max(1, total):.1f}%"></span>'
        for source, tokens in counted.items()
    )
    style = "display: flex; height: 0.7em; margin: 0.3em 0; border-radius: 4px; overflow: hidden"
    return f'<div role="img" aria-label="tokens: {escape(words)}" style="{style}">{bars}</div>'


def _part(part: Any, known: set[str] | None) -> str:
    colour = SOURCES.get(part.part, GREY)
    run = "" if pd.isna(part.from_run) else f" of run {part.from_run}"
    role = f", {part.role}" if part.role else ""
    text = "\n".join(_line(line, known) for line in part.text.split("\n"))
    return (
        f'<div style="{BLOCK.format(colour)}"><b>{escape(part.part)}</b>{run}{escape(role)} · '
        f'{part.tokens} tokens<div dir="auto" style="{WRAPPED}">{text}</div></div>'
    )


def _line(line: str, known: set[str] | None) -> str:
    if known is None or line in known or not line.strip():
        return escape(line)
    return f'<ins style="background: {GREEN}{SHADE}; text-decoration: none">+ {escape(line)}</ins>'


def error_html(error: str) -> str:
    """An error beside the control that caused it."""
    style = f"{BLOCK.format(RED)}; {WRAPPED}"
    return f'<div role="alert" style="{style}"><b>✗</b> {escape(error)}</div>'
