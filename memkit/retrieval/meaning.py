"""Memories that mean something similar: embeddings, made when they are first needed, then kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from memkit.errors import ModelError
from memkit.models.openai import OpenAIChat
from memkit.records import ModelCall
from memkit.retrieval.ranking import Scores, cosines, unit
from memkit.store import index
from memkit.store.index import Scope, Vectors
from memkit.store.queries import Rows
from memkit.store.runs import RunLog

BATCH = 256  # texts in one request

OnCall = Callable[[ModelCall], Awaitable[object]]
Texts = Mapping[int, str]  # memory_id -> text


def similar_memories(
    rows: Rows, model: OpenAIChat, asked: Vectors, scope: Scope, always: Collection[int] = ()
) -> Scores:
    """The cosines of the memories that are similar; see `cosines`."""
    numbers, vectors = index.vectors(rows, model.embedding_id, len(asked), scope)
    return cosines(asked, numbers, vectors, model.similar_from, always)


@dataclass(frozen=True)
class Searcher:
    """Who searches: through whose memories, with which model, and who stores the calls."""

    runs: RunLog
    model: OpenAIChat
    on_call: OnCall

    @asynccontextmanager
    async def keep(self, call: ModelCall) -> AsyncIterator[None]:
        """Hand on a call that is sent in the block, however it ends."""
        try:
            yield
        except ModelError as error:
            call.error = str(error)
            raise
        finally:
            await self.on_call(call)


async def embed(searcher: Searcher, query: str, missing: Texts) -> Vectors:
    """The query's vector, made in one request with the first of the memories that have none yet.

    A request takes up to BATCH texts. What it gives is kept before the next one is sent.
    """
    runs, model = searcher.runs, searcher.model
    name, waiting = model.embedding_id, [(0, query), *missing.items()]
    asked: Vectors | None = None
    for start in range(0, len(waiting), BATCH):
        batch = dict(waiting[start : start + BATCH])
        call = ModelCall("search", {"model": name, "input": list(batch.values())}, runs.now())
        async with searcher.keep(call):
            vectors = unit(_as_vectors(await model.embed(call), len(batch)))
        if asked is None:
            asked, vectors = vectors[0], vectors[1:]
            del batch[0]
        if vectors.shape[1] != len(asked):
            raise ModelError(index.OTHER_LENGTHS.format(name))
        await runs.write(index.keep_vectors, name, batch, vectors)
    assert asked is not None
    return asked


def _as_vectors(embedded: list[list[float]], wanted: int) -> Vectors:
    import numpy as np

    if len(embedded) != wanted:
        raise ModelError(f"the model gave {len(embedded)} embeddings for {wanted} texts")
    try:
        vectors = np.array(embedded, dtype=np.float32).reshape(wanted, -1)
    except (TypeError, ValueError) as error:
        raise ModelError(f"the embeddings of the model are not vectors ({error})") from error
    if not np.isfinite(vectors).all():
        raise ModelError("the model gave embeddings with numbers that are not finite")
    return vectors
