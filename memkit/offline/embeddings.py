"""The embeddings endpoint of the offline model: from texts to vectors, with no key and no network.

An embedding is a list of numbers, and texts that mean something similar point the same way. These
come from `wordllama` (MIT), which carries a small model inside its package: one vector of 256
numbers for each of 32,000 pieces of words, cut out of a large language model. The embedding of a
text is the average of its pieces, so it knows that "pet" is close to "dog", but not that "dog bites
man" differs from "man bites dog". Words that stand in every sentence would pull all averages
together; they are left out. So are Chinese and Japanese, of which it knows too little.
"""

from __future__ import annotations

import logging
import re
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memkit.errors import INSTALL, InvalidInput, ModelError
from memkit.records import JsonObject
from memkit.words import CJK, content_words, words

if TYPE_CHECKING:
    from memkit.store.index import Vectors

# At this cosine a memory counts as similar in meaning: the lowest at which nothing is found for the
# questions of tests/data/search.jsonl that no memory answers.
SIMILAR_FROM = 0.17
NO_WORDLLAMA = (
    "searching by meaning needs wordllama, which is not installed and has no wheel for Python 3.14 "
    "or Linux on ARM; search by keyword, or elsewhere: " + INSTALL.format("semantic")
)
SIZE = 256
_loading = threading.Lock()


def embeddings(request: JsonObject) -> JsonObject:
    """The response to the body of an OpenAI `/embeddings` request, as a server would send it.

    `input` is a text or a list of texts; anything else is `InvalidInput`. A word is one token.
    """
    texts = [request["input"]] if isinstance(request.get("input"), str) else request.get("input")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidInput(f"`input` is a text or a list of texts, found {texts!r:.80}")
    tokens = sum(len(words(text)) for text in texts)
    return {
        "object": "list",
        "model": request.get("model"),
        "data": [
            {"object": "embedding", "index": index, "embedding": list(map(float, vector))}
            for index, vector in enumerate(embed(texts))
        ],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def embed(texts: list[str]) -> Vectors:
    """One row of 256 numbers for each text; all zeros for one that has no word with a meaning.

    The vector of a text is the average of its words, that of a word the average of its pieces: so
    a rare word, which has more pieces, does not count more than a common one. The first call loads
    the model, which takes half a second; call it from a thread.
    """
    import numpy as np

    words_of = [_meaningful(text) for text in texts]
    row = {word: i for i, word in enumerate(dict.fromkeys(w for found in words_of for w in found))}
    vectors = np.zeros((len(texts), SIZE), dtype=np.float32)
    if row:
        known = np.asarray(_model().embed(list(row)), dtype=np.float32)
        for i, found in enumerate(words_of):
            if found:
                vectors[i] = known[[row[word] for word in found]].mean(axis=0)
    return vectors


def _meaningful(text: str) -> list[str]:
    """The words that a text is about, as far as the model knows their script."""
    return [word for word in content_words(text) if not re.match(f"[{CJK}]", word)]


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
        raise ModelError(NO_WORDLLAMA) from error
    finally:  # importing it turns on everybody's log messages; turn them off again
        root.setLevel(level)
        root.handlers[:] = handlers
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
