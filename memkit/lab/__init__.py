"""What a class needs: conversations, throw-away stores, requests side by side, and checks."""

from memkit.explore.conversations import Said, conversation
from memkit.explore.views import waves
from memkit.lab.check import Check, progress
from memkit.lab.code import (
    check_group,
    check_kitchen,
    check_remember_safely,
    check_repaired_store,
    check_switch,
)
from memkit.lab.display import SideBySide, setup, timeline
from memkit.lab.experiments import ablate, what_if
from memkit.lab.frames import (
    check_canaries,
    check_common_terms,
    check_decided_again,
    check_newest,
    check_no_longer,
    check_spread,
    check_worst,
)
from memkit.lab.play import play
from memkit.lab.scenarios import (
    invented_class,
    pinned_clock,
    recording,
    temporary_postgres,
    temporary_store,
)
from memkit.lab.score import Score, labels, score
from memkit.lab.stored import (
    check_erased,
    check_forgotten,
    check_lasts_until,
    check_nothing_learned,
    check_own_conversation,
    check_own_tool,
    check_programs,
    check_reviewed,
    check_second_session,
    check_undone,
    check_within_budget,
)

__all__ = [
    "Check",
    "Said",
    "Score",
    "SideBySide",
    "ablate",
    "check_canaries",
    "check_common_terms",
    "check_decided_again",
    "check_erased",
    "check_forgotten",
    "check_group",
    "check_kitchen",
    "check_lasts_until",
    "check_newest",
    "check_no_longer",
    "check_nothing_learned",
    "check_own_conversation",
    "check_own_tool",
    "check_programs",
    "check_remember_safely",
    "check_repaired_store",
    "check_reviewed",
    "check_second_session",
    "check_spread",
    "check_switch",
    "check_undone",
    "check_within_budget",
    "check_worst",
    "conversation",
    "invented_class",
    "labels",
    "pinned_clock",
    "play",
    "progress",
    "recording",
    "score",
    "setup",
    "temporary_postgres",
    "temporary_store",
    "timeline",
    "waves",
    "what_if",
]
