"""Panels for a notebook: thin shells of `ipywidgets` over the store and over pure functions.

Each can be used alone; `Playground(agent)` puts them together. Every table has its SQL under it,
and everything that a panel shows can be had without it: `db.query` gives the same rows.

Reading order: `front` (what runs in the browser), `table`, `panel` (what all share), `memories`,
`chat`, `microscope`, `sql`, `gallery` (pictures), `switches`, `work` (what takes long), `person`
(export and forget), `playground`.
"""

from memkit.widgets.chat import Chat, Conversation
from memkit.widgets.gallery import Gallery
from memkit.widgets.memories import Lineage, MemoryTable, Review, TimeSlider
from memkit.widgets.microscope import Microscope
from memkit.widgets.person import Person
from memkit.widgets.playground import Playground
from memkit.widgets.sql import SqlBox
from memkit.widgets.switches import Switches
from memkit.widgets.table import Table
from memkit.widgets.work import Search, Work

__all__ = [
    "Chat",
    "Conversation",
    "Gallery",
    "Lineage",
    "MemoryTable",
    "Microscope",
    "Person",
    "Playground",
    "Review",
    "Search",
    "SqlBox",
    "Switches",
    "Table",
    "TimeSlider",
    "Work",
]
