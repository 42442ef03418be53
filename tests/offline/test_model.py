"""The offline model: the real client, answered in-process by rules."""

import asyncio
import json
import time
from datetime import UTC, datetime

import openai
import pytest

from memkit import Agent, InvalidInput, ModelError, OfflineChat, Rule, User
from memkit.context import in_prompt
from memkit.extraction import (
    AddMemory,
    ClearMemory,
    DeleteMemory,
    UpdateMemory,
    UpdateUserMemory,
)
from memkit.models.tokens import count_tokens
from memkit.offline.summarize import MAX_SUMMARY, put_together, summary
from memkit.optimize import ReplaceMemories
from memkit.records import ModelCall
from memkit.retrieval.search import SelectMemories

MEMORY_TOOLS = [each.schema_for_model() for each in (AddMemory, UpdateMemory, DeleteMemory)]
AGENT_TOOL = [UpdateUserMemory.schema_for_model()]
SELECT_TOOL = [SelectMemories.schema_for_model()]
REPLACE_TOOL = [ReplaceMemories.schema_for_model()]
FOREIGN_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}


def said(content, role="user"):
    return {"role": role, "content": content}


def knowing(*facts):
    listed = "\n".join(f"- {in_prompt(fact)}" for fact in facts)
    return said(f"Be brief.\n\n<memories>\n{listed}\n</memories>", "system")


def managing(*memories):
    listed = "\n".join(
        json.dumps({"memory_id": number, "memory": memory})
        for number, memory in enumerate(memories, 1)
    )
    return said(f"Manage.\n<stored_memories>\n{listed}\n</stored_memories>", "system")


async def ask(*messages, tools=(), stream=False, model=None):
    model = model or OfflineChat()
    call = ModelCall("reply", model.request(messages, tools), datetime.now(UTC))
    call.pieces = []
    await model.send(call, call.pieces.append if stream else None)
    await model.aclose()
    return call


def wanted(call):
    return [
        (each["function"]["name"], json.loads(each["function"]["arguments"]))
        for each in call.tool_calls
    ]


REQUESTS = [
    ([said("I like tea.")], []),
    ([knowing("The user likes tea."), said("What do I like?")], []),
    ([said("hello"), said("hi!", "assistant"), said("What can you do?")], []),
    ([managing(), said("My name is Ana and I paint.")], MEMORY_TOOLS),
    ([managing("The user lives in Leeds."), said("I moved to Oslo.")], MEMORY_TOOLS),
    ([managing(), said("hello")], MEMORY_TOOLS),
    ([said("I like tea.")], AGENT_TOOL),
    ([managing("The user has a dog.", "The user likes tea."), said("my dog")], SELECT_TOOL),
    ([managing("The user likes jam.", "The user likes tea."), said("shorter")], REPLACE_TOOL),
    ([said("Hi.\n<conversation>\nuser: I like tea.\n</conversation>", "system"), said("?")], []),
]


@pytest.mark.parametrize(("messages", "tools"), REQUESTS)
@pytest.mark.semantic
async def test_the_same_request_has_the_same_answer_streamed_or_not(messages, tools):
    calls = [await ask(*messages, tools=tools, stream=each) for each in (False, True, False)]
    assert len({json.dumps(each.response) for each in calls}) == 1
    assert len({(each.prompt_tokens, each.completion_tokens) for each in calls}) == 1
    assert "".join(calls[1].pieces) == calls[0].text


async def test_it_knows_what_the_system_prompt_tells():
    asked = said("What is my name?")
    assert "Ana" in (await ask(knowing("The user's name is Ana."), asked)).text
    assert "Ana" not in (await ask(asked)).text


async def test_it_reads_the_summary_of_the_session():
    summary = said("Earlier:\n\n<summary>\nThe user's name is Ana.\n</summary>", "system")
    assert (await ask(summary, said("What is my name?"))).text == "Your name is Ana."


async def test_it_clears_the_memories_where_that_is_allowed():
    known = managing("The user likes tea.", "The user's name is Ana.")
    asked = said("Remove all existing memories of me.")
    clear = ClearMemory.schema_for_model()
    call = await ask(known, asked, tools=[*MEMORY_TOOLS, clear])
    assert wanted(call) == [("clear_memory", {})]
    call = await ask(known, asked, tools=MEMORY_TOOLS)
    assert [name for name, _ in wanted(call)] == ["delete_memory"] * 2


async def test_a_call_names_the_rule_that_asked_for_it():
    call = await ask(managing(), said("I like tea."), tools=MEMORY_TOOLS)
    assert [each["id"] for each in call.tool_calls] == ["call_1_taste"]


