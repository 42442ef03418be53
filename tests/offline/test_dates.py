"""Relative times become the dates that were meant, and plans end with them."""

from __future__ import annotations

from datetime import date

import pytest

from memkit.offline.dates import pinned

TUESDAY, SUNDAY = date(2026, 9, 1), date(2026, 9, 6)


CASES = """
is going out tonight | is going out on the evening of 2026-09-01 | 2026-09-01
is going out this evening | is going out on the evening of 2026-09-01 | 2026-09-01
will run tomorrow | will run on 2026-09-02 | 2026-09-02
will run tomorrow morning | will run on 2026-09-02 | 2026-09-02
plans to hike this weekend | plans to hike on the weekend of 2026-09-05 | 2026-09-06
is away next weekend | is away on the weekend of 2026-09-12 | 2026-09-13
has to work on next Friday | has to work on Friday 2026-09-11 | 2026-09-11
has to work this Friday | has to work on Friday 2026-09-04 | 2026-09-04
is on holiday next week | is on holiday in the week of 2026-09-07 | 2026-09-13
is away until tomorrow | is away until 2026-09-02 | 2026-09-02
saw an owl yesterday | saw an owl on 2026-08-31 | -
saw an owl last night | saw an owl on the evening of 2026-08-31 | -
went to Rome last week | went to Rome in the week of 2026-08-24 | -
passed the exam today | passed the exam on 2026-09-01 | -
was late this morning | was late on 2026-09-01 | -
has an exam next Friday | has an exam on Friday 2026-09-11 | 2026-09-11
has seen an owl today | has seen an owl on 2026-09-01 | -
is happy since last Friday | is happy since Friday 2026-08-28 | -
dreads tomorrow's exam | dreads tomorrow's exam | -
likes the Tomorrowland festival | likes the Tomorrowland festival | -
works on Fridays | works on Fridays | -
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_a_relative_time_is_the_date_that_was_meant(case: str) -> None:
    said, text, last = case.split(" | ")
    ends = None if last == "-" else date.fromisoformat(last)
    assert pinned(f"The user {said}.", TUESDAY) == (f"The user {text}.", ends)


def test_on_a_sunday_this_weekend_is_the_one_that_is_there() -> None:
    assert pinned("The user will rest this weekend.", SUNDAY)[1] == SUNDAY


def test_the_last_of_several_times_ends_a_plan() -> None:
    said = "The user is in Bath tonight and will be in York this weekend."
    assert pinned(said, TUESDAY)[1] == SUNDAY
