"""The exercise of *Share a memory in a group*."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from memkit.lab.check import Check, describe_error
from memkit.lab.scenarios import temporary_store
from memkit.store.db import Db

CAR, NUTS, CHESS, CELLO = "Ana has a car.", "Ana can't eat nuts.", "Bo likes chess.", "A cello."
SOLD = "Ana sold the car."


def check_group(group: Callable[[Db], Any] | None) -> Check:
    """Exercise: a class through which members of a group share single memories, and nothing else.

    It is tried on a store of its own: Ana and Bo are members, Cleo is a stranger.
    """
    if group is None:
        return Check(False, None)
    with temporary_store() as db:
        try:
            return Check(True, next(_problems(db, group(db)), None))
        except Exception as error:
            return Check(True, describe_error(error))


def _problems(db: Db, group: Any) -> Iterator[str]:
    """What is wrong with a group, in the order in which its life goes on."""
    ana, bo, cleo = users = [db.for_user(name) for name in ("ana", "bo", "cleo")]
    for user, memories in zip(users, ([CAR, NUTS], [CHESS], [CELLO]), strict=True):
        for memory in memories:
            user.add_memory(memory)

    def shown(when: str, bos: Sequence[str], anas: Sequence[str] = ()) -> Iterator[str]:
        for user, wanted in ((cleo, ()), (bo, bos), (ana, anas)):
            found = sorted(group.shown_to(user))
            if found != sorted(wanted):
                yield f"{when} {user.user_id} should be shown {list(wanted)}, but is shown {found}"

    yield from shown("before anybody joined", [])
    group.join(ana)
    group.join(bo)
    yield from shown("before anything was shared", [])
    group.share(ana, 1)
    yield from shown("after Ana shared her memory 1", [CAR])
    for user, memory_id, why in ((bo, 2, "he has no memory 2"), (cleo, 1, "she is no member")):
        with suppress(Exception):  # an error is what it should be
            group.share(user, memory_id)
            yield f"share should be an error for {user.user_id} and {memory_id}: {why}"
    yield from shown("after Bo and Cleo tried to share what they may not", [CAR])
    group.share(bo, 1)
    yield from shown("after Bo shared his memory 1", [CAR], [CHESS])
    ana.update_memory(1, SOLD)
    yield from shown("after Ana's memory 1 was changed", [SOLD], [CHESS])
    group.share(ana, 2)
    group.withdraw(ana, 1)
    yield from shown("after Ana shared memory 2 and withdrew memory 1", [NUTS], [CHESS])
    group.leave(bo)
    yield from shown("after Bo left", [])
    group.join(bo)
    yield from shown("after Bo left and joined again", [NUTS])
    ana.forget()
    yield from shown("after Ana was forgotten", [])
