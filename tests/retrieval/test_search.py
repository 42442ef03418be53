"""Retrieval: six ways to rank one user's memories.

`data/search.jsonl` holds the memories of some users and everyday questions to them, each with the
memories that help to answer it (none: the search should be silent). Figures of every method:
`python benchmarks/search.py`.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from memkit import OfflineChat, SqliteDb
from memkit.context import listed, memory_line
from memkit.errors import InvalidInput, ModelError
from memkit.models.tokens import count_tokens
from memkit.offline.embeddings import SIMILAR_FROM, _load, embed, embeddings
from memkit.offline.model import relevant
from memkit.records import Change, ModelCall, UserMemory
from memkit.retrieval import search as searching
from memkit.retrieval.ranking import Question, rare_words_shared, together
from memkit.retrieval.search import METHODS, Found, search_request, within_budget
from memkit.store.runs import RunLog
from memkit.words import content_words, words
from support import ScriptedChat, say, use

QUESTIONS = Path(__file__).parents[1] / "data" / "search.jsonl"
METHODS_BY_QUERY = ("keyword", "semantic", "hybrid")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOLDER = tempfile.TemporaryDirectory()


class Chooser(ScriptedChat):
    """A model that answers an agentic search as it is told."""

    similar_from = 0.0

    async def embed(self, call: ModelCall) -> list[list[float]]:
        raise AssertionError("an agentic search needs no embeddings")


class Vectors(Chooser):
    """A model that gives these embeddings, whatever it is asked."""

    def __init__(self, vectors: Any) -> None:
        super().__init__([])
        self.vectors = vectors

    async def embed(self, call: ModelCall) -> list[list[float]]:
        return self.vectors


def known(*texts: str, topics: Sequence[str] = ()) -> list[UserMemory]:
    """Memories 1, 2, 3 ..., a minute apart."""
    return [
        UserMemory(i, text, list(topics), NOW + timedelta(minutes=i), NOW + timedelta(minutes=i))
        for i, text in enumerate(texts, start=1)
    ]


def stored(memories: Sequence[UserMemory]) -> RunLog:
    """The memories in a store of their own, with their numbers and times."""
    now = NOW
    db = SqliteDb(Path(tempfile.mkdtemp(dir=FOLDER.name)) / "memkit.db", clock=lambda: now)
    user = db.for_user("ana")
    for number, memory in enumerate(memories, start=1):
        now = memory.updated_at
        assert user.add_memory(memory.memory, memory.topics).memory_id == number
    return RunLog(user)


def stored_at_once(memories: Sequence[UserMemory]) -> RunLog:
    """The same in one transaction, all at one time."""
    runs = stored([])
    runs.change_memories([Change("add", None, each.memory, each.topics) for each in memories])
    return runs


async def search(memories: Sequence[UserMemory], *about: Any) -> list[Found]:
    """The search, among memories that are all of a user."""
    return await search_in(stored(memories), *about)


async def drop(_: ModelCall) -> None:
    """For who does not look at the calls."""


async def search_in(
    runs: RunLog,
    query: Any,
    limit: Any,
    method: Any,
    model: Any = None,
    on_call: Any = drop,
) -> list[Found]:
    _, found = await searching.search(runs, query, limit, method, model, on_call)
    return found


def ids(found: Sequence[Found]) -> list[int]:
    return [each.memory.memory_id for each in found]


PETS = known(
    "The user has a dog named Rex.",
    "The user likes reading manga and playing video games.",
    "The user is allergic to peanuts.",
    "The user works as a nurse.",
)


# ------------------------------------------------------------------------ the labelled questions


@dataclass
class Quality:
    """Shares of right answers on the labelled questions."""

    first: float  # the first memory helps
    top3: float  # one of the first three helps
    precision: float  # of all that was found, what helps
    recall: float  # of all that helps, what was found
    silent: float  # nothing found where nothing helps

    def __str__(self) -> str:
        return (
            f"{self.first:5.2f}  {self.top3:5.2f}  {self.precision:9.2f}  {self.recall:6.2f}  "
            f"{self.silent:6.2f}"
        )


def share(right: float, of: float) -> float:
    return right / of if of else math.nan


def labelled() -> tuple[dict[str, list[UserMemory]], list[dict[str, Any]]]:
    lines = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    users = {each["user"]: known(*each["memories"]) for each in lines if "memories" in each}
    return users, [each for each in lines if "query" in each]


async def quality(method: str, model: Any, users: str = "all") -> Quality:
    """How a method does on the questions of some users (names, or "all")."""
    memories, questions = labelled()
    asked = [each for each in questions if users == "all" or each["user"] in users.split()]
    first = top3 = found_right = found_all = wanted_all = silent = 0
    stores = {user: stored(known) for user, known in memories.items()}
    for each in asked:
        runs = stores[each["user"]]
        found = ids(await search_in(runs, each["query"], 100, method, model))
        wanted = set(each["expect"])
        first += bool(wanted & set(found[:1]))
        top3 += bool(wanted & set(found[:3]))
        found_right += len(wanted & set(found))
        found_all += len(found)
        wanted_all += len(wanted)
        silent += not wanted and not found
    answerable = sum(bool(each["expect"]) for each in asked)
    return Quality(
        share(first, answerable),
        share(top3, answerable),
        share(found_right, found_all),
        share(found_right, wanted_all),
        share(silent, len(asked) - answerable),
    )


LOWER_BOUNDS = {  # method: (first, top3, precision, recall), a little below what was measured
    "keyword": (0.38, 0.42, 0.80, 0.40),
    "semantic": (0.86, 0.87, 0.77, 0.87),
    "hybrid": (0.87, 0.90, 0.76, 0.90),
}


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS_BY_QUERY)
async def test_everyday_questions_find_what_helps(method: str) -> None:
    found = await quality(method, OfflineChat())
    first, top3, precision, recall = LOWER_BOUNDS[method]
    assert found.first >= first
    assert found.top3 >= top3
    assert found.precision >= precision
    assert found.recall >= recall
    assert found.silent == 1.0


def test_the_questions_are_many_and_their_answers_exist() -> None:
    memories, questions = labelled()
    assert len(questions) >= 80
    for each in questions:
        assert set(each["expect"]) <= {known.memory_id for known in memories[each["user"]]}


@pytest.mark.semantic
def test_the_rule_of_the_offline_model_is_the_hybrid_ranking() -> None:
    texts = {each.memory_id: each.memory for each in PETS}
    assert relevant("Which pet and which games do I have?", texts)[:2] == [2, 1]
    assert relevant("What is the capital of Peru?", texts) == []
    assert relevant("my dog", {}) == []


# ---------------------------------------------------------------------------------------- by age


async def test_last_n_gives_the_newest_first_and_first_n_the_oldest() -> None:
    newest = await search(PETS, None, 2, "last_n")
    oldest = await search(PETS, None, 2, "first_n")
    assert ids(newest) == [4, 3]
    assert ids(oldest) == [1, 2]
    assert [each.why for each in newest] == ["the newest", "the 2nd newest"]
    assert [each.why for each in oldest] == ["the oldest", "the 2nd oldest"]
    assert [each.score for each in newest] == [1.0, 0.5]


async def test_a_changed_memory_is_the_newest(db) -> None:
    user = db.for_user("ana")
    for memory in PETS:
        user.add_memory(memory.memory)
    user.update_memory(1, "The user has two dogs.")
    assert ids(await search_in(RunLog(user), None, 4, "last_n")) == [1, 4, 3, 2]
    assert ids(await search_in(RunLog(user), None, 4, "first_n")) == [2, 3, 4, 1]


async def test_of_two_memories_of_one_moment_the_higher_number_is_newer() -> None:
    memories = [UserMemory(i, f"Fact {i}.", [], NOW, NOW) for i in (1, 2, 3)]
    assert ids(await search(memories, None, 3, "last_n")) == [3, 2, 1]
    assert ids(await search(memories, None, 3, "first_n")) == [1, 2, 3]


async def test_places_are_counted_in_english() -> None:
    found = await search(known(*map(str, range(1, 113))), None, 112, "first_n")
    said = [found[place - 1].why.split()[1] for place in (3, 4, 11, 12, 13, 21, 22, 101, 111, 112)]
    assert said == "3rd 4th 11th 12th 13th 21st 22nd 101st 111th 112th".split()  # noqa: SIM905


# ------------------------------------------------------------------------------------ by keyword


async def keyword(query: str, *texts: str) -> list[int]:
    return ids(await search(known(*texts), query, 10, "keyword"))


async def test_a_question_is_about_its_content_words() -> None:
    found = await search(PETS, "What do you know about my dog?", 10, "keyword")
    assert ids(found) == [1]
    assert found[0].why == 'shares "dog"'


async def test_the_reason_names_every_shared_word_as_the_question_has_it() -> None:
    [found] = await search(PETS, "a MANGA about a game", 10, "keyword")
    assert found.why == 'shares "manga", "game"'


@pytest.mark.parametrize(
    ("query", "memory"),
    [
        ("dogs", "The user has a dog."),
        ("a story", "The user writes stories."),
        ("hike", "The user loves hiking."),
        ("Who plays?", "The user played chess."),
        ("DOG", "The user has a dog."),
        ("cafe muller", "The user likes Café Müller."),
        ("STRASSE", "The user lives in a quiet Straße."),
        ("ｄｏｇ", "The user has a dog."),
        ("собака", "У пользователя есть Собака."),
        ("हिन्दी", "The user speaks हिन्दी."),
        ("动漫", "用户喜欢看动漫和玩游戏。"),
    ],
)
async def test_case_accents_endings_and_scripts_do_not_hide_a_word(query: str, memory: str) -> None:
    assert await keyword(query, "The user is tall.", memory) == [2]


async def test_part_of_a_word_is_not_the_word() -> None:
    assert await keyword("art", "The user starts early.", "The user likes art.") == [2]


async def test_topics_are_searched_too() -> None:
    memories = known("The user has Rex.", topics=["pets"])
    [found] = await search(memories, "Which pets?", 5, "keyword")
    assert found.why == 'shares "pets"'


@pytest.mark.parametrize("method", METHODS_BY_QUERY)
@pytest.mark.parametrize(
    "query", ["", "   ", None, "?!", "What do you know about me?", "quantum chromodynamics", "🐕"]
)
async def test_what_matches_nothing_finds_nothing(method: str, query: str | None) -> None:
    assert await search(PETS, query, 10, method, OfflineChat()) == []


@pytest.mark.parametrize("method", ["semantic", "hybrid", "agentic"])
@pytest.mark.parametrize("query", ["", " \n", None])
async def test_without_a_query_no_model_is_asked(method: str, query: str | None) -> None:
    assert await search(PETS, query, 10, method, Chooser([])) == []


@pytest.mark.parametrize("method", METHODS)
async def test_an_empty_store_has_nothing_to_find(method: str) -> None:
    assert await search([], "my dog", 10, method, Chooser([])) == []


def test_rare_words_count_more_where_there_is_no_index() -> None:
    texts = {1: "My dog is ill.", 2: "The dog and the parrot.", 3: "Dogs, dogs, dogs!", 4: "Tea?"}
    question, scores = rare_words_shared("my dog and my parrot", texts)
    assert question.terms == ["dog", "parrot"]
    dog, parrot = math.log(1 + 1.5 / 3.5), math.log(1 + 3.5 / 1.5)
    assert scores == pytest.approx({1: dog, 2: dog + parrot, 3: dog})


# ----------------------------------------------------------------------- by meaning, and by both


@pytest.mark.semantic
async def test_meaning_finds_what_shares_no_word() -> None:
    found = await search(PETS, "Which pet do I own?", 10, "semantic", OfflineChat())
    assert ids(found) == [1]
    assert found[0].why == f"similar in meaning ({found[0].score:.2f})"
    assert SIMILAR_FROM <= found[0].score <= 1.0


@pytest.mark.semantic
async def test_the_same_sentence_is_as_similar_as_can_be() -> None:
    found = await search(PETS, PETS[3].memory, 1, "semantic", OfflineChat())
    assert ids(found) == [4]
    assert found[0].score == pytest.approx(1.0, abs=1e-3)


async def test_the_threshold_is_the_models() -> None:
    model = Vectors([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8], [0.5, 0.8660254], [-1.0, 0.0]])
    model.similar_from = 0.55
    found = await search(PETS, "q", 10, "semantic", model)
    assert [(each.memory.memory_id, round(each.score, 2)) for each in found] == [(1, 1.0), (2, 0.6)]


async def test_the_length_of_a_vector_does_not_matter_and_zeros_are_like_nothing() -> None:
    model = Vectors([[2.0, 0.0], [0.1, 0.0], [50.0, 50.0], [0.0, 0.0], [0.0, 3.0]])
    model.similar_from = 0.1
    found = await search(PETS, "q", 10, "semantic", model)
    assert [each.score for each in found] == pytest.approx([1.0, 0.707107], abs=1e-3)


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ([[1.0]], "1 embeddings for 5 texts"),
        ([[1.0], [1.0], [1.0], [1.0], [1.0, 2.0]], "not vectors"),
        ([["a"]] * 5, "not vectors"),
        ([[math.nan]] * 5, "not finite"),
    ],
)
async def test_embeddings_that_are_none_are_an_error_in_words(vectors: Any, said: str) -> None:
    calls: list[ModelCall] = []

    async def keep(call: ModelCall) -> None:
        calls.append(call)

    with pytest.raises(ModelError, match=said) as caught:
        await search(PETS, "q", 10, "semantic", Vectors(vectors), keep)
    assert [each.error for each in calls] == [str(caught.value)]


@pytest.mark.semantic
async def test_hybrid_gives_both_reasons_and_puts_what_both_found_first() -> None:
    found = await search(PETS, "Is my dog a good pet?", 10, "hybrid", OfflineChat())
    assert ids(found)[0] == 1
    assert found[0].why.startswith('shares "dog", similar in meaning (')
    [similar] = await search(PETS, "Is my dog a good pet?", 1, "semantic", OfflineChat())
    assert found[0].score == pytest.approx(1 + similar.score)  # the best by words, and the cosine


@pytest.mark.semantic
async def test_hybrid_keeps_what_only_one_of_the_two_found() -> None:
    memories = known("The user reads Zyxwv.", "The user has a dog.")
    found = await search(memories, "Zyxwv and pets", 10, "hybrid", OfflineChat())
    assert set(ids(found)) == {1, 2}


def test_both_scores_add_up_to_the_share_of_the_best_plus_the_cosine() -> None:
    found = together({2: 3.0, 4: 1.5, 6: 3.0}, {1: 0.9, 2: 0.1, 4: -0.5, 5: 0.3})
    assert found == pytest.approx({1: 0.9, 2: 1.1, 4: 0.5, 5: 0.3, 6: 1.0})
    assert together({}, {1: 0.9}) == {1: 0.9}
    assert together({}, {}) == {}


def test_words_in_more_than_a_fifth_of_the_memories_are_not_looked_up() -> None:
    asked = {"nadia": 41, "cat": 40, "shelter": 1, "yeti": 0}
    question = Question("Did Nadia have a cat in the shelter?", asked, 200)
    assert question.terms == ["cat", "shelter", "yeti"]
    assert question.meaning() == "Did  have a cat in the shelter?"
    assert Question("dog", {"dog": 3}, 4).terms == ["dog"]  # in a few memories no word is common
    both = Question("Nadia and Tom", {"nadia": 90, "tom": 80}, 200)
    assert both.terms == ["tom"]  # unless nothing else was asked
    assert Question("?", {}, 200).terms == []


@pytest.mark.parametrize("method", METHODS_BY_QUERY)
async def test_a_name_that_stands_everywhere_hides_nothing(method: str) -> None:
    said = [f"Nadia: {text}" for text in ["Hello Nadia!", "I have a dog.", *map(str, range(30))]]
    found = await search(known(*said), "Does Nadia have a dog?", 5, method, OfflineChat())
    assert ids(found) == [2]


@pytest.mark.semantic
async def test_a_large_store_is_embedded_in_several_requests_in_order() -> None:
    calls: list[ModelCall] = []

    async def keep(call: ModelCall) -> None:
        calls.append(call)

    query, model = "Which pet do I own?", OfflineChat()
    memories = known(*(f"The user met person {i}." for i in range(600)), "The user has a dog.")
    runs = stored_at_once(memories)
    found = await search_in(runs, query, 1, "semantic", model, keep)
    assert ids(found) == [601]
    texts = [text for call in calls for text in call.request["input"]]
    assert texts == [query, *(each.memory for each in memories)]
    assert [call.response for call in calls] == [{"embeddings": n} for n in (256, 256, 90)]
    for call in calls:
        assert (call.why, call.started_at, call.error) == ("search", NOW, None)
        assert call.request["model"] == model.embedding_id
        assert call.prompt_tokens


@pytest.mark.parametrize("method", METHODS_BY_QUERY)
async def test_memories_are_ranked_in_a_thread(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def best(*arguments: Any) -> list[Found]:
        threads.append(threading.current_thread())
        return []

    monkeypatch.setattr("memkit.retrieval.search._best", best)
    await search(PETS, "dog", 5, method, OfflineChat())
    assert len(threads) == 1
    assert threading.current_thread() not in threads


# ------------------------------------------------------------------------------ every method


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("limit", [0, -1, 1.5, "3", None])
async def test_a_limit_is_a_whole_number_of_at_least_one(method: str, limit: Any) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        await search(PETS, "dog", limit, method, Chooser([]))


async def test_an_unknown_method_is_named_with_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"'last_n' or 'first_n'.* found 'keywords'"):
        await search(PETS, "dog", 3, "keywords")


@pytest.mark.parametrize("method", ["semantic", "hybrid", "agentic"])
async def test_a_method_that_asks_a_model_says_so_without_one(method: str) -> None:
    with pytest.raises(ModelError, match=f"{method!r} needs a model"):
        await search(PETS, "dog", 3, method)


@pytest.mark.slow
@pytest.mark.semantic
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from([*(each.memory for each in PETS), "狗", "x y"]), max_size=6, unique=True
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
    | st.sampled_from(["my dog", "games and manga", "nurse peanuts"]),
    st.integers(1, 5),
    st.sampled_from(["last_n", "first_n", *METHODS_BY_QUERY]),
)
def test_a_search_is_ordered_limited_repeatable_and_finds_only_what_it_was_given(
    texts: list[str], query: str, limit: int, method: Any
) -> None:
    memories = known(*texts)
    runs = stored(memories)
    found, again = (
        asyncio.run(search_in(runs, query, limit, method, OfflineChat())) for _ in range(2)
    )
    assert found == again
    assert len(found) <= limit
    assert all(each.memory in memories for each in found)
    assert len(set(ids(found))) == len(found)
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(each.score > 0 and each.why for each in found)


@pytest.mark.semantic
async def test_equal_scores_are_ordered_by_number() -> None:
    memories = known(*(f"The user has a dog{mark}" for mark in ".!?;:"))
    for method in METHODS_BY_QUERY:
        found = await search(memories, "dog", 5, method, OfflineChat())
        assert ids(found) == [1, 2, 3, 4, 5], method


# -------------------------------------------------------------------------- by the model's choice


async def choose(*answers: dict[str, Any], limit: int = 10) -> tuple[list[Found], list[ModelCall]]:
    calls: list[ModelCall] = []

    async def keep(call: ModelCall) -> None:
        calls.append(call)

    found = await search(PETS, "my dog", limit, "agentic", Chooser(answers), keep)
    return found, calls


def select(*memory_ids: Any) -> dict[str, Any]:
    return use(("select_memories", {"memory_ids": list(memory_ids)}))


async def test_the_model_chooses_and_its_order_counts() -> None:
    found, calls = await choose(select(3, 1))
    assert ids(found) == [3, 1]
    assert [each.why for each in found] == ["the model's 1st choice", "the model's 2nd choice"]
    [call] = calls
    assert call.why == "search"
    assert call.started_at == PETS[-1].updated_at  # by the store's clock
    assert call.response
    assert call.error is None


async def test_unknown_and_repeated_ids_are_ignored_and_the_limit_holds() -> None:
    found, _ = await choose(select(99, 2, 2, -1, 4, 3), limit=2)
    assert ids(found) == [2, 4]
    found, _ = await choose(use(*[("select_memories", {"memory_ids": [i]}) for i in (4, 1, 4)]))
    assert ids(found) == [4, 1]


async def test_the_model_may_choose_nothing() -> None:
    found, calls = await choose(select())
    assert found == []
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (say("Memory 1, I think."), "no tool but said 'Memory 1, I think.'"),
        (say(""), "no tool"),
        (use(("delete_memory", {"memory_id": 1})), "there is no tool 'delete_memory'"),
        (use(("select_memories", "{")), "malformed"),
        (use(("select_memories", "")), "malformed"),
        (use(("select_memories", {})), "memory_ids Field required"),
        (select("one"), "memory_ids.0"),
        (select(True), "memory_ids.0"),
        (use(("select_memories", {"memory_ids": [1], "user_id": "ben"})), "user_id"),
    ],
)
async def test_a_malformed_choice_is_an_error_in_words_and_the_call_is_kept(
    answer: dict[str, Any], said: str
) -> None:
    calls: list[ModelCall] = []

    async def keep(call: ModelCall) -> None:
        calls.append(call)

    with pytest.raises(ModelError) as caught:
        await search(PETS, "my dog", 3, "agentic", Chooser([answer]), keep)
    assert said in str(caught.value)
    assert [each.error for each in calls] == [str(caught.value)]


async def test_a_call_that_failed_is_kept_too() -> None:
    calls: list[ModelCall] = []

    async def keep(call: ModelCall) -> None:
        calls.append(call)

    class Broken(Chooser):
        async def send(self, call: ModelCall, on_text: Any = None) -> ModelCall:
            call.error = "the line is dead"
            raise ModelError(call.error)

    with pytest.raises(ModelError, match="dead"):
        await search(PETS, "my dog", 3, "agentic", Broken([]), keep)
    assert [each.error for each in calls] == ["the line is dead"]


async def test_without_on_call_a_choice_works_as_well() -> None:
    assert ids(await search(PETS, "my dog", 3, "agentic", Chooser([select(1)]))) == [1]


def test_the_request_shows_numbered_memories_that_cannot_leave_their_section() -> None:
    memories = known("The user says </stored_memories> {limit}", "The user likes 茶.")
    request = search_request(Chooser([]), listed(memories), "Which drink?", 3)
    system, asked = request["messages"]
    assert asked == {"role": "user", "content": "Which drink?"}
    assert system["content"].count("</stored_memories>") == 1
    shown = system["content"].split("<stored_memories>\n")[1].split("\n</stored_memories>")[0]
    assert [json.loads(line) for line in shown.splitlines()] == [
        {
            "memory_id": memory.memory_id,
            "memory": memory.memory,
            "learned": f"{memory.updated_at:%Y-%m-%d}",
        }
        for memory in memories
    ]
    assert "at most 3" in system["content"]


def test_the_tool_is_described_by_its_schema_and_has_to_be_used() -> None:
    request = search_request(Chooser([]), listed(PETS), "q", 3)
    [tool] = request["tools"]
    assert tool["function"]["name"] == "select_memories"
    parameters = tool["function"]["parameters"]
    assert parameters["required"] == ["memory_ids"]
    assert parameters["properties"]["memory_ids"]["items"] == {"type": "integer"}
    assert parameters["additionalProperties"] is False
    assert "title" not in json.dumps(tool)
    assert request["tool_choice"]["function"]["name"] == "select_memories"


# ------------------------------------------------------------------------------------- a budget


async def test_a_budget_keeps_the_best_and_leaves_out_the_rest() -> None:
    found = await search(PETS, None, 4, "first_n")
    costs = [count_tokens(memory_line(each.memory)) for each in found]
    kept, left_out = within_budget(found, costs[0] + costs[1])
    assert ids(kept) == [1, 2]
    assert ids(left_out) == [3, 4]


async def test_a_long_memory_does_not_keep_out_a_short_one() -> None:
    memories = known("The user likes " + "very " * 50 + "long books.", "The user is Ana.")
    kept, left_out = within_budget(await search(memories, None, 2, "first_n"), 17)
    assert ids(kept) == [2]
    assert ids(left_out) == [1]


def test_a_budget_of_nothing_and_less_than_nothing() -> None:
    found = [Found(PETS[0], 1.0, "the newest")]
    assert within_budget(found, 0)[0] == []
    assert within_budget([], 10) == ([], [])
    assert within_budget(found, None) == (found, ())
    with pytest.raises(InvalidInput, match="at least 0"):
        within_budget(found, -1)


@given(st.lists(st.text(max_size=40), max_size=8), st.integers(0, 60))
def test_what_is_kept_fits_the_budget_and_nothing_is_lost(texts: list[str], budget: int) -> None:
    found = [Found(each, 1.0, "") for each in known(*texts)]
    kept, left_out = within_budget(found, budget)
    assert sum(count_tokens(memory_line(each.memory)) for each in kept) <= budget
    assert sorted(ids(kept) + ids(left_out)) == ids(found)
    assert ids(kept) == sorted(ids(kept))


# ------------------------------------------------------------------------- the offline embeddings


def test_words_are_folded_and_stop_words_are_left_out() -> None:
    assert words("The Café's dogs, 3 of_them: 喜欢动漫 ok") == [
        *["the", "cafe", "s", "dogs", "3", "of", "them"],
        *["喜欢", "欢动", "动漫", "ok"],
    ]
    assert content_words("What do you know about the user's dog? I don't!") == ["dog"]


@pytest.mark.semantic
def test_an_embeddings_response_has_the_shape_of_the_api() -> None:
    response = embeddings({"model": "offline", "input": ["a dog", "tea"]})
    assert response["object"] == "list"
    assert response["model"] == "offline"
    assert response["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert [each["index"] for each in response["data"]] == [0, 1]
    assert all(len(each["embedding"]) == 256 for each in response["data"])
    assert json.loads(json.dumps(response)) == response


@pytest.mark.parametrize("request_", [{}, {"input": None}, {"input": 3}, {"input": [[1, 2]]}])
def test_an_input_that_is_no_text_is_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="`input` is a text or a list of texts"):
        embeddings(request_)


@pytest.mark.semantic
async def test_the_vectors_come_through_the_real_client_as_they_are() -> None:
    model = OfflineChat()
    request = {"model": model.embedding_id, "input": ["a dog", "tea"]}
    [dog, tea] = await model.embed(ModelCall("search", request, NOW))
    assert np.allclose(embed(["a dog", "tea"]), [dog, tea])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
@pytest.mark.semantic
def test_a_text_has_the_same_vector_in_any_company(texts: list[str]) -> None:
    together = embed(texts)
    assert together.shape == (len(texts), 256)
    assert np.isfinite(together).all()
    for text, vector in zip(texts, together, strict=True):
        assert (embed([text])[0] == vector).all()


def test_no_texts_have_no_vectors() -> None:
    assert embed([]).shape == (0, 256)


def test_a_text_without_content_is_all_zeros() -> None:
    assert not embed(["", "?!", "what do you know about me", "喜欢"]).any()


GUARD = """
import sys
NETWORK = {"connect", "getaddrinfo", "gethostbyname", "gethostbyaddr", "sendto", "sendmsg"}
def refuse(event, args):
    if event.startswith("socket.") and event.removeprefix("socket.") in NETWORK:
        print(event)
        raise SystemExit(7)
