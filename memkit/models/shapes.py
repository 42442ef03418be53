"""From whatever an endpoint sends to the one shape that the rest of memkit knows.

Every endpoint "speaks the OpenAI API", and hardly two send the same. An `Answer` takes the JSON
bodies of one answer, a single one or the chunks of a stream, and is at any time the message so far
as it was received, with the text to show and the tools to use. What was seen where, with a public
report for each:

    usage in a chunk that has a choice, after the last      BerriAI/litellm#28735, #8450
    `finish_reason` is "" before the end, or never there    ollama/ollama#4357
    content is a list of parts, some of them thoughts       vercel/ai#8072
    thoughts in `<think>` tags or in `reasoning_content`    open-webui/open-webui#16377
    parallel tool calls under one index, or without one     NousResearch/hermes-agent#57939
    the second call's arguments without name or id          dyedd/lens#49
    a tool call without an id                               openai/openai-dotnet#428
    a tool call written as text                             ollama/ollama#13519
    halves of a surrogate pair in two chunks                elie222/rakazo#416
    an error with status 200 and no choices                 UKGovernmentBEIS/inspect_ai#1534
    thoughts that have to go back with the tool calls       openai/openai-agents-python#2155
    an empty text that must not go back                     HKUDS/nanobot#949
    arguments that are no JSON must not go back             ggml-org/llama.cpp#25510
"""

import json
import math
import re
from collections.abc import Collection
from typing import Any

from memkit.models.written import offered_name, written_calls
from memkit.records import JsonObject, ModelCall
from memkit.store.tables import storable

MOST_TOKENS = 2**31  # that a table can hold; who counts more has not counted

# What a model thought before it spoke, from the start of a line to the end of the tag, or of all;
# but what stands in a fence is an example.
FENCE = r"^[ \t]*```.*?(?:^[ \t]*```|\Z)"
TAGS = "think|thinking|thought|reasoning"
OPENED = rf"<(?:{TAGS})>|\[THINK\]|<\|channel\|>analysis<\|message\|>"
CLOSED = rf"</(?:{TAGS})>|\[/THINK\]|<\|channel\|>final<\|message\|>"
MARKS = (*(f"{tag}>" for tag in TAGS.split("|")), "think]", "<|channel|>")  # in all of these
FLAGS = re.DOTALL | re.MULTILINE | re.IGNORECASE
THOUGHT = re.compile(
    rf"""(?P<fence>{FENCE})
    | ^(?:[ \t]*(?:{OPENED}) (?:[^<\[]++|.)*? (?:{CLOSED}|<\|end\|>|(?P<cut>\Z))\s*)+""",
    FLAGS | re.VERBOSE,
)
# Some templates open the tag in the prompt, and only its end is in the answer. One that is only
# mentioned has a space, a quote or a bracket before it.
THOUGHT_BEFORE = re.compile(
    rf"{FENCE}|(?P<end>(?<![ `\"'(])(?:{CLOSED})|(?:{CLOSED})(?=[ \t]*\n))\s*", FLAGS
)
MAYBE_THOUGHT = re.compile(r"(?:\A\s*|\s*\n[ \t]*)(?:[<\[]\w*)?\Z")  # how one may begin
TAIL = 100  # characters at the end of a text in which it does
MAYBE_CALL = tuple("{[<`")  # how a tool call may begin that is written as text
THOUGHT_KEYS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")

# under what an error's words stand
ERROR_KEYS = ("error", "errors", "message", "detail", "msg", "error_msg", "status_msg")
IDENTITY = ("role", "id", "type", "name", "index", "object")  # a stream repeats these
ASSISTANT = {"role": "assistant"}
NO_ARGUMENTS: tuple[Any, ...] = (None, "", "{}", {})


class Unusable(ValueError):
    """An answer that cannot be used, and why."""


class Refused(ValueError):
    """An error where an answer was expected, in the words of the endpoint."""