async def test_it_knows_what_the_user_said_earlier_in_the_request():
    asked = said("What is my name?")
    told = [said("My name is Ana."), said("Noted.", "assistant"), asked]
    assert "Ana" in (await ask(*told)).text


async def test_it_takes_no_fact_from_the_assistants_words():
    told = [said("hello"), said("My name is Max and I like tea.", "assistant")]
    answered = (await ask(*told, said("What is my name?"))).text
    assert "Max" not in answered
    extraction = await ask(managing(), *told, said("thanks"), tools=MEMORY_TOOLS)
    assert extraction.tool_calls == []


@pytest.mark.parametrize("thing", ["<3 emojis", "x > y", "R&amp;B", "a?b=1&copy=2", "&#10;"])
async def test_it_reads_a_memory_back_as_it_was_stored(thing):
    answered = (await ask(knowing(f"The user likes {thing}."), said("What do I like?"))).text
    assert thing in answered


async def test_a_memory_with_a_bracket_is_used_and_changed_as_any_other(db):
    agent = Agent(OfflineChat(), db, update_memory_on_run=True, add_memories_to_context=True)
    db.for_user("ana").add_memory("The user likes <3 emojis.")
    run = await agent.arun("What do I like?", user_id="ana", session_id="s")
    assert "- The user likes &lt;3 emojis." in run.messages[0]["content"]
    assert "<3 emojis" in run.content
    assert "&lt;" not in run.content
    run = await agent.arun("I don't like emojis anymore.", user_id="ana", session_id="s")
    assert [each.before for each in run.memory_events] == ["The user likes <3 emojis."]


@pytest.mark.parametrize(
    "text",
    [
        "You know: <memories>\n- The user likes tea.\n</memories>",
        "<memories>\n- The user likes tea.</memories>",
        "<memories>- The user likes tea.\n</memories>",
        "Use what stands in <memories> and </memories>.\n- The user likes tea.",
    ],
)
async def test_only_tags_on_lines_of_their_own_hold_memories(text):
    assert "tea" not in (await ask(said(text, "system"), said("What do I like?"))).text
    lines = text.replace("<memories>", "\n<memories>\n").replace("</memories>", "\n</memories>\n")
    if "Use" not in text:
        assert "tea" in (await ask(said(lines, "system"), said("What do I like?"))).text


async def test_it_keeps_nothing_between_requests():
    model = OfflineChat()
    await ask(said("My name is Ana."), model=model)
    assert "Ana" not in (await ask(said("What is my name?"), model=model)).text


async def test_it_says_that_it_is_no_language_model():
    assert "not a language model" in (await ask(said("Write me a poem about rain"))).text


async def test_it_uses_the_memory_tools_as_a_model_would():
    call = await ask(
        managing("The user lives in Leeds."),
        said("I moved to Oslo and I paint."),
        tools=MEMORY_TOOLS,
    )
    names = {name for name, _ in wanted(call)}
    assert names == {"add_memory", "update_memory"}
    assert dict(wanted(call))["update_memory"]["memory_id"] == 1


async def test_it_uses_only_the_tools_it_is_offered():
    messages = [managing("The user lives in Leeds."), said("I moved to Oslo and I paint.")]
    call = await ask(*messages, tools=MEMORY_TOOLS[:1])
    assert {name for name, _ in wanted(call)} == {"add_memory"}


async def test_it_hands_what_is_worth_remembering_to_the_agents_tool():
    call = await ask(said("I like tea."), tools=AGENT_TOOL)
    assert wanted(call) == [("update_user_memory", {"task": "I like tea."})]
    assert (await ask(said("How are you?"), tools=AGENT_TOOL)).tool_calls == []
    known = knowing("The user likes tea.")
    assert (await ask(known, said("I like tea."), tools=AGENT_TOOL)).tool_calls == []


async def test_after_a_tool_it_replies():
    used = {"id": "1", "type": "function", "function": {"name": "x", "arguments": "{}"}}
    messages = [
        said("I like tea."),
        {"role": "assistant", "content": None, "tool_calls": [used]},
        {"role": "tool", "tool_call_id": "1", "content": "done"},
    ]
    for tools in ((), AGENT_TOOL, [FOREIGN_TOOL], MEMORY_TOOLS):
        call = await ask(*messages, tools=tools)
        assert call.text
        assert call.tool_calls == []


# A search, fewer memories, a summary


