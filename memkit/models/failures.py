"""Why a model gave no answer, for a person: what failed, in the endpoint's words, and what helps.

A key or a password is never part of it.
"""

import os
import re
import ssl
from pathlib import Path
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
import openai

from memkit.models.keys import host_of
from memkit.models.patience import retry_after
from memkit.models.shapes import Refused, words_of
from memkit.models.wire import from_json

LONGEST = 500  # characters of an endpoint's words

UNTRUSTED = (aiohttp.ClientConnectorCertificateError, ssl.SSLCertVerificationError)
CUT_OFF = (
    aiohttp.ClientPayloadError,
    aiohttp.ServerDisconnectedError,
    httpx2.RemoteProtocolError,
    httpx2.ReadError,
    ConnectionResetError,
)
NOT_CONNECTED = (openai.APIConnectionError, httpx2.HTTPError, httpx2.InvalidURL)

# What stands in an endpoint's words, and the setting that helps.
HINTS = (
    (
        r"context (size|length|window)|too many tokens|prompt is too long|length of the messages"
        r"|input token count|inputs.{1,9}tokens",
        "show the model less (num_history_runs=, Recall(limit=...)), or give it a larger context",
    ),
    (
        r"tools?\b.*\bnot support|not support.*\btools?\b|tool choice requires|--jinja",
        "for an endpoint without tools: MemoryManager(extraction='json_schema')",
    ),
    (
        r"max_(completion_)?tokens|temperature|unsupported parameter|extra inputs",
        "what is sent along is OpenAIChat(request_params={...})",
    ),
)


def explain(error: Exception, where: str, model: str | None, timeout: float) -> str:
    """One sentence about a failed call of `model` at the address `where`."""
    causes: list[BaseException] = [error]  # a refused connection passes for a timeout on its way up
    while cause := causes[-1].__cause__:
        causes.append(cause)

    def is_behind(kinds: tuple[type[Exception], ...]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    why = f"{type(causes[-1]).__name__}: {causes[-1]}"
    if isinstance(error, openai.APIStatusError):
        return _refusal(error, where, model)
    if isinstance(error, Refused):
        return f"{where} answered with an error: {_with_hint(str(error))}"
    if is_behind(UNTRUSTED):
        helps = "SSL_CERT_FILE can name a file with the certificates of your network"
        return f"the certificate of {where} is not trusted here ({causes[-1]}); {helps}"
    if isinstance(error, OSError) and (certificates := os.environ.get("SSL_CERT_FILE")):
        state = "is not a file of certificates" if Path(certificates).exists() else "does not exist"
        return f"SSL_CERT_FILE names {certificates}, which {state}; correct it, or unset it"
    if is_behind((httpx2.DecodingError,)) or not isinstance(error, NOT_CONNECTED):
        return f"{where} gave an answer that cannot be used: {error}"
    if isinstance(causes[-1], TimeoutError | httpx2.TimeoutException):
        helps = "try again, or raise OpenAIChat(timeout=...)"
        return f"{where} did not respond within {timeout:g} s; {helps}"
    if is_behind(CUT_OFF):
        return f"{where} closed the connection before its answer was complete ({why}); try again"
    return f"no connection to {where} ({why}): is the server running, the URL right?{_proxy(where)}"


def _refusal(error: openai.APIStatusError, where: str, model: str | None) -> str:
    said = " ".join(words_of(from_json(error.response.text)).split())[:LONGEST]
    words = _with_hint(said or error.response.reason_phrase)
    match error.status_code:
        case 401:
            how = f"{where} refused the API key; check OPENAI_API_KEY or api_key"
        case 404:
            how = f"{where} does not know this path or the model {model!r}"
        case 429:
            seconds = retry_after(error.response.headers)
            wait = "wait" if seconds is None else f"it asks to wait {seconds:.0f} s"
            wait = ", ".join([wait, *getattr(error, "__notes__", ())])  # of `OpenAIChat`
            how = f"rate limit reached at {where}; {wait}, or check your quota"
        case status if status >= 500:
            how = f"{where} failed; try again later ({status})"
        case status:
            how = f"{where} did not accept the request ({status})"
    return f"{how}: {words}"


def _with_hint(words: str) -> str:
    hints = [hint for pattern, hint in HINTS if re.search(pattern, words, re.IGNORECASE)]
    return f"{words} ({hints[0]})" if hints else words


def _proxy(where: str) -> str:
    """The variable that sends requests over a proxy, if there is one for this address."""
    for scheme in (where.partition(":")[0], "all"):
        if (proxy := getproxies().get(scheme)) and not proxy_bypass(host_of(where)):
            return f" The requests go through the proxy of {scheme.upper()}_PROXY, {proxy}."
    return ""
