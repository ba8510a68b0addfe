"""Load models once per process, from safetensors only, without code from the hub and without libraries' warnings."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from jsdf.engines.local.caching import ForkSafeCache
from jsdf.engines.local.huggingface.model_location import first_line
from jsdf.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
#: Models kept per process: one for texts and one for images.
_MAX_MODELS = 2
_LIBRARIES = r"(transformers|torch|tokenizers|safetensors|huggingface_hub|sentencepiece|google)(\.|$)"


_cache: ForkSafeCache[Any] = ForkSafeCache(_MAX_MODELS)


def load(identity: str, name: str, make: Callable[[], T]) -> T:
    """Return the process-wide model of an identity; `make` loads it at the first call.

    Raises:
        ModelError: The model called `name` cannot be loaded.
    """
    model: T = _cache.get_or_create(lambda: _load_silently(name, make), identity)
    return model


def is_loaded(identity: str) -> bool:
    """True if this process has loaded the model of an identity."""
    return identity in _cache


def _load_silently(name: str, make: Callable[[], T]) -> T:
    with _silence_libraries():
        return _load_or_raise(name, make)


def network(model_class: Any, folder: Path) -> Any:
    """Load a network in evaluation mode and float32, on the first CUDA device if there is one, else on the CPU.

    Args:
        model_class: The class of transformers that loads it.
        folder: The folder of its files.
    """
    import torch

    model = model_class.from_pretrained(folder, trust_remote_code=False, use_safetensors=True, local_files_only=True)
    # Weights may be stored in half precision, which is slow and inexact on a CPU.
    return model.float().eval().to("cuda" if torch.cuda.is_available() else "cpu")


def tokenizer(folder: Path) -> Any:
    """Load a tokenizer of transformers, the fast one if there are two."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)


def _load_or_raise(name: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (ModelError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - libraries raise any type for a damaged file
        raise ModelError(f"{name!r} cannot be loaded by transformers: {first_line(error)}") from None


@contextmanager
def _silence_libraries() -> Iterator[None]:
    """Suppress progress bars, log messages and warnings of the libraries inside the `with` block.

    Log level and warning filters are process-wide settings: they are restored at the end.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=_LIBRARIES)
        from transformers.utils import logging

        level, had_progress_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity(logging.CRITICAL)
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(level)
            if had_progress_bar:
                logging.enable_progress_bar()
