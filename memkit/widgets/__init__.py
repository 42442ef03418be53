"""Panels for a notebook: thin shells of `ipywidgets` over the store and over pure functions.

Each can be used alone; `Playground(agent)` puts them together. Every table has its SQL under it,
and everything that a panel shows can be had without it: `db.query` gives the same rows.

Reading order: `html` (values to HTML, always as text), `panel` (what all share), `memories`,
`chat`, `microscope`, `sql`, `gallery` (pictures), `switches`, `work` (what takes long),
`playground`.
"""

from memkit.widgets.chat import Chat, Choice, Conversation
from memkit.widgets.gallery import Gallery
from memkit.widgets.memories import Lineage, MemoryTable, Review, TimeSlider
from memkit.widgets.microscope import Microscope
from memkit.widgets.playground import Playground
from memkit.widgets.sql import SqlBox
from memkit.widgets.switches import Switches
from memkit.widgets.work import Search, Work

__all__ = [
    "Chat",
    "Choice",
    "Conversation",
    "Gallery",
    "Lineage",
    "MemoryTable",
    "Microscope",
    "Playground",
    "Review",
    "Search",
    "SqlBox",
    "Switches",
    "TimeSlider",
    "Work",
]
