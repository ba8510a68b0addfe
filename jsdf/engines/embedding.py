"""Embeddings as a capability of engines: sessions that return vectors of samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.column.kinds import Kind


@dataclass(frozen=True, eq=False)
class Embeddings:
    """Vectors of samples.

    Args:
        vectors: float32 of shape (samples, width), in order; nan for each sample in `failures`.
        failures: Position of a sample -> reason it has no vector.
    """

    vectors: npt.NDArray[np.float32]
    failures: Mapping[int, str] = field(default_factory=dict)


@runtime_checkable
class EmbeddingSession(Protocol):
    """Session of an engine that can embed samples as well as classify them."""

    async def embed(self, kind: Kind, values: Sequence[Any]) -> Embeddings:
        """Embed at most `Engine.batch_size` samples.

        Args:
            kind: Kind of the samples.
            values: Texts or images, in the forms that `classify` takes.

        Raises:
            InvalidInputError: The engine has no embeddings of samples of this kind.
        """
        ...
