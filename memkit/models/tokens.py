"""How long a text is for a model."""

import re

from memkit.words import CJK

TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[^\w\s]")


def count_tokens(text: str) -> int:
    """The tokens of the offline model: every word, number, mark and Chinese character is one.

    Other models cut words into pieces: in English theirs are about a fifth more.
    """
    return len(TOKEN.findall(text))
