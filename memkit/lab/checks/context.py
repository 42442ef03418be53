"""The exercises of *See what the model sees*."""

from __future__ import annotations

from memkit.explore import views
from memkit.lab.check import Check
from memkit.models.tokens import count_tokens
from memkit.store.db import Db


def check_within_budget(
    db: Db, user_id: str, session_id: str, question: str, word: str, tokens: int
) -> Check:
    """Exercise: the session's last question was asked with the memory that holds `word`.

    Its memories take `tokens` at most, counted as the lines that they become in the prompt, and at
    least one was left out.
    """
    runs = db.query(views.RUNS, user_id=user_id)
    asked = runs[runs.session_id == session_id]
    if asked.empty:
        return Check(False, None)
    run_id, message = int(asked.run_id.iloc[-1]), asked.message.iloc[-1]
    found = db.query(views.in_or_out(run_id), user_id=user_id)
    known = found[found.kind == "memory"]
    wanted = known[known.text.str.contains(word, regex=False)]
    shown = known[known.in_prompt]
    parts = views.request_parts(db.query(views.request(run_id), user_id=user_id))
    lines = "\n".join(parts[parts.part == "memories"].text).splitlines()
    length = sum(count_tokens(line) for line in lines if line.startswith("- "))
    if message != question:
        problem = f"the last message in {session_id} is {message!r}; ask {question!r}"
    elif wanted.empty:
        problem = f"no memory holds {word!r} any more"
    elif not wanted.in_prompt.any():
        problem = f"{wanted.text.iloc[0]!r} was left out: {wanted.why.iloc[0]}"
    elif length > tokens:
        problem = f"{len(shown)} memories went in and took {length} tokens; {tokens} are allowed"
    elif len(shown) == len(known):
        problem = f"all {len(known)} memories went in; leave something out"
    else:
        problem = None
    return Check(True, problem)
