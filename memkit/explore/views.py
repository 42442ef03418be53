"""What there is to see about one user's memories: each view is one SQL query over that user's copy.

    frame = db.query(views.memories(), user_id="user_1@example.com")

The functions return SQL that can be read, copied and changed; run it for one user, because numbers
(of a run, a memory, an event) mean something only together with a user. `request_parts` reads
what a query cannot: a request, cut into its parts.
"""

import json
from collections.abc import Iterable, Iterator
from textwrap import dedent

import pandas as pd

from memkit.context import parts_of
from memkit.models.tokens import count_tokens
from memkit.records import JsonObject
from memkit.store.db import Db

RUNS = """\
SELECT run_id, session_id, content AS message, status
FROM agent_runs JOIN messages USING (user_id, session_id, run_id)
WHERE role = 'user' ORDER BY run_id"""

KNOWN_MEMORIES = """\
SELECT memory_id, last(coalesce(after, before) ORDER BY event_id) AS memory
FROM memory_events WHERE status = 'applied' GROUP BY memory_id ORDER BY memory_id"""

STILL_STANDING = """\
WITH deleted AS (
    SELECT memory_id, last(before ORDER BY event_id) AS memory,
           first(input ORDER BY event_id) AS said
    FROM memory_events WHERE status = 'applied' GROUP BY memory_id
    HAVING last(action ORDER BY event_id) = 'delete'
)
SELECT memory_id, memory, (SELECT count(*) FROM messages WHERE contains(content, said)) AS messages,
       (SELECT count(*) FROM model_calls WHERE contains(request::VARCHAR, said)
            OR contains(request::VARCHAR, memory)) AS model_calls,
       (SELECT count(*) FROM memory_events e WHERE e.memory_id = deleted.memory_id)
            AS memory_events
FROM deleted ORDER BY memory_id"""

PROPOSALS = """\
SELECT event_id, action, memory_id, before, after, session_id, input
FROM memory_events WHERE status = 'proposed' ORDER BY event_id"""

SEEN = """\
SELECT user_id, run_id,
       greatest(max(memory_version), max(event_id) FILTER (refers_to IS NULL)) AS event_id
FROM agent_runs LEFT JOIN memory_events USING (user_id, run_id) GROUP BY user_id, run_id"""

PARTS = ["part", "role", "from_run", "tokens", "text"]  # the columns of `request_parts`


def memories(run_id: int | None = None) -> str:
    """The memories as they are now, with what a run (the last, unless told otherwise) has changed.

    `change` is `added`, `changed`, `deleted` or empty; `before` is the text that was there first.
    """
    run = "(SELECT max(run_id) FROM agent_runs)" if run_id is None else f"{run_id:d}"
    return dedent(f"""\
        WITH changes AS (
            SELECT memory_id, first(before ORDER BY event_id) AS before,
                   last(after ORDER BY event_id) AS after
            FROM memory_events WHERE status = 'applied' AND run_id = {run} GROUP BY memory_id
        )
        SELECT memory_id,
               CASE WHEN c.memory_id IS NULL THEN ''
                    WHEN c.before IS NULL THEN 'added'
                    WHEN c.after IS NULL THEN 'deleted' ELSE 'changed' END AS change,
               coalesce(m.memory, c.before) AS memory,
               CASE WHEN m.memory <> c.before THEN c.before END AS before,
               topics, session_id, input
        FROM user_memories m FULL JOIN changes c USING (memory_id)
        WHERE coalesce(m.memory, c.before) IS NOT NULL ORDER BY memory_id""")


def memories_at(run_id: int) -> str:
    """The memories as they were right after a run; 0 is before the first."""
    return f"WITH seen AS (\n{SEEN}\n)\n" + dedent(f"""\
        SELECT memory_id, after AS memory, topics, session_id, run_id, input
        FROM memory_events WHERE status = 'applied'
            AND event_id <= (SELECT max(event_id) FROM seen WHERE run_id <= {run_id:d})
        QUALIFY event_id = max(event_id) OVER (PARTITION BY memory_id) AND after IS NOT NULL
        ORDER BY memory_id""")


def lineage(memory_id: int) -> str:
    """Every change of one memory, with the sentence and the model call behind it, oldest first."""
    return dedent(f"""\
        SELECT event_id, action, status, before, after, reason, refers_to, input, e.session_id,
               e.run_id, call_id, model,
               response->'tool_calls'->0->'function'->>'name' AS tool, e.created_at
        FROM memory_events e LEFT JOIN model_calls c USING (user_id, call_id)
        WHERE memory_id = {memory_id:d} ORDER BY event_id""")


def request(run_id: int) -> str:
    """The last request of a run for its reply, and the outline of the run's context."""
    return dedent(f"""\
        SELECT run_id, request, context, prompt_tokens
        FROM agent_runs JOIN model_calls USING (user_id, session_id, run_id)
        WHERE why = 'reply' AND run_id = {run_id:d} ORDER BY call_id DESC LIMIT 1""")


