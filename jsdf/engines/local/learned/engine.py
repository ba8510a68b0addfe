"""`LearnedLocal`: the local engine with a head that was fitted on labelled samples."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.base import Engine, Question, Reply
from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.formatting.text import quote

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Sequence

    import numpy.typing as npt

    from jsdf.column.kinds import Kind
    from jsdf.engines.embedding import Embeddings
    from jsdf.engines.local.learned.base_engine import BaseEngine
    from jsdf.engines.local.learned.head import Head
    from jsdf.engines.local.session import ImageLimit, LocalSession
    from jsdf.labels import LabelSet


class LearnedLocal(Engine):
    """Local engine that was taught labels by labelled values; `jsdf.Local.fit` and `jsdf.Local.load` return it.

    It answers with the labels that it was taught, or some of them, given by name or as they were described; and it is
    for values of the kind that it was taught with, with one label each or any number. A pickle holds the head and the
    arguments of the local engine, not the models.
    """

    name = "local"
    has_scores = True
    follows_tasks = False

    def __init__(self, base: BaseEngine, head: Head, labels: LabelSet, kind: Kind) -> None:
        self.base, self.head, self.labels, self.kind = base, head, labels, kind
        self.kinds = frozenset({kind})
        self.batch_size, self.first_batch_size = base.batch_size, base.first_batch_size
        self.concurrency = base.concurrency

    def __repr__(self) -> str:
        names = ", ".join(map(repr, self.labels.names[:5]))
        more = f" and {len(self.labels) - 5:,} more" if len(self.labels) > 5 else ""
        several = ", any number a row" if self.head.multiple else ""
        return f"<LearnedLocal for {self.kind}s: {names}{more}{several}>"

    def __eq__(self, other: object) -> bool:
        """Compare what was learned, and the local engines."""
        if type(other) is not type(self):
            return NotImplemented
        return self.identity == other.identity and self.base == other.base

    def __hash__(self) -> int:
        return hash(self.identity)

    @cached_property
    def identity(self) -> str:
        """Digest of the head and of its labels, and the identity of the model that it corrects."""
        digest = hashlib.sha256(repr((self.head.slope, self.head.multiple, self.head.has_vectors)).encode())
        for array in (self.head.bias, self.head.weights):
            digest.update(repr(array.shape).encode())
            digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        for cls in self.labels.classes:
            digest.update(hashlib.sha256(cls.name.encode("utf-8", "surrogatepass")).digest() + cls.digest)
        return f"local:learned-{digest.hexdigest()[:32]}:{self.base.model_identity(self.kind)}"

    def startup_note(self, kind: Kind) -> str:
        """Return "loading the model" until this process has loaded the model."""
        return self.base.startup_note(kind)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was learned to one file, for `jsdf.Local.load` and the option `--engine` of the command line.

        The file is an npz archive of numbers and of a JSON header with the labels; it holds no code and none of the
        values that the engine was taught with. A file that exists is replaced once the new one is complete.

        Args:
            path: The file, such as `"topics.npz"`.

        Raises:
            InvalidInputError: The file cannot be written.
        """
        from jsdf.engines.local.learned.model_file import Contents, write

        model, arguments = self.base.model_identity(self.kind), self.base.model_arguments(self.kind)
        write(Path(path), Contents(self.head, self.labels, self.kind, model, arguments))

    @classmethod
    def from_file(cls, path: Path, make_base: Callable[..., BaseEngine]) -> LearnedLocal:
        """Return the engine that `save` wrote.

        Args:
            path: The file.
            make_base: Makes the local engine from the arguments in the file.

        Raises:
            InvalidInputError: The file is missing, damaged or foreign, or was made with another version of the model.
            ModelError: It was made with a model of the user's own, which cannot be located.
        """
        from jsdf.engines.local.learned.model_file import damaged_error, read

        contents = read(path)
        try:
            engine = cls(make_base(**contents.arguments), contents.head, contents.labels, contents.kind)
        except (InvalidInputError, TypeError):
            raise damaged_error(path) from None
        if engine.base.model_identity(engine.kind) != contents.model:
            raise InvalidInputError(
                f"{path} was made with another version of the model, whose numbers it needs; teach the engine again"
            )
        return engine

    @asynccontextmanager
    async def session(self, **settings: Any) -> AsyncIterator[LearnedSession]:
        """Hold the threads, models and downloads of one job; `settings` are those of `Local.session`."""
        async with self.base.session(**settings) as session:
            yield LearnedSession(session, self)


class LearnedSession:
    """Session of the local engine whose scores are corrected by a head.

    Args:
        session: The session of the local engine.
        engine: The engine.
    """

    def __init__(self, session: LocalSession, engine: LearnedLocal) -> None:
        self._session, self._engine = session, engine

    async def embed(self, kind: Kind, values: Sequence[Any]) -> Embeddings:
        """Embed samples; see `LocalSession.embed`."""
        return await self._session.embed(kind, values)

    async def classify(
        self, question: Question, values: Sequence[Any], *, image_limit: ImageLimit | None = None
    ) -> Reply:
        """Answer one request; see `LocalSession.classify`.

        Raises:
            InvalidLabelsError: A label was not taught, or is described otherwise; any number of labels is asked of an
                engine that was taught one a row, or the reverse; or the values are of the other kind.
        """
        positions = self._positions(question)
        engine = self._engine
        taught = Question(engine.labels, engine.kind, engine.head.multiple)
        reply = await self._session.classify(taught, values, image_limit=image_limit)
        if reply.scores is None:  # no image of the request could be read
            return reply
        scores = engine.head.scores(reply.vectors, reply.scores)[:, positions]
        if not engine.head.multiple:
            scores /= scores.sum(axis=1, keepdims=True)
        predictions = _predict(question, scores, engine.head.multiple)
        for position in (*reply.failures, *reply.unknown):
            predictions[position] = None
        return replace(reply, predictions=predictions, scores=scores)

    def _positions(self, question: Question) -> list[int]:
        """Return the position of each label of the question among those that were taught."""
        engine = self._engine
        if question.kind != engine.kind:
            raise InvalidLabelsError(
                f"labels: this engine was taught them with {engine.kind}s; it cannot label {question.kind}s"
            )
        if question.multiple != engine.head.multiple:
            given, taught = ("any number of labels", "one label") if question.multiple else ("one label", "any number")
            advice = "pass multiple_labels=True" if engine.head.multiple else "leave multiple_labels out"
            raise InvalidLabelsError(
                f"labels: this engine was taught with {taught} a row; {advice}, or teach it with {given} a row"
            )
        by_name = {name: position for position, name in enumerate(engine.labels.names)}
        for asked in question.labels.classes:
            position = by_name.get(asked.name)
            if position is None:
                known = ", ".join(map(quote, engine.labels.names))
                raise InvalidLabelsError(f"labels: {quote(asked.name)} is not one that this engine was taught: {known}")
            is_plain = [(m.type, m.value) for m in asked.members] == [("text", asked.name)]
            # The store finds answers by descriptions: two questions with the same ones must have the same answers.
            if not is_plain and asked.digest != engine.labels.classes[position].digest:
                raise InvalidLabelsError(
                    f"labels: {quote(asked.name)} is described otherwise than when this engine was taught; pass its "
                    "name alone, or teach the engine with the new description"
                )
        return [by_name[name] for name in question.labels.names]


def _predict(question: Question, scores: npt.NDArray[np.float32], multiple: bool) -> list[Any]:
    names = question.labels.names
    if multiple:
        return [[name for name, score in zip(names, row, strict=True) if score >= 0.5] for row in scores]
    return [names[position] for position in scores.argmax(axis=1)]
