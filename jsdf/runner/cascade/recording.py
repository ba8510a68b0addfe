"""Keep the embeddings that an engine computes while it labels."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import PreparingSession
from jsdf.engines.wrapping import WrappedEngine
from jsdf.runner.embedding.vector_array import new_vectors

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Engine, Question, Reply, Session


class RecordingEngine(WrappedEngine):
    """An engine whose replies' embeddings are kept, in an array with one row per value.

    Args:
        engine: The engine that answers.
        values: All values that it may be asked about.

    Attributes:
        vectors: float32 of shape (values, width), NaN where unknown, as `new_vectors` makes it; None without any.
    """

    def __init__(self, engine: Engine, values: Sequence[Any]) -> None:
        super().__init__(engine)
        self._positions = {id(value): i for i, value in enumerate(values)}
        self.vectors: npt.NDArray[np.float32] | None = None

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open the engine's session."""
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Session]:
        async with self._engine.session() as session:
            # One that prepares values is asked about others than those of the column.
            yield session if isinstance(session, PreparingSession) else _RecordingSession(session, self._record)

    def _record(self, values: Sequence[Any], vectors: npt.NDArray[np.float32]) -> None:
        if self.vectors is None:
            self.vectors = new_vectors(len(self._positions), vectors.shape[1])
        self.vectors[[self._positions[id(value)] for value in values]] = vectors


class _RecordingSession:
    def __init__(self, session: Session, record: Any) -> None:
        self._session, self._record = session, record

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request by the session, and keep the embeddings of its reply."""
        reply = await self._session.classify(question, values)
        if reply.vectors is not None:
            self._record(values, reply.vectors)
        return reply