def in_or_out(run_id: int) -> str:
    """Everything that a run could have been shown: whether it was in the prompt, and why.

    A row for every memory known when the run began, and for every message of the session before it.
    A run keeps the memories that it used, and the rule by which it left out the rest.
    """
    return dedent(f"""\
        WITH run AS (FROM agent_runs WHERE run_id = {run_id:d}),
        recalls AS (
            SELECT recall.* FROM run, unnest(from_json(recalled,
                '[{{"used": "BOOLEAN", "why": "VARCHAR", "memory_ids": ["INTEGER"]}}]')) _(recall)
        ),
        reasons AS (SELECT unnest(memory_ids) AS memory_id, used, why FROM recalls),
        the_rest AS (SELECT any_value(why) AS rule FROM recalls WHERE len(memory_ids) = 0),
        known AS (
            SELECT memory_id, last(after ORDER BY event_id) AS text,
                   last(e.run_id ORDER BY event_id) AS run_id
            FROM memory_events e, run WHERE e.status = 'applied' AND event_id <= memory_version
            GROUP BY memory_id HAVING text IS NOT NULL
        ),
        shown AS (
            SELECT DISTINCT part.run_id
            FROM run, unnest(from_json(context, '[{{"run_id": "INTEGER"}}]')) _(part)
        )
        SELECT 'memory' AS kind, memory_id AS number, text, run_id AS said_in_run,
               coalesce(used, false) AS in_prompt,
               coalesce(why, rule, 'memories are kept out of the context') AS why
        FROM known LEFT JOIN reasons USING (memory_id) CROSS JOIN the_rest
        UNION ALL
        SELECT role, message_id, content, m.run_id, s.run_id IS NOT NULL,
               CASE WHEN s.run_id IS NOT NULL THEN 'among the last runs of this session'
                    WHEN (SELECT count(run_id) FROM shown) = 0
                    THEN 'history is kept out of the context'
                    ELSE 'not among the last runs that were answered' END
        FROM messages m JOIN run ON m.session_id = run.session_id AND m.run_id < run.run_id
        LEFT JOIN shown s ON s.run_id = m.run_id
        ORDER BY kind = 'memory' DESC, number""")


def cost_per_memory() -> str:
    """What it cost to make each memory, and each use of it since, in tokens of the model.

    A call that made several changes is shared equally between them; a prompt is shared between
    what it is made of by the number of characters. What was done by hand cost nothing.
    """
    return dedent("""\
        WITH made AS (
            SELECT memory_id, last(coalesce(after, before) ORDER BY event_id) AS memory,
                   sum(coalesce((prompt_tokens + completion_tokens) / shared, 0)) AS tokens_to_make
            FROM (SELECT *, count(*) OVER (PARTITION BY call_id) AS shared FROM memory_events
                  WHERE status = 'applied')
            LEFT JOIN model_calls USING (user_id, call_id) GROUP BY memory_id
        ),
        shown AS (
            SELECT run_id, memory_version AS event_id, unnest(recall.memory_ids) AS memory_id,
                   list_sum(json_extract(context, '$[*].characters')::INTEGER[]) AS characters
            FROM agent_runs, unnest(from_json(recalled,
                '[{"used": "BOOLEAN", "memory_ids": ["INTEGER"]}]')) _(recall) WHERE recall.used
        ),
        texts AS (
            SELECT shown.*, length(after) AS length
            FROM shown ASOF JOIN (FROM memory_events WHERE status = 'applied') e
                ON shown.memory_id = e.memory_id AND shown.event_id >= e.event_id
        ),
        used AS (
            SELECT memory_id, count(DISTINCT run_id) AS uses,
                   sum(prompt_tokens * length / characters) AS tokens_in_use
            FROM texts JOIN model_calls USING (run_id) WHERE why = 'reply' GROUP BY memory_id
        )
        SELECT memory_id, memory, round(tokens_to_make)::INTEGER AS tokens_to_make,
               coalesce(uses, 0) AS uses, round(tokens_in_use / uses, 1) AS tokens_per_use
        FROM made LEFT JOIN used USING (memory_id) ORDER BY memory_id""")


def request_parts(found: pd.DataFrame) -> pd.DataFrame:
    """The request that `request` found, cut into its parts, in the order in which they were sent.

    Columns: `part` (what it is), `role`, `from_run` (which run it was said in, for history),
    `tokens` (of the offline model) and `text`.
    """
    rows = [part for row in found.itertuples() for part in parts(row.request, row.context)]
    return pd.DataFrame(rows, columns=PARTS).astype({"from_run": "Int64"})


def memory_lines(db: Db, user_id: str, run_id: int) -> list[str]:
    """The memories in the last request of a run for its reply, each as its line in there."""
    sent = request_parts(db.query(request(run_id), user_id))
    lines = "\n".join(sent.text[sent.part == "memories"]).splitlines()
    return [line for line in lines if line.startswith("- ")]


def message_parts(messages: Iterable[JsonObject]) -> pd.DataFrame:
    """The same for messages alone, such as `run.messages`: each is a part, named by its role."""
    said = [(message["role"], message.get("content") or "") for message in messages]
    rows = [(role, "", None, count_tokens(text), text) for role, text in said]
    return pd.DataFrame(rows, columns=PARTS)


def parts(request: str, context: str | None) -> Iterator[tuple[str, str, int | None, int, str]]:
    """The rows of `request_parts` for a request and the outline of its context, both as JSON."""
    sent = json.loads(request)
    for tool in sent.get("tools", ()):
        text = json.dumps(tool, ensure_ascii=False)
        yield "tool offered", "", None, count_tokens(text), text
    for part in parts_of(sent["messages"], json.loads(context or "[]")):
        yield part.source, part.role, part.run_id, count_tokens(part.text), part.text


def waves(db: Db) -> pd.DataFrame:
    """The runs of a store in waves, in the order in which they began.

    A run is in wave 1 if no other run was over when it began, and otherwise one wave after the
    latest of those that were over. Runs in the same wave were under way together.
    """
    runs = db.query(
        "SELECT user_id, run_id, content AS said, r.created_at, finished_at FROM agent_runs r "
        "JOIN messages USING (user_id, run_id) WHERE role = 'user' ORDER BY r.created_at"
    )
    waves: list[int] = []
    for began in runs.created_at:
        over = runs.finished_at[: len(waves)] < began
        waves.append(1 + max((w for w, done in zip(waves, over, strict=True) if done), default=0))
    return runs.assign(wave=waves)