class Answer:
    """An answer as it comes; `tools` are the names of those that the request offered."""

    def __init__(self, tools: Collection[str] = ()) -> None:
        self.message: JsonObject = {}
        self.finish_reason: str | None = None
        self.usage: JsonObject = {}
        self._tools = tools

    def add(self, body: Any) -> None:
        """Take a completion, or the next chunk of one; `Refused` or `Unusable` if it is neither."""
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, dict):
            raise Unusable(f"it is {shortened(body)}, not a JSON object")
        choice = self._choice(body)
        if words := error_words(body) or words_of(choice.get("error") or ""):
            raise Refused(words)
        for place in (body, body.get("x_groq"), choice):
            if isinstance(place, dict) and isinstance(place.get("usage"), dict):
                self.usage |= place["usage"]
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        if "delta" in choice:
            self._add_delta(_as_object(choice["delta"] or {}, "delta"))
        elif "message" in choice:
            self.message |= _as_object(choice["message"], "message")
        elif isinstance(choice.get("text"), str):
            self._add_delta({"content": choice["text"]})

    def _choice(self, body: JsonObject) -> JsonObject:
        """The choice that is followed: of several, the first."""
        choices = body.get("choices") or []
        if not isinstance(choices, list):
            raise Unusable(f"its choices are {shortened(choices)}")
        found = (choice for choice in choices if isinstance(choice, dict))
        return next((choice for choice in found if not choice.get("index")), {})

    def _add_delta(self, delta: JsonObject) -> None:
        calls = delta.get("tool_calls") or ()
        for entry in filter(None, [calls] if isinstance(calls, dict) else calls):
            _add_call(self.message.setdefault("tool_calls", []), entry, self._tools)
        _merge(self.message, {key: delta[key] for key in delta if key != "tool_calls"})

    def end(self, streamed: bool) -> None:
        """Check that there is an answer, and take out of it what only a stream has."""
        if not self.message:
            raise Unusable("it has no message")
        if streamed and (calls := self.message.get("tool_calls")):
            for call in calls:
                call.pop("index", None)
            self.message["content"] = self.message.get("content") or None
        first = {key: self.message[key] for key in ("content",) if key in self.message}
        self.message = {**ASSISTANT, **first, **self.message, **ASSISTANT}

    def text(self, so_far: bool = False) -> str:
        """What is to be shown: no thoughts, no calls; `so_far` holds back what may become one."""
        said = _without_thoughts(_content(self.message.get("content")), so_far)
        if so_far:
            if said.lstrip().startswith(MAYBE_CALL if self._tools else "<|"):
                return ""
            said = said[:-TAIL] + MAYBE_THOUGHT.sub("", said[-TAIL:])
            said = said[:-1] if "\ud800" <= said[-1:] <= "\udbff" else said
        elif not self.message.get("tool_calls") and written_calls(said, self._tools):
            return ""
        return str(clean(said or _content(self.message.get("refusal"))))

    def tool_calls(self) -> list[JsonObject]:
        """The tools to use: `{"id", "type", "function": {"name", "arguments"}}`, ids unique."""
        found = self.message.get("tool_calls") or self.message.get("function_call") or []
        entries = filter(None, [found] if isinstance(found, dict) else found)
        calls = [_parts(entry) for entry in entries]
        if not calls:
            said = _without_thoughts(_content(self.message.get("content")))
            calls = [(None, *call) for call in written_calls(said, self._tools)]
        used: set[str] = set()
        tool_calls = []
        for given, name, arguments in calls:
            name = clean(offered_name(name, self._tools) or name)
            function = {"name": name, "arguments": _as_text(arguments)}
            call = {"id": _new_id(given, used), "type": "function", "function": function}
            tool_calls.append(call)
        return tool_calls

    def is_thought(self) -> bool:
        """Whether there are thoughts in it."""
        content = self.message.get("content")
        said = _content(content)
        hidden = (isinstance(content, list) and not said) or said != _without_thoughts(said)
        return hidden or any(self.message.get(key) for key in THOUGHT_KEYS)

    def tokens(self, *names: str) -> int | None:
        """A count of tokens under the first of its names, if the endpoint gives one."""
        counts = [self.usage.get(name) for name in names]
        return next((n for n in counts if type(n) is int and 0 <= n < MOST_TOKENS), None)