@pytest.mark.semantic
async def test_it_chooses_the_memories_that_help_and_none_that_does_not():
    known = managing("The user likes tea.", "The user has a dog named Rex.")
    call = await ask(known, said("Which pet do I have?"), tools=SELECT_TOOL)
    assert wanted(call) == [("select_memories", {"memory_ids": [2]})]
    call = await ask(known, said("What is the capital of Peru?"), tools=SELECT_TOOL)
    assert wanted(call) == [("select_memories", {"memory_ids": []})]


async def test_it_puts_memories_together():
    known = managing("The user likes tea.", "The user's name is Ana.", "The user likes jam.")
    call = await ask(known, said("Put my memories together."), tools=REPLACE_TOOL)
    told = ["The user likes tea and jam.", "The user's name is Ana."]
    assert wanted(call) == [("replace_memories", {"memories": told})]


@pytest.mark.parametrize(
    "odd",
    [
        "The user likes tea but not coffee.",
        "The user likes tea more than coffee.",
        "The user likes chess, which is slow.",
        "The user likes snow and lives in Rome.",
        "The user likes salt, pepper, and rum.",
        "The user likes it; no joke.",
        "The user's name is Ana and Bo.",
        "x",
    ],
)
def test_what_more_cannot_be_put_to_without_changing_its_sense_stays_as_it_is(odd):
    assert put_together([odd, "The user likes jam.", "The user likes tea."]) == [
        odd,
        "The user likes jam and tea.",
    ]


def test_memories_put_together_can_be_stored_and_lose_nothing():
    things = [f"{'very ' * 20}long book {number}" for number in range(30)]
    told = put_together(f"The user likes {thing}." for thing in things)
    assert 1 < len(told) < 30
    assert max(map(len, told)) <= 1000
    assert all(thing in " ".join(told) for thing in things)
    assert put_together(told) == told


async def test_it_sums_up_what_the_user_said_and_nothing_the_assistant_said():
    lines = "user: I like tea.\nassistant: I like rain.\nuser: Is 1 < 2 & 3 > 2?"
    system = f"Sum up.\n<conversation>\n{in_prompt(lines)}\n</conversation>"
    call = await ask(said(system, "system"), said("Summarize it."))
    assert call.text == 'The user likes tea. The user said: "Is 1 < 2 & 3 > 2?"'


def test_of_a_long_conversation_the_end_is_summed_up_in_whole_sentences():
    lines = [f"user: I like number {number}." for number in range(100)]
    told = summary("\n".join(lines))
    assert MAX_SUMMARY - 30 < len(told) <= MAX_SUMMARY
    assert told.startswith("The user likes number ")
    assert told.endswith("The user likes number 99.")
    assert len(summary("user: " + "why " * 1000)) == MAX_SUMMARY


# Requests of other programs


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        [],
        [{"type": "text", "text": "My name is Ana."}],
        [{"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "text", "text": "What?"}],
    ],
    ids=repr,
)
@pytest.mark.semantic
async def test_it_reads_every_form_of_content(content):
    for messages in (
        [said(content)],
        [said(content, "system"), said("hello")],
        [said(content), said(content, "assistant"), said("hello")],
        [said(content, "developer")],
        [said(content, "assistant")],
    ):
        for tools in ((), AGENT_TOOL, MEMORY_TOOLS, SELECT_TOOL, REPLACE_TOOL):
            call = await ask(*messages, tools=tools)
            assert call.text or call.tool_calls


async def test_it_reads_text_in_parts_as_it_reads_text():
    parts = [{"type": "text", "text": "My name is Ana."}]
    call = await ask(managing(), said(parts), tools=MEMORY_TOOLS)
    assert [name for name, _ in wanted(call)] == ["add_memory"]
    whole = await ask(managing(), said("My name is Ana."), tools=MEMORY_TOOLS)
    assert (call.response, call.prompt_tokens) == (whole.response, whole.prompt_tokens)


@pytest.mark.parametrize(
    "tools",
    [[FOREIGN_TOOL], [{"type": "custom", "custom": {"name": "grep"}}], [FOREIGN_TOOL, *AGENT_TOOL]],
)
async def test_it_leaves_tools_alone_that_it_does_not_know(tools):
    call = await ask(said("How are you?"), tools=tools)
    assert call.tool_calls == []
    assert call.text


async def test_it_takes_settings_that_mean_nothing_to_it():
    model = OfflineChat()
    request = {**model.request([said("hello")]), "temperature": 0.5, "tools": [], "seed": 1}
    call = ModelCall("reply", request, datetime.now(UTC))
    assert (await model.send(call)).text
    await model.aclose()


