"""Record the answers of a real model once, with a key; replay them as often as you like, without.

A recording is a file of JSON lines, one for each answer: what was asked, what was answered. Keys,
headers and addresses are in neither. What counts as the same question is the messages and the tools
or the form of the answer, but not the settings: the name of the model, its temperature.
"""

import difflib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2

from memkit.errors import ModelError
from memkit.models.keys import redact
from memkit.models.openai import OnText, OpenAIChat, check_model
from memkit.records import JsonObject, ModelCall
from memkit.validation import check_path

ASKED = ("messages", "tools", "tool_choice", "response_format", "input")


class RecordingChat(OpenAIChat):
    """A model that writes down every answer it gets.

    Parameters
    ----------
    model : OpenAIChat
        The model that is asked.
    path : str or Path
        The file, to which answers are added; its folder is made if there is none.

    Raises
    ------
    InvalidInput
        For an argument of the wrong kind.
    """

    def __init__(self, model: OpenAIChat, path: str | Path) -> None:
        self.model: OpenAIChat = check_model("model", model)
        self.path = check_path("path", path)
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def __getattr__(self, name: str) -> Any:
        if name == "model":  # while it is copied or unpickled
            raise AttributeError(name)
        return getattr(self.model, name)

    async def send(self, call: ModelCall, on_text: OnText | None = None) -> ModelCall:
        """Ask the model, and write its answer down.

        Parameters
        ----------
        call, on_text
            As for the model's own `send`.

        Returns
        -------
        ModelCall
            The same call, filled in.
        """
        await self.model.send(call, on_text)
        choice = {"message": call.response, "finish_reason": call.finish_reason}
        self._write(call, {"choices": [choice], "usage": _usage(call)})
        return call

    async def embed(self, call: ModelCall) -> list[list[float]]:
        """Ask the model for vectors, and write them down.

        Parameters
        ----------
        call : ModelCall
            An embeddings request.

        Returns
        -------
        list of list of float
            A vector for each text, in order.
        """
        vectors = await self.model.embed(call)
        data = [{"index": index, "embedding": each} for index, each in enumerate(vectors)]
        self._write(call, {"data": data, "usage": _usage(call)})
        return vectors

    def _write(self, call: ModelCall, answer: JsonObject) -> None:
        request = {key: call.request[key] for key in ("model", *ASKED) if key in call.request}
        line = json.dumps({"request": request, "answer": answer}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{self._redact(line)}\n")


class ReplayChat(OpenAIChat):
    """A model that gives recorded answers, and needs no network.

    A request that was answered more than once is answered in the same order again, and then with
    the last answer.

    Parameters
    ----------
    path : str or Path
        What `RecordingChat` has written.

    Raises
    ------
    InvalidInput
        For a path of the wrong kind.
    ModelError
        If there is no recording at the path. A request that was not recorded is a `ModelError` too,
        which shows the nearest one and what differs.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = check_path("path", path)
        self._answers: dict[str, list[JsonObject]] = defaultdict(list)
        try:
            text = self.path.read_text("utf-8-sig")  # in which only a newline ends a line
            lines = [json.loads(line) for line in text.split("\n") if line.strip()]
            for line in lines:
                self._answers[_question(line["request"])].append(line["answer"])
            models = {"input" in line["request"]: str(line["request"]["model"]) for line in lines}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ModelError(f"{self.path} is not a recording ({error})") from error
        super().__init__(
            models.get(False, "recorded"),
            base_url="http://replay.invalid/v1",
            api_key="no-key",
            embedding_id=models.get(True, "recorded"),
            http_client=lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(self._respond)),
        )

    def _respond(self, http_request: httpx2.Request) -> httpx2.Response:
        request = json.loads(http_request.content)
        answers = self._answers.get(question := _question(request))
        if not answers:
            raise ModelError(self._nearest(question))
        return httpx2.Response(200, json=answers.pop(0) if len(answers) > 1 else answers[0])

    def _nearest(self, question: str) -> str:
        """What was recorded that is most like a question, and where they differ."""
        near = difflib.get_close_matches(question, self._answers, n=1, cutoff=0.0)
        if not near:
            return f"{self.path} holds no answers"
        lines = difflib.ndiff(near[0].splitlines(), question.splitlines())
        differ = [line for line in lines if line.startswith(("- ", "+ "))]
        how = f"the nearest one differs (- recorded, + asked): {'; '.join(differ[:6])}"
        return f"this request is not in {self.path.name}; {how}. Record it with RecordingChat"


def _question(request: JsonObject) -> str:
    """What counts as the question: a line for each part, and no more of a URL than is recorded."""
    asked = {key: request[key] for key in ASKED if request.get(key)}
    return redact(json.dumps(asked, indent=1, sort_keys=True, ensure_ascii=False), ())


def _usage(call: ModelCall) -> JsonObject:
    counted = {"prompt_tokens": call.prompt_tokens, "completion_tokens": call.completion_tokens}
    return {name: count for name, count in counted.items() if count is not None}
