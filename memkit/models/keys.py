"""API keys: from an argument, the environment or a person who is asked, and never shown."""

import getpass
import os
import re
import sys
from collections.abc import Iterable
from functools import cache

import httpx2

from memkit.errors import ModelError

NO_KEY = "no-key"  # the client insists on one; a local server ignores it


def find_key(base_url: str, given: str | None) -> str:
    """Find the key for an endpoint; `ModelError` if there has to be one, or if it cannot be one."""
    asks = base_url.startswith("https://") and _can_ask()
    key = given or os.environ.get("OPENAI_API_KEY") or (_asked(host_of(base_url)) if asks else "")
    key = key.strip()  # of the newline that a copied key brings along
    if any(not "!" <= letter <= "~" for letter in key):
        raise ModelError("the API key holds a character that no key has; copy it again")
    if not key and is_openai(base_url):
        how = "set OPENAI_API_KEY, pass api_key=..., or the base_url of a server of your own"
        raise ModelError(f"OpenAIChat has no API key: {how}; OfflineChat() needs none")
    return key or NO_KEY


def is_openai(base_url: str) -> bool:
    """Whether an address is OpenAI's own."""
    return f".{host_of(base_url)}".endswith(".api.openai.com")


def host_of(base_url: str) -> str:
    """The host of an address; empty if the address is malformed."""
    try:
        return httpx2.URL(base_url).host
    except httpx2.InvalidURL:
        return ""


def redact(text: str, secrets: Iterable[str]) -> str:
    """A text without the password of a URL, and without the secrets where they stand as such.

    A key that is also a word, such as `ollama`, is one only after a word like "key" or "Bearer".
    """
    text = re.sub(r"//[^/\s\"'@]*@", "//", text)
    for secret in filter(None, secrets):
        is_word = len(secret) < 12 and (secret.isalpha() or len(secret) < 6 or "-" in secret)
        before = r"(?<![\w-])"
        if is_word:
            before = r"(?i:(?<=key: )|(?<=key=)|(?<=key\":\")|(?<=provided: )|(?<=bearer ))"
        text = re.sub(before + re.escape(secret) + r"(?![\w-])", "***", text)
    return text


@cache
def _asked(host: str) -> str:
    try:
        return getpass.getpass(f"API key for {host} (it is not shown; Enter for none): ")
    except Exception:  # a notebook that runs without a person refuses to ask
        return ""


def _can_ask() -> bool:
    """Whether a person sits at a terminal or at a notebook."""
    ipython = sys.modules.get("IPython")
    if ipython and getattr(ipython.get_ipython(), "kernel", None):
        return True
    return bool(sys.stdin and sys.stdin.isatty())