@pytest.mark.semantic
async def test_it_has_chat_completions_and_embeddings_and_nothing_else():
    model = OfflineChat()
    client = (await model._session()).client
    [embedded] = (await client.embeddings.create(model="offline", input="tea")).data
    assert len(embedded.embedding) == 256
    with pytest.raises(openai.BadRequestError, match="a text or a list of texts"):
        await client.embeddings.create(model="offline", input=[[1, 2]])
    with pytest.raises(openai.NotFoundError, match="nothing at /v1/models"):
        await client.models.list()
    with pytest.raises(openai.BadRequestError, match="at least one message"):
        await client.chat.completions.create(model="offline", messages=[])
    await model.aclose()


# Tokens and time


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("tea", 1), ("I like tea.", 4), ("Grüß dich, 42!", 5), ("👋", 1)]
)
def test_every_word_number_and_mark_is_a_token(text, tokens):
    assert count_tokens(text) == tokens


async def test_it_counts_what_is_sent_and_what_is_answered():
    call = await ask(said("Be brief.", "system"), said("I like tea."))
    assert call.prompt_tokens == 3 + 4
    assert call.completion_tokens == count_tokens(call.text)
    with_tools = await ask(said("How are you?"), tools=[FOREIGN_TOOL])
    assert with_tools.prompt_tokens > (await ask(said("How are you?"))).prompt_tokens


async def test_an_answer_takes_the_latency_and_a_streamed_one_is_spread_over_it():
    arrived = []
    model = OfflineChat(latency=0.3)
    for stream in (False, True):
        call = ModelCall("reply", model.request([said("hello")]), datetime.now(UTC))
        await model.send(call, (lambda _: arrived.append(time.perf_counter())) if stream else None)
        assert call.latency >= 0.3
    await model.aclose()
    assert arrived[-1] - arrived[0] > 0.1


@pytest.mark.semantic
async def test_vectors_take_the_latency_too():
    model = OfflineChat(latency=0.3)
    request = {"model": model.embedding_id, "input": ["tea"]}
    call = ModelCall("search", request, datetime.now(UTC))
    await model.embed(call)
    await model.aclose()
    assert call.latency >= 0.3


@pytest.mark.parametrize("tools", [None, SELECT_TOOL])
async def test_without_wordllama_a_search_says_what_to_install(tools, monkeypatch):
    def missing():
        raise ModelError("offline embeddings need `wordllama`: pip install wordllama")

    monkeypatch.setattr("memkit.offline.embeddings._load", missing)
    model = OfflineChat()
    request = {"model": "offline", "input": ["tea"]}
    if tools:
        request = model.request([managing("The user likes tea."), said("tea?")], tools)
    call = ModelCall("search", request, datetime.now(UTC))
    with pytest.raises(ModelError, match="pip install wordllama") as caught:
        await (model.send if tools else model.embed)(call)
    assert call.error == str(caught.value)
    await model.aclose()


class Watched(OfflineChat):
    """It counts how many requests it answers at the same time."""

    inside = most = 0

    async def _respond(self, http_request):
        self.inside += 1
        self.most = max(self.most, self.inside)
        response = await super()._respond(http_request)
        self.inside -= 1
        return response


async def test_answers_that_take_time_take_it_together():
    model = Watched(latency=1.0)
    calls = [
        ModelCall("reply", model.request([said("hello")]), datetime.now(UTC)) for _ in range(20)
    ]
    await asyncio.gather(*map(model.send, calls))
    await model.aclose()
    assert model.most == 20


# Tools of the agent


def count_memories(user: User) -> int:
    """Count what is remembered about the user."""
    return len(user.memories())


def shout(text: str, user: User) -> str:
    """Say a text loudly."""
    return f"{user.user_id}: {text.upper()}"


async def test_a_tool_is_used_where_the_message_holds_its_name_and_for_the_user_of_the_run(db):
    agent = Agent(OfflineChat(), db, tools=[count_memories, shout], update_memory_on_run=True)
    for user_id, text, wanted in [
        ("ana", "I have a cat and I live in Oslo.", None),
        ("ana", "Please count my memories.", "count_memories says: 2"),
        ("bo", "Count my memories, not ana's!", "count_memories says: 0"),
        ("bo", "Shout: tea", "shout says: bo: SHOUT: TEA"),
    ]:
        run = await agent.arun(text, user_id=user_id, session_id="s")
        assert run.content == wanted or wanted is None


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"latency": -1}, "latency is a number of at least 0, found -1"),
        ({"latency": "1"}, "latency is a number of at least 0, found '1'"),
        ({"rules": Rule("fan", "I root for X", "The user supports X.")}, "rules is a list of Rule"),
        ({"rules": ["fan"]}, "rules is a list of Rule"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_refused(arguments, why):
    with pytest.raises(InvalidInput, match=why):
        OfflineChat(**arguments)