def sent_back(call: ModelCall) -> JsonObject:
    """The assistant message for the next request of the same exchange: as it was received.

    But every call has an id, as its result needs one, and arguments that are JSON, as some servers
    refuse others; a call that was written as text stands beside the text.
    """
    message = call.response or {}
    received = message.get("tool_calls")
    entries = list(filter(None, received)) if isinstance(received, list) else []
    entries = entries or [{} for _ in call.tool_calls]
    calls = []
    for entry, used in zip(entries, call.tool_calls, strict=True):
        inner = entry.get("function")
        function = {**used["function"], **(inner if isinstance(inner, dict) else {})}
        function["arguments"] = function["arguments"] if _is_object(function["arguments"]) else "{}"
        calls.append({**entry, "id": used["id"], "type": "function", "function": function})
    rest = {key: message[key] for key in message if key not in ("tool_calls", "function_call")}
    return {**rest, "tool_calls": calls} if calls else rest


def error_words(body: JsonObject) -> str:
    """The words of the endpoint's error, if the body is one."""
    status = body.get("base_resp")
    if isinstance(status, dict) and status.get("status_code"):
        return words_of(status)
    keys = ("error",) if body.get("choices") or body.get("code") == 0 else ERROR_KEYS
    return next((words_of(body[key]) for key in keys if _is_error(body.get(key))), "")


def _is_error(said: Any) -> bool:
    """Whether something is an error; it may be empty, a success, or a message of the model."""
    if isinstance(said, dict):
        return any(said.values()) and said.get("code") != 0 and "role" not in said
    return bool(said) and said is not True


def words_of(said: Any) -> str:
    """The sentence in an error, however it is wrapped."""
    if isinstance(said, str):
        return without_markup(said)
    if isinstance(said, list):
        return "; ".join(map(words_of, said))
    if isinstance(said, dict):
        words = [words_of(said[key]) for key in ERROR_KEYS if _is_error(said.get(key))][:1]
        if words and isinstance(place := said.get("loc"), list):
            words.insert(0, ".".join(map(str, place)))
        if isinstance(metadata := said.get("metadata"), dict) and metadata.get("raw"):
            words.append(words_of(metadata["raw"]))
        if words:
            return ": ".join(words)
    return shortened(said, 500)


def without_markup(text: str) -> str:
    """The title of a page of HTML, or else its words; another text as it is."""
    if not text.lstrip().lower().startswith(("<!doctype", "<html")):
        return text
    title = re.search(r"<title[^<>]*>([^<]+)", text, re.IGNORECASE)
    return title[1].strip() if title else re.sub(r"<[^<>]*>", " ", text).strip()


def shortened(value: Any, most: int = 80) -> str:
    """A value as JSON, cut to a length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else f"{text[:most]}..."


def clean(value: Any) -> Any:
    """`value` without what no store can hold: NUL, halves of surrogate pairs, infinite numbers."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ------------------------------------------------------------------------- parts of an answer


