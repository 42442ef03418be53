"""The offline model: the real client, answered in-process by rules."""

import asyncio
import json
import time
from datetime import UTC, datetime

import openai
import pytest

from memkit import OfflineChat
from memkit.memory import AddMemory, DeleteMemory, UpdateMemory, UpdateUserMemory, tool
from memkit.offline import count_tokens
from memkit.records import ModelCall

MEMORY_TOOLS = [tool(each) for each in (AddMemory, UpdateMemory, DeleteMemory)]
AGENT_TOOL = [tool(UpdateUserMemory)]
FOREIGN_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}


def said(content, role="user"):
    return {"role": role, "content": content}


def knowing(*facts):
    listed = "\n".join(f"- {fact}" for fact in facts)
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
]


@pytest.mark.parametrize(("messages", "tools"), REQUESTS)
async def test_the_same_request_has_the_same_answer_streamed_or_not(messages, tools):
    calls = [await ask(*messages, tools=tools, stream=each) for each in (False, True, False)]
    assert len({json.dumps(each.response) for each in calls}) == 1
    assert len({(each.prompt_tokens, each.completion_tokens) for each in calls}) == 1
    assert "".join(calls[1].pieces) == calls[0].text


async def test_it_knows_what_the_system_prompt_tells():
    asked = said("What is my name?")
    assert "Ana" in (await ask(knowing("The user's name is Ana."), asked)).text
    assert "Ana" not in (await ask(asked)).text


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
    call = await ask(*messages, tools=[tool(AddMemory)])
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
async def test_it_reads_every_form_of_content(content):
    for messages in (
        [said(content)],
        [said(content, "system"), said("hello")],
        [said(content), said(content, "assistant"), said("hello")],
        [said(content, "developer")],
        [said(content, "assistant")],
    ):
        for tools in ((), AGENT_TOOL, MEMORY_TOOLS):
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


async def test_it_has_chat_completions_and_nothing_else():
    model = OfflineChat()
    client = await model._client()
    with pytest.raises(openai.NotFoundError, match="nothing at /v1/embeddings"):
        await client.embeddings.create(model="offline", input="tea")
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


async def test_answers_that_take_time_take_it_together():
    model = OfflineChat(latency=0.3)
    await ask(said("hello"), model=model)
    began = time.perf_counter()
    calls = [
        ModelCall("reply", model.request([said("hello")]), datetime.now(UTC)) for _ in range(20)
    ]
    await asyncio.gather(*map(model.send, calls))
    assert time.perf_counter() - began < 0.3 * 10
    await model.aclose()