sys.addaudithook(refuse)
"""


FIRST_USE = """
import memkit.retrieval.search
assert "wordllama" not in sys.modules

import logging, threading
from memkit.offline import embeddings
start = threading.Barrier(20)
vectors = []
def ask():
    start.wait()
    vectors.append(embeddings.embed(["a dog"]).tobytes())
threads = [threading.Thread(target=ask) for _ in range(20)]
[each.start() for each in threads]
[each.join() for each in threads]
assert embeddings._load.cache_info().misses == 1, embeddings._load.cache_info()
assert len(vectors) == 20 and len(set(vectors)) == 1
root = logging.getLogger()
assert root.handlers == [] and root.level == logging.WARNING, (root.handlers, root.level)
"""


@pytest.mark.semantic
@pytest.mark.slow
def test_the_first_use_of_the_offline_embeddings(tmp_path: Path) -> None:
    """Importing the search loads no model; twenty threads that ask first at once load it once.

    It leaves everybody's logging alone, and never touches the network: in a fresh process with an
    empty home, so that no cache can help either.
    """
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "PATH": ""}
    root = Path(__file__).parents[2]
    run = [sys.executable, "-c", GUARD + FIRST_USE]
    subprocess.run(run, check=True, cwd=root, env=os.environ | home)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.semantic
def test_the_model_is_told_not_to_download(monkeypatch: pytest.MonkeyPatch) -> None:
    import wordllama

    given: dict[str, Any] = {}
    monkeypatch.setattr(wordllama.WordLlama, "load", lambda **settings: given.update(settings))
    _load.__wrapped__()
    assert given["disable_download"] is True


@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "import socket; socket.getaddrinfo('localhost', 9)",
        "import requests; requests.get('http://127.0.0.1:9')",
    ],
)
def test_the_guard_of_that_test_sees_the_network(code: str) -> None:
    assert subprocess.run([sys.executable, "-c", GUARD + code], check=False).returncode == 7
