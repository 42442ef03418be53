"""Panels for a notebook: thin shells of `ipywidgets` over the store and over pure functions.

Each can be used alone; `Playground(agent)` puts them together. Every table has its SQL under it,
and everything that a panel shows can be had without it: `db.query` gives the same rows.

Reading order: `front` (what runs in the browser), `table`, `panel` (what all share), `memories`,
`chat`, `microscope`, `sql`, `gallery` (pictures), `switches`, `work` (what takes long), `person`
(export and forget), `playground`.
"""

from memkit.errors import needs

with needs("lab", "memkit.widgets"):
    from memkit.widgets.chat import Chat as Chat, Conversation as Conversation
    from memkit.widgets.gallery import Gallery as Gallery
    from memkit.widgets.memories import (
        Lineage as Lineage,
        MemoryTable as MemoryTable,
        Review as Review,
        TimeSlider as TimeSlider,
    )
    from memkit.widgets.microscope import Microscope as Microscope
    from memkit.widgets.person import Person as Person
    from memkit.widgets.playground import Playground as Playground
    from memkit.widgets.sql import SqlBox as SqlBox
    from memkit.widgets.switches import Switches as Switches
    from memkit.widgets.table import Table as Table
    from memkit.widgets.work import Search as Search, Work as Work
