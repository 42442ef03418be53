"""The embeddings endpoint of the offline model: from texts to vectors, with no key and no network.

An embedding is a list of numbers, and texts that mean something similar point the same way. These
come from `wordllama` (MIT), which carries a small model inside its package: one vector of 256
numbers for each of 32,000 pieces of words, cut out of a large language model. The embedding of a
text is the average of its pieces, so it knows that "pet" is close to "dog", but not that "dog bites
man" differs from "man bites dog". Words that stand in every sentence would pull all averages
together; they are left out. So are Chinese and Japanese, of which it knows too little.
"""

from __future__ import annotations

import base64
import logging
import re
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from memkit.errors import InvalidInput, ModelError
from memkit.records import JsonObject

Vectors = npt.NDArray[np.float32]

# At this cosine a memory counts as similar in meaning. Measured on tests/data/search.jsonl.
SIMILAR_FROM = 0.25

# Words that stand in nearly every memory or question and say nothing of what it is about.
_STOP_WORDS = """\
a about all also am an and any anything are aren as at be because been but by can could couldn d did
didn do does doesn doing don done everything for from had has hasn have haven having he her hers him
his how i if in into is isn it its just know knows let ll m may maybe me might mine must my no not
of on or our ours please re remember s shall she should shouldn so some something t tell than that
the their them then there these they thing things think this those to too us user users ve very was
wasn we were weren what when where which who whom whose why will with won would wouldn you your
yours"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
_CJK = r"\u3040-\u30ff\u3400-\u9fff"  # kana and Chinese characters
_WORD = re.compile(rf"(?P<cjk>[{_CJK}]+)|[^\W_{_CJK}]+")
_loading = threading.Lock()


def embeddings(request: JsonObject) -> JsonObject:
    """The response to the body of an OpenAI `/embeddings` request, as a server would send it.

    `input` is a text or a list of texts; with `encoding_format="base64"`, which the `openai` client
    asks for, each vector is its little-endian float32 bytes. Every word counts as one token.
    Anything else is `InvalidInput`.
    """
    texts = [request["input"]] if isinstance(request.get("input"), str) else request.get("input")
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise InvalidInput(f"`input` is a text or a list of texts, found {texts!r:.80}")
    encode = _as_base64 if request.get("encoding_format") == "base64" else _as_numbers
    tokens = sum(len(words(each)) for each in texts)
    return {
        "object": "list",
        "model": request.get("model"),
        "data": [
            {"object": "embedding", "index": index, "embedding": encode(vector)}
            for index, vector in enumerate(embed(texts))
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def embed(texts: list[str]) -> Vectors:
    """One row of 256 numbers for each text; all zeros for one that has no word with a meaning.

    The first call loads the model, which takes half a second; call it from a thread.
    """
    return np.asarray(_model().embed([_meaning(each) for each in texts]), dtype=np.float32)


def words(text: str) -> list[str]:
    """The words of a text, in small letters and without accents: `["cafe", "muller"]`.

    Chinese and Japanese leave no space between words; each two characters in a row stand for one.
    """
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text)
        text = "".join(each for each in letters if not unicodedata.category(each).startswith("M"))
    found = _WORD.finditer(text.casefold())
    return [word for each in found for word in (_pairs(each[0]) if each["cjk"] else [each[0]])]


def content_words(text: str) -> list[str]:
    """The words that say what a text is about: `["dog"]` for "What do you know about my dog?"."""
    return [each for each in words(text) if each not in STOP_WORDS]


def _pairs(text: str) -> list[str]:
    """`["喜欢", "欢动", "动漫"]` for "喜欢动漫"; a single character is itself."""
    return [text[i : i + 2] for i in range(max(1, len(text) - 1))]


def _meaning(text: str) -> str:
    """What the model is given of a text: the words it is about, as far as it knows their script."""
    return " ".join(each for each in content_words(text) if not re.match(f"[{_CJK}]", each))


def _model() -> Any:
    with _loading:  # two threads may ask for it at the same time
        return _load()


@cache
def _load() -> Any:
    """The model out of wordllama's own folder; it is told not to look anywhere else."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        import wordllama
    except ImportError as error:
        raise ModelError("offline embeddings need `wordllama`: pip install wordllama") from error
    finally:  # importing it turns on everybody's log messages; turn them off again
        root.setLevel(level)
        root.handlers[:] = handlers
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _as_base64(vector: Vectors) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode("ascii")


def _as_numbers(vector: Vectors) -> list[float]:
    return [float(each) for each in vector]