def _as_object(value: Any, name: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise Unusable(f"it has no {name} but {shortened(value)}")


def _content(content: Any) -> str:
    """The text of a content, which may be a list of parts."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = [content] if isinstance(content, dict) else content
    if not isinstance(parts, list):
        raise Unusable(f"its content is {shortened(content)}")
    return "".join(map(_part_text, parts))


def _part_text(part: Any) -> str:
    if isinstance(part, str):
        return part
    if part.get("type") in ("text", "output_text", "refusal", None):
        text = part.get("text") or part.get("refusal") or ""
        return str(text["value"] if isinstance(text, dict) else text)
    return ""


def _without_thoughts(said: str, so_far: bool = False) -> str:
    """A text without thoughts; one that is cut off began with them, unless more may come."""

    def kept(found: re.Match[str]) -> str:
        is_mentioned = found["cut"] is not None and said[: found.start()].strip() and not so_far
        return found[0] if found["fence"] or is_mentioned else ""

    lower = said.lower()
    if not any(mark in lower for mark in MARKS):  # as most texts, and a pattern is slow
        return said
    spoken = THOUGHT.sub(kept, said)
    spoken = spoken if spoken == said else spoken.lstrip("\n")
    ends = [found.end() for found in THOUGHT_BEFORE.finditer(spoken) if found["end"]]
    return spoken[ends[-1] :] if ends else spoken


def _merge(old: JsonObject, new: JsonObject) -> None:
    """Continue a part of a message with the next piece of it."""
    for key, value in new.items():
        had = old.get(key)
        if had is None or value is None:
            old[key] = value if had is None else had
        elif key in IDENTITY:
            old[key] = had or value
        elif type(had) is type(value) and isinstance(value, str | list):
            old[key] = had + value
        elif isinstance(had, dict) and isinstance(value, dict):
            _merge(had, value)
        elif key == "content":
            old[key] = [*_as_parts(had), *_as_parts(value)]
        else:
            old[key] = value


def _as_parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


# ------------------------------------------------------------------------------ tool calls


def _parts(entry: Any) -> tuple[Any, str, Any]:
    """Id, name and arguments of a tool call, wherever they stand in it."""
    entry = _as_object(entry, "tool call")
    function = entry.get("function")
    inner = function if isinstance(function, dict) else entry
    name = function if isinstance(function, str) else inner.get("name")
    if not isinstance(name, str):
        raise Unusable(f"it has a tool call without a name: {shortened(entry)}")
    return entry.get("id"), name, inner.get("arguments", inner.get("parameters"))


def _add_call(calls: list[JsonObject], entry: JsonObject, tools: Collection[str]) -> None:
    """Continue one of the calls of a stream, or begin the next."""
    call = _continued(calls, entry)
    piece = entry.get("function") or {}
    if call is None or _begins(entry, call, tools):
        known = call["function"].get("name") if call and not piece.get("name") else None
        calls.append({**entry, "function": {**({"name": known} if known else {}), **piece}})
        return
    function = call["function"]
    name, arguments = function.get("name"), function.get("arguments")
    _merge(call, {key: entry[key] for key in entry if key != "function"})
    if arguments in NO_ARGUMENTS and piece.get("arguments"):
        function["arguments"] = piece["arguments"]
    elif isinstance(piece.get("arguments"), str) and not _is_object(arguments):
        function["arguments"] += piece["arguments"]
    if (more := piece.get("name")) and name not in tools and more != name:
        function["name"] = more if not name or more.startswith(name) else name + more
    _merge(function, {key: piece[key] for key in piece if key not in ("name", "arguments")})


def _continued(calls: list[JsonObject], entry: JsonObject) -> JsonObject | None:
    """The call that an entry of a stream may go on with: by index, else by id, else the last."""
    for key in ("index", "id"):
        if entry.get(key) is not None:
            same = [call for call in calls if call.get(key) == entry[key]]
            if same or key == "index" or (entry.get("function") or {}).get("name"):
                return same[-1] if same else None
    return calls[-1] if calls else None


def _begins(entry: JsonObject, call: JsonObject, tools: Collection[str]) -> bool:
    """Whether an entry is the next call, though it stands under the index of the one before."""
    piece, had = entry.get("function") or {}, call["function"]
    name, arguments = piece.get("name"), piece.get("arguments")
    other_name = bool(name and had.get("name") and name != had["name"])
    other_id = bool(entry.get("id") and call.get("id") and entry["id"] != call["id"])
    if had.get("arguments") in NO_ARGUMENTS:
        return other_name and (other_id or had["name"] in tools)
    if not _is_object(had["arguments"]):
        return False
    more = arguments.strip() if isinstance(arguments, str) else arguments
    return other_name or bool(name and other_id) or bool(more and more != had["arguments"])


def _is_object(arguments: Any) -> bool:
    """Whether arguments are a JSON object, as an object or as text."""
    try:
        return isinstance(json.loads(arguments) if isinstance(arguments, str) else arguments, dict)
    except (ValueError, RecursionError):
        return False


def _as_text(arguments: Any) -> str:
    if arguments is None:
        return "{}"
    said = clean(arguments)
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _new_id(given: Any, used: set[str]) -> str:
    """The id of a call, or one that is made up where it is missing or taken."""
    wanted = str(clean(str(given))) if given else ""
    number = len(used) + 1
    while not wanted or wanted in used:
        wanted, number = f"call{number:05}", number + 1  # Mistral wants nine letters or digits
    used.add(wanted)
    return wanted
