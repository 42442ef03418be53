"""Answers in the shapes that endpoints send, each from a real server through the real client."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from memkit import Agent, MemoryManager, ModelError, OpenAIChat
from memkit.models import shapes, written
from memkit.models.shapes import sent_back
from memkit.records import ModelCall
from support import completion, say, send_json, server, use

HELLO = [{"role": "user", "content": "I like tea."}]
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("add_memory", "clear_memory")
]
FACT = {"memory": "The user likes tea."}
CALL = {"name": "add_memory", "arguments": json.dumps(FACT)}
DONE = "[DONE]"


def chunk(delta=None, finish=None, **more):
    """A chunk of a stream; with no delta it has no choice."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"object": "chat.completion.chunk", "choices": choices, **more}


def events(*chunks):
    """Chunks as server-sent events; text is sent as it is."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in chunks]
    return "".join(f"data: {text}\n\n" for text in texts)


def answering(body, kind="application/json"):
    """A server that gives the same body to every request."""

    def answer(handler, _):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return server(answer)


async def ask(body, stream=False, tools=()):
    """One call, with its pieces of text in `call.pieces`."""
    with answering(body, "text/event-stream" if stream else "application/json") as url:
        model = OpenAIChat("some-model", url, "sk-secret-4711", max_retries=0)
        call = ModelCall("reply", model.request(HELLO, tools), datetime.now(UTC))
        call.pieces = []
        with suppress(ModelError):
            await model.send(call, call.pieces.append if stream else None)
        await model.aclose()
    return call


def arguments(call):
    """Name and arguments of every tool call."""
    used = [each["function"] for each in call.tool_calls]
    return [(each["name"], json.loads(each["arguments"])) for each in used]


# Streams

HI = chunk({"role": "assistant", "content": "Hi"})
STOP = chunk({}, "stop")
USED = {"prompt_tokens": 8, "completion_tokens": 1}

STREAMS = {
    "as OpenAI sends it": [HI, STOP, chunk(usage=USED), DONE],
    "usage with a choice, after the end": [HI, STOP, chunk({"content": ""}, usage=USED), DONE],
    "usage in every chunk": [{**HI, "usage": USED}, {**STOP, "usage": USED}, DONE],
    "usage in the choice": [HI, chunk({}), STOP, {"choices": [{"delta": {}, "usage": USED}]}, DONE],
    "deltas that are null": [HI, {"choices": [{"index": 0, "delta": None}]}, STOP, DONE],
    "deltas that are missing": [HI, {"choices": [{"finish_reason": "stop"}]}, DONE],
    "choices that are null": [{"choices": None}, HI, STOP, DONE],
    "no object, no index": [{"choices": [{"delta": {"content": "Hi"}}]}, DONE],
    "another object": [{**HI, "object": "chat.completion"}, STOP, DONE],
    "no finish_reason": [HI, DONE],
    "an empty finish_reason": [chunk({"content": "Hi"}, ""), STOP],
    "no end but finish_reason": [HI, STOP],
    "a message in place of a delta": [{"choices": [{"message": {"content": "Hi"}}]}, STOP, DONE],
    "both, and the delta counts": [
        {"choices": [{"delta": {"content": "Hi"}, "message": {"content": "Hi"}}]},
        STOP,
        DONE,
    ],
    "text as in completions": [{"choices": [{"text": "Hi", "index": 0}]}, STOP, DONE],
    "parts, some of them thoughts": [
        chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}),
        chunk({"content": [{"type": "text", "text": "H"}]}),
        chunk({"content": "i"}),
        STOP,
        DONE,
    ],
    "thoughts in a tag, in pieces": [
        *(chunk({"content": piece}) for piece in ("<th", "ink>\nhm", "</thi", "nk>\n\n", "Hi")),
        STOP,
        DONE,
    ],
    "thoughts beside": [chunk({"reasoning_content": "hm"}), HI, STOP, DONE],
    "a refusal": [chunk({"refusal": "H"}), chunk({"refusal": "i"}), STOP, DONE],
    "choices of others": [{"choices": [{"index": 1, "delta": {"content": "?"}}]}, DONE],
}
STREAMS["choices of others"][:0] = [HI]


@pytest.mark.parametrize("chunks", STREAMS.values(), ids=STREAMS)
async def test_a_stream_in_any_shape_is_read(chunks):
    call = await ask(events(*chunks), stream=True)
    assert (call.text, "".join(call.pieces), call.error) == ("Hi", "Hi", None)
    if "prompt_tokens" in str(chunks):
        assert (call.prompt_tokens, call.completion_tokens) == (8, 1)


async def test_halves_of_an_emoji_are_put_together_again():
    call = await ask(
        events(chunk({"content": "Hi \ud83c"}), chunk({"content": "\udf75!"}), STOP), stream=True
    )
    assert (call.text, "".join(call.pieces)) == ("Hi 🍵!", "Hi 🍵!")


@pytest.mark.parametrize(
    "text",
    [
        f": PROCESSING\n\nevent: message\nid: 1\n{events(HI, STOP, DONE)}",
        events(HI, STOP, DONE).replace("\n", "\r\n"),
        events(HI, STOP, DONE).replace("data: ", "data:"),
        events(HI, STOP, DONE).replace("\n\n", "\n"),
        "\ufeff" + events(HI, STOP, DONE),
        events(*(json.dumps(each, indent=1).replace("\n", "\ndata: ") for each in (HI, STOP))),
        "\n".join(json.dumps(each) for each in (HI, STOP)),
        json.dumps(completion(say("Hi")), indent=1),
    ],
)
async def test_the_lines_of_a_stream_may_be_written_in_many_ways(text):
    call = await ask(text, stream=True)
    assert (call.text, call.pieces, call.error) == ("Hi", ["Hi"], None)


async def test_a_stream_may_come_though_none_was_asked_for():
    call = await ask(events(HI, STOP, chunk(usage=USED), DONE))
    assert (call.text, call.response, call.prompt_tokens) == ("Hi", say("Hi"), 8)


async def test_a_line_separator_of_unicode_ends_no_line():
    text = "one\u2028two\u0085three"
    body = json.dumps({"choices": [{"delta": {"content": text}}]}, ensure_ascii=False)
    assert (await ask(events(body, STOP), stream=True)).text == text


async def test_what_a_stream_had_said_is_kept_when_it_breaks():
    call = await ask(events(HI), stream=True)
    assert call.response == {"role": "assistant", "content": "Hi"}
    assert "it broke off before its end" in call.error
    assert "is the server running" not in call.error


async def test_an_error_in_a_stream_is_told_in_its_own_words():
    call = await ask(events(HI, {"error": {"message": "overloaded", "code": 502}}), stream=True)
    assert call.error.endswith("answered with an error: overloaded")
    assert call.response["content"] == "Hi"
    assert "overloaded" in call.response["body"]


# Answers that are not streamed

THOUGHT = "The user is in a bad mood."
MESSAGES = {
    "parts": {"content": [{"type": "thinking", "thinking": [{"text": "hm"}]}, {"text": "Hi"}]},
    "one part": {"content": {"type": "text", "text": "Hi"}},
    "parts that are text": {"content": ["H", "i"]},
    "a text in a text": {"content": [{"type": "text", "text": {"value": "Hi"}}]},
    "thoughts in a tag": {"content": f"<think>\n{THOUGHT}\n</think>\n\nHi"},
    "thoughts in another tag": {"content": f"[THINK]{THOUGHT}[/THINK]Hi"},
    "thoughts twice": {"content": f"<think>{THOUGHT}</think>\n<think>{THOUGHT}</think>\nHi"},
    "only the end of the tag": {"content": f"{THOUGHT}\n</think>\n\nHi"},
    "only the end, in the line": {"content": f"{THOUGHT}</think>Hi"},
    "only the end, after a space": {"content": f"{THOUGHT} </think>\nHi"},
    "thoughts in capitals": {"content": f"<THINK>{THOUGHT}</THINK>\nHi"},
    "thoughts in thoughts": {"content": f"<think>{THOUGHT} <think>b</think> c</think>Hi"},
    "thoughts with a fence": {"content": f"<think>\n```\n{THOUGHT}\n```\n</think>\nHi"},
    "after words": {"content": f"Sure. <think>{THOUGHT}</think>Hi"},
    "of gpt-oss": {
        "content": f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant"
        "<|channel|>final<|message|>Hi"
    },
    "thoughts beside": {"content": "Hi", "reasoning_content": THOUGHT},
    "a refusal": {"content": None, "refusal": "Hi"},
    "a refusal as a part": {"content": [{"type": "refusal", "refusal": "Hi"}]},
    "no tool calls": {"content": "Hi", "tool_calls": None, "function_call": None},
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
@pytest.mark.parametrize("role", ["assistant", None, ""])
async def test_a_message_in_any_shape_is_read_and_kept(message, role):
    call = await ask(completion({"role": role, **message}))
    assert (call.text, call.tool_calls, call.error) == ("Hi", [], None)
    assert call.response == {"role": "assistant", **message}


@pytest.mark.parametrize(
    "text",
    [
        "`<think>` is a tag.",
        "Use </p>, not <br>.",
        "[link](x)",
        "a < b",
        "x\n<b>y</b>",
        "Formats:\n<thinking> is Claude's tag.\n<think> is DeepSeek's.\nBoth work.",
        "The block ends with </think> and then comes the answer.",
        "R1 writes:\n```\n<think>\nreasoning\n</think>\nanswer\n```\nThat is all.",
        "R1 writes:\n```\n<think>\nreasoning\n</think>",
        "Use <think> at the start.",
    ],
)
async def test_what_only_looks_like_thoughts_is_shown(text):
    assert (await ask(completion(say(text)))).text == text
    call = await ask(events(*(chunk({"content": each}) for each in text), STOP), stream=True)
    assert (call.text, "".join(call.pieces)) == (text, text)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "overloaded", "code": 502}}, "overloaded"),
        ({"error": "overloaded"}, "overloaded"),
        ({"error": {"message": "Provider error", "metadata": {"raw": "too many"}}}, "too many"),
        ([{"error": {"message": "overloaded"}}], "overloaded"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body", "n"], "msg": "extra"}]}, "body.n: extra"),
        ({"object": "error", "message": "overloaded"}, "overloaded"),
        ({"errors": [{"message": "overloaded"}], "success": False}, "overloaded"),
        ({"base_resp": {"status_code": 1004, "status_msg": "login"}, "choices": None}, "login"),
        ({"choices": [{"error": {"message": "overloaded"}}]}, "overloaded"),
        ({"choices": None, "error": {"message": "overloaded"}}, "overloaded"),
        ({**completion(say("Hi")), "error": {"message": "overloaded"}}, "overloaded"),
        ({"code": 1113, "msg": "used up", "success": False}, "used up"),
        ({"error_code": 336003, "error_msg": "too long"}, "too long"),
        ({"error": True, "message": "used up"}, "used up"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_error_inside_a_200_is_told_in_its_own_words(body, words, stream):
    call = await ask(body, stream)
    assert "answered with an error: " in call.error
    assert words in call.error
    assert words.split(": ")[-1] in call.response["body"]


@pytest.mark.parametrize("content", ["\n<think>hm", "<think>a</think>\n<think>b", "[THINK]hm"])
async def test_thoughts_that_are_cut_off_are_no_answer(content):
    call = await ask(completion(say(content)))
    assert (call.text, call.thought) == ("", True)


async def test_thoughts_between_lines_are_not_shown_while_they_come():
    text = "Hello.\n<think>hm</think>\nHow are you?"
    call = await ask(events(*(chunk({"content": each}) for each in text), STOP), stream=True)
    assert (call.text, "".join(call.pieces)) == ("Hello.\nHow are you?",) * 2


async def test_the_channels_of_gpt_oss_are_not_shown_while_they_come():
    text = MESSAGES["of gpt-oss"]["content"]
    call = await ask(events(*(chunk({"content": each}) for each in text), STOP), stream=True)
    assert (call.text, call.pieces) == ("Hi", ["H", "i"])


def test_a_long_stream_is_searched_for_thoughts_at_its_end_only(monkeypatch):
    searched = []

    class Pattern:
        def sub(self, _, text):
            searched.append(len(text))
            return text

    monkeypatch.setattr(shapes, "MAYBE_THOUGHT", Pattern())
    answer = shapes.Answer()
    for _ in range(100):
        answer.add(chunk({"content": "some words\n"}))
        answer.text(so_far=True)
    assert max(searched) == shapes.TAIL


async def test_an_empty_error_beside_an_answer_is_none():
    for error in (None, {}, {"message": "", "code": None}, {"code": 0, "message": "success"}):
        assert (await ask({**completion(say("Hi")), "error": error})).text == "Hi"
    for beside in ({"message": "success"}, {"detail": "high"}, {"code": 0, "msg": "success"}):
        assert (await ask({**completion(say("Hi")), **beside})).text == "Hi"


async def test_an_unusable_answer_is_kept_cut_to_a_length():
    page = "<html>" + "x" * 5_000
    call = await ask(page)
    assert call.response == {"body": page[:2_000]}
    assert "it is not JSON" in call.error


@pytest.mark.parametrize("stream", [False, True])
async def test_of_a_page_instead_of_an_answer_the_title_is_shown(stream):
    call = await ask("<!DOCTYPE html>\n<html><head><title>Log in</title><p>x</html>", stream)
    assert call.error.endswith("Log in")
    assert "<" not in call.error


# Tool calls

IN_TEXT = {
    "an object": json.dumps({"name": "add_memory", "parameters": FACT}),
    "in a fence, with words": f"Sure!\n```json\n{json.dumps(CALL)}\n```\nDone.",
    "in a tag": f"<tool_call>\n{json.dumps({**CALL, 'arguments': FACT})}\n</tool_call>",
    "as OpenAI writes it": json.dumps({"type": "function", "function": CALL}),
    "in a list": json.dumps([{"name": "add_memory", "arguments": FACT}]),
    "under tool_calls": json.dumps({"tool_calls": [{"function": CALL}]}),
    "under its name": json.dumps({"add_memory": FACT}),
    "of Llama": f"<function=add_memory>{json.dumps(FACT)}</function>",
    "of Qwen": "<function=add_memory>\n<parameter=memory>\nThe user likes tea.\n</parameter>\n"
    "</function>",
    "of Mistral": f"[TOOL_CALLS]add_memory{json.dumps(FACT)}",
    "of Mistral, with marks": f"[TOOL_CALLS]add_memory[CALL_ID]a1b2c3d4e[ARGS]{json.dumps(FACT)}",
    "of Mistral, in a list": f"[TOOL_CALLS][{json.dumps({**CALL, 'arguments': FACT})}]",
    "of gpt-oss": "<|channel|>commentary to=functions.add_memory <|constrain|>json<|message|>"
    f"{json.dumps(FACT)}<|call|>",
    "of gpt-oss, otherwise": "<|start|>assistant to=functions.add_memory<|channel|>commentary json"
    f"<|message|>{json.dumps(FACT)}",
    "of DeepSeek V3": "<｜tool▁call▁begin｜>function<｜tool▁sep｜>add_memory\n"
    f"```json\n{json.dumps(FACT)}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    "of DeepSeek V3.1": f"<｜tool▁call▁begin｜>add_memory<｜tool▁sep｜>{json.dumps(FACT)}",
    "of DeepSeek V3.2": '<｜DSML｜invoke name="add_memory">\n<｜DSML｜parameter name="memory" '
    'string="true">The user likes tea.</｜DSML｜parameter>\n</｜DSML｜invoke>',
    "of Claude and MiniMax": '<invoke name="add_memory">\n<parameter name="memory">The user likes '
    "tea.</parameter>\n</invoke>",
    "of GLM-4": f"add_memory\n{json.dumps(FACT)}",
    "of GLM-4.5": "<tool_call>add_memory\n<arg_key>memory</arg_key>\n<arg_value>The user likes "
    "tea.</arg_value>\n</tool_call>",
    "of Kimi": "<|tool_call_begin|>functions.add_memory:0<|tool_call_argument_begin|>"
    f"{json.dumps(FACT)}<|tool_call_end|>",
    "of functionary v2": f"<|recipient|>add_memory\n<|content|>{json.dumps(FACT)}",
    "of functionary v3": f">>>add_memory\n{json.dumps(FACT)}",
    "of Qwen, without an end": "<tool_call>\n<function=add_memory>\n<parameter=memory>\n"
    "The user likes tea.\n</parameter>\n</tool_call>",
    "of ReAct": f"Thought: keep it.\nAction: add_memory\nAction Input: {json.dumps(FACT)}",
    "without its last brace": f'{{"name": "add_memory", "arguments": {json.dumps(FACT)}',
    "Python": '[add_memory(memory="The user likes tea.")]',
    "Python of Llama 3": '<|python_tag|>add_memory.call(memory="The user likes tea.")',
    "Python of Llama 4": '<|python_start|>[add_memory(memory="The user likes tea.")]<|python_end|>',
    "Python of Gemma": "Sure.\n```tool_code\nprint(default_api.add_memory("
    'memory="The user likes tea."))\n```\nDone.',
    "after thoughts": f"<think>hm</think>\n{json.dumps({**CALL, 'arguments': FACT})}",
    "with a prefix": json.dumps({"name": "functions.add_memory", "parameters": FACT}),
}


@pytest.mark.parametrize("text", IN_TEXT.values(), ids=IN_TEXT)
async def test_a_tool_call_written_as_text_is_one(text):
    call = await ask(completion(say(text)), tools=TOOLS)
    assert arguments(call) == [("add_memory", FACT)]
    assert (call.text, call.response) == ("", say(text))
    back = sent_back(call)
    assert (back["content"], back["tool_calls"]) == (text, call.tool_calls)


@pytest.mark.parametrize(
    "text",
    [
        '<function=add_memory>{"memory": "a"}</function><function=add_memory>{"memory": "b"}',
        '[TOOL_CALLS]add_memory[ARGS]{"memory": "a"}[TOOL_CALLS]add_memory[ARGS]{"memory": "b"}',
        "".join(
            f"<function=add_memory><parameter=memory>{memory}</parameter></function>"
            for memory in "ab"
        ),
        'add_memory(memory="a")\nadd_memory(memory="b")',
    ],
)
async def test_several_calls_may_be_written_one_after_the_other(text):
    assert arguments(await ask(completion(say(text)), tools=TOOLS)) == TWO


@pytest.mark.parametrize(
    "text",
    [
        '[TOOL_CALLS]add_memory{"memory": "I wrote: >clear_memory{}"}',
        "<function=add_memory><parameter=memory>I wrote: <function=clear_memory></function>"
        "</parameter></function>",
        'add_memory(memory="I wrote: clear_memory()")',
    ],
)
async def test_a_call_that_is_quoted_in_an_argument_is_part_of_it(text):
    [(name, given)] = arguments(await ask(completion(say(text)), tools=TOOLS))
    assert (name, given["memory"][:8]) == ("add_memory", "I wrote:")


@pytest.mark.parametrize(
    "piece",
    [
        "[TOOL_CALLS]add_memory{",
        '{"add_memory":',
        ">json",
        "<function=add_memory><parameter=a>",
        "<tool_call>add_memory<",
        '<invoke name="add_memory">',
        "add_memory(",
        "```\n",
    ],
)
def test_a_model_that_repeats_itself_is_read_with_few_attempts(piece, monkeypatch):
    tried = []

    class Counting(json.JSONDecoder):
        def raw_decode(self, text, start=0):
            tried.append(start)
            return super().raw_decode(text, start)

    monkeypatch.setattr(written, "DECODER", Counting(strict=False))
    text = "add_memory " + piece * (200_000 // len(piece))
    assert written.written_calls(text, ["add_memory"]) == []
    assert len(tried) <= 2 * written.MOST


async def test_a_tool_call_that_is_streamed_as_text_is_not_shown():
    pieces = [chunk({"content": each}) for each in IN_TEXT["an object"]]
    call = await ask(events(*pieces, STOP), stream=True, tools=TOOLS)
    assert (arguments(call), call.pieces) == ([("add_memory", FACT)], [])


@pytest.mark.parametrize(
    "text",
    [
        "I used add_memory for that.",
        '{"name": "drop_table", "parameters": {}}',
        '{"memory": "The user likes tea."}',
        "add_memory",
        "[1, 2]",
        'add_memory takes {"memory": "The user likes tea."}',
        "Use <function=add_memory> for that.",
        "<function=add_memory><parameter=memory>The user likes",
        "```python\nmemory = add_memory\n```",
    ],
)
async def test_text_that_is_no_call_is_text(text):
    call = await ask(completion(say(text)), tools=TOOLS)
    assert (call.text, call.tool_calls) == (text, [])
    streamed = await ask(events(chunk({"content": text}), STOP), stream=True, tools=TOOLS)
    assert "".join(streamed.pieces) == text


async def test_without_tools_nothing_is_a_call():
    text = IN_TEXT["an object"]
    assert (await ask(completion(say(text)))).text == text


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"id": None, "function": CALL}, FACT),
        ({"function": CALL}, FACT),
        ({"id": "", "type": "function", "function": CALL}, FACT),
        ({"id": 7, "function": CALL}, FACT),
        ({"id": "a", "name": "add_memory", "arguments": FACT}, FACT),
        ({"id": "a", "function": {"name": "add_memory", "arguments": FACT}}, FACT),
        ({"id": "a", "function": {"name": "add_memory", "parameters": FACT}}, FACT),
        ({"id": "a", "function": {**CALL, "name": "default_api:add_memory"}}, FACT),
        ({"id": "a", "function": {"name": "add_memory", "arguments": None}}, {}),
        ({"id": "a", "function": {"name": "add_memory"}}, {}),
    ],
)
async def test_a_tool_call_in_any_shape_is_one(entry, expected):
    call = await ask(completion({"content": None, "tool_calls": [entry]}), tools=TOOLS)
    assert arguments(call) == [("add_memory", expected)]
    [back] = sent_back(call)["tool_calls"]
    assert back["id"] == call.tool_calls[0]["id"]
    assert isinstance(back["id"], str)
    assert back["id"]


async def test_an_id_that_is_made_up_is_one_that_mistral_takes():
    calls = [{"function": CALL}, None, {"function": CALL}]
    call = await ask(completion({"content": None, "tool_calls": calls}), tools=TOOLS)
    assert [each["id"] for each in call.tool_calls] == ["call00001", "call00002"]
    assert len(sent_back(call)["tool_calls"]) == 2


async def test_calls_under_the_same_id_get_ids_of_their_own():
    calls = [{"id": "a", "function": CALL}, {"id": "a", "function": {"name": "clear_memory"}}]
    call = await ask(completion({"content": None, "tool_calls": calls}), tools=TOOLS)
    assert len({each["id"] for each in call.tool_calls}) == 2


def entry(index=None, id=None, name=None, arguments=None):
    """A part of a tool call in a stream; what is None is missing."""
    function = {"name": name, "arguments": arguments}
    parts = {"index": index, "id": id, "function": {k: v for k, v in function.items() if v}}
    return {key: value for key, value in parts.items() if value is not None}


A, B = '{"memory": "a"}', '{"memory": "b"}'
TWO = [("add_memory", {"memory": "a"}), ("add_memory", {"memory": "b"})]
ONE = TWO[:1]
IN_STREAM = {
    "null before": ([None, entry(0, "1", "add_memory", A)], ONE),
    "two indexes": ([entry(0, "1", "add_memory", A), entry(1, "2", "add_memory", B)], TWO),
    "one index": ([entry(0, "1", "add_memory", A), entry(0, "2", "add_memory", B)], TWO),
    "one index, no ids": ([entry(0, None, "add_memory", A), entry(0, None, "add_memory", B)], TWO),
    "no index": ([entry(None, "1", "add_memory", A), entry(None, "2", "add_memory", B)], TWO),
    "no index, by id": (
        [
            entry(None, "1", "add_memory", A[:5]),
            entry(None, "2", "add_memory", B[:5]),
            entry(None, "1", None, A[5:]),
            entry(None, "2", None, B[5:]),
        ],
        TWO,
    ),
    "the second without name and id": (
        [entry(0, "1", "add_memory", A), entry(0, arguments=B)],
        TWO,
    ),
    "in pieces": (
        [entry(0, "1", "add_memory"), entry(0, arguments=A[:5]), entry(0, arguments=A[5:])],
        ONE,
    ),
    "name and id in every piece": (
        [entry(0, "1", "add_memory", A[:5]), entry(0, "1", "add_memory", A[5:])],
        ONE,
    ),
    "another id in every piece": (
        [entry(0, "1", "add_memory", A[:5]), entry(0, "2", "add_memory", A[5:])],
        ONE,
    ),
    "all of it again at the end": (
        [entry(0, "1", "add_memory", A), entry(0, "1", "add_memory", A)],
        ONE,
    ),
    "the name in pieces": ([entry(0, "1", "add_"), entry(0, "1", "memory", A)], ONE),
    "empty arguments first": ([entry(0, "1", "add_memory", "{}"), entry(0, arguments=A)], ONE),
    "one without arguments before": (
        [entry(0, "1", "clear_memory"), entry(0, "2", "add_memory", A)],
        [("clear_memory", {}), *ONE],
    ),
    "parallel, in pieces, one index": (
        [
            entry(0, "1", "add_memory"),
            entry(0, arguments=A),
            entry(0, "2", "add_memory"),
            entry(0, arguments=B),
        ],
        TWO,
    ),
}


@pytest.mark.parametrize(("entries", "expected"), IN_STREAM.values(), ids=IN_STREAM)
async def test_the_tool_calls_of_a_stream_are_told_apart(entries, expected):
    parts = [chunk({"tool_calls": [each]}) for each in entries]
    call = await ask(events(*parts, chunk({}, "tool_calls"), DONE), stream=True, tools=TOOLS)
    used = [(each["function"]["name"], each["function"]["arguments"]) for each in call.tool_calls]
    assert [(name, json.loads(text or "{}")) for name, text in used] == expected
    assert len({each["id"] for each in call.tool_calls}) == len(expected)
    assert "index" not in str(call.response)


# What goes back


async def test_an_assistants_message_goes_back_as_it_was_received():
    signed = {"id": "a", "type": "function", "function": CALL, "extra_content": {"sign": "x"}}
    message = {
        "role": "assistant",
        "content": None,
        "reasoning_content": "hm",
        "tool_calls": [signed],
    }
    call = await ask(completion({**message, "refusal": None}), tools=TOOLS)
    assert sent_back(call) == {**message, "refusal": None}
    parts = [
        chunk({"role": "assistant", "content": "", "reasoning_content": "h"}),
        chunk({"reasoning_content": "m", "tool_calls": [{"index": 0, **signed}]}),
        chunk({}, "tool_calls"),
    ]
    assert sent_back(await ask(events(*parts), stream=True, tools=TOOLS)) == message


@pytest.mark.parametrize("arguments", ['{"memory": "The', "", None, "[1]", "tea"])
async def test_arguments_that_are_no_json_object_do_not_go_back(arguments):
    wanted = {"id": "a", "type": "function", "function": {**CALL, "arguments": arguments}}
    call = await ask(completion({"content": None, "tool_calls": [wanted]}), tools=TOOLS)
    assert sent_back(call)["tool_calls"][0]["function"]["arguments"] == "{}"
    assert call.response["tool_calls"][0]["function"]["arguments"] == arguments


# What the store and the user see of it


async def test_thoughts_are_kept_in_the_call_but_neither_shown_nor_sent_back_as_history(db):
    requests = []

    def answer(handler, body):
        requests.append(body)
        send_json(handler, completion(say("<think>\nA bad mood.\n</think>\n\nHi")))

    with server(answer) as url:
        agent = Agent(OpenAIChat(base_url=url), db, add_history_to_context=True)
        for _ in range(2):
            run = await agent.arun("hello", user_id="ana", session_id="s")
        await agent.model.aclose()
    assert run.content == "Hi"
    assert "bad mood" not in str(requests) + str(agent.get_messages("ana", "s"))
    assert (
        db.query("SELECT count(*) AS n FROM model_calls WHERE response LIKE '%bad mood%'").n[0] == 2
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "given",
    [
        {"memory_id": "1", "memory": "The user likes jam."},
        {"memory_id": 1.0, "memory": "The user likes jam.", "topics": None},
        {"memory_id": 1, "memory": "The user likes jam.", "topics": '["food"]'},
        {"memory_id": 1, "memory": "The user likes jam.", "topics": "food"},
        json.dumps(json.dumps({"memory_id": 1, "memory": "The user likes jam."})),
    ],
)
async def test_numbers_and_lists_as_text_cost_no_memory(db, given):
    def answer(handler, body):
        wanted = use(("update_memory", given)) if "tools" in body else say("fine")
        send_json(handler, completion(wanted))

    ana = db.for_user("ana")
    ana.add_memory("The user likes tea.")
    with server(answer) as url:
        agent = Agent(OpenAIChat(base_url=url), db, update_memory_on_run=True)
        run = await agent.arun("I like jam.", user_id="ana", session_id="s")
        await agent.model.aclose()
    assert [each.memory for each in ana.memories()] == ["The user likes jam."]
    assert run.error is None


async def test_true_is_still_no_number(db):
    def answer(handler, body):
        wanted = use(("delete_memory", {"memory_id": True})) if "tools" in body else say("fine")
        send_json(handler, completion(wanted))

    db.for_user("ana").add_memory("The user likes tea.")
    with server(answer) as url:
        agent = Agent(
            OpenAIChat(base_url=url),
            db,
            update_memory_on_run=True,
            memory_manager=MemoryManager(),
        )
        await agent.arun("I like jam.", user_id="ana", session_id="s")
        await agent.model.aclose()
    assert len(db.for_user("ana").memories()) == 1
