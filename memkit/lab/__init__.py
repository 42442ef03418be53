"""What a class needs: conversations, throw-away stores, requests side by side, and checks."""

from memkit.explore.conversations import Said as Said, conversation as conversation
from memkit.explore.views import waves as waves
from memkit.lab.check import Check as Check, progress as progress
from memkit.lab.code import (
    check_group as check_group,
    check_kitchen as check_kitchen,
    check_remember_safely as check_remember_safely,
    check_repaired_store as check_repaired_store,
    check_switch as check_switch,
)
from memkit.lab.display import SideBySide as SideBySide, setup as setup, timeline as timeline
from memkit.lab.experiments import ablate as ablate, what_if as what_if
from memkit.lab.frames import (
    check_canaries as check_canaries,
    check_common_terms as check_common_terms,
    check_decided_again as check_decided_again,
    check_newest as check_newest,
    check_no_longer as check_no_longer,
    check_spread as check_spread,
    check_worst as check_worst,
)
from memkit.lab.play import play as play
from memkit.lab.scenarios import (
    invented_class as invented_class,
    pinned_clock as pinned_clock,
    recording as recording,
    temporary_postgres as temporary_postgres,
    temporary_store as temporary_store,
)
from memkit.lab.score import Score as Score, labels as labels, score as score
from memkit.lab.stored import (
    check_erased as check_erased,
    check_forgotten as check_forgotten,
    check_lasts_until as check_lasts_until,
    check_nothing_learned as check_nothing_learned,
    check_own_conversation as check_own_conversation,
    check_own_tool as check_own_tool,
    check_programs as check_programs,
    check_reviewed as check_reviewed,
    check_second_session as check_second_session,
    check_undone as check_undone,
    check_within_budget as check_within_budget,
)
