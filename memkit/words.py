"""The words of a text: how they are found, which of them say nothing, and their stems."""

import re
import threading
import unicodedata
from functools import cache, lru_cache
from typing import Any

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


CJK = r"\u3040-\u30ff\u3400-\u9fff"  # kana and Chinese characters


_WORD = re.compile(rf"(?P<cjk>[{CJK}]+)|[^\W_{CJK}]+")


def words(text: str) -> list[str]:
    """The words of a text, in small letters and without accents: `["cafe", "muller"]`.

    Chinese and Japanese leave no space between words; each two characters in a row stand for one.
    """
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in letters if not unicodedata.category(char).startswith("M"))
    found: list[str] = []
    for match in _WORD.finditer(text.casefold()):
        found += _pairs(match[0]) if match["cjk"] else [match[0]]
    return found


def content_words(text: str) -> list[str]:
    """The words that say what a text is about: `["dog"]` for "What do you know about my dog?"."""
    return [word for word in words(text) if word not in STOP_WORDS]


def _pairs(text: str) -> list[str]:
    """`["喜欢", "欢动", "动漫"]` for "喜欢动漫"; a single character is itself."""
    return [text[i : i + 2] for i in range(max(1, len(text) - 1))]


LONGEST = 100  # characters of a word that count; an index holds only so many

_stemming = threading.Lock()


def stems(text: str) -> list[str]:
    """The content words of a text without their endings: "dogs" and "dog" become the same."""
    return [stem(word) for word in content_words(text)]


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """One word without its ending, by the English Snowball stemmer: `hike` for "hiking"."""
    with _stemming:  # the stemmer keeps a state while it works
        return str(_stemmer().stemWord(word[:LONGEST]))


@cache
def _stemmer() -> Any:
    from snowballstemmer.english_stemmer import EnglishStemmer

    return EnglishStemmer()
