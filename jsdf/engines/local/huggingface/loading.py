"""The process's models: loaded once, safetensors only, no code from the hub, no noise of other libraries."""

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
#: Models that a process keeps: one for texts and one for images.
_MAX_MODELS = 2
_LIBRARIES = r"(transformers|torch|tokenizers|safetensors|huggingface_hub|sentencepiece|google)(\.|$)"


_cache: ForkSafeCache[Any] = ForkSafeCache(_MAX_MODELS)


def load(identity: str, name: str, make: Callable[[], T]) -> T:
    """The process's model of this identity, made at the first call.

    Raises:
        ModelError: It cannot be made.
    """
    found: T = _cache.get_or_create(lambda: _quietly_made(name, make), identity)
    return found


def _quietly_made(name: str, make: Callable[[], T]) -> T:
    with _quiet():
        return _made(name, make)


def network(automatic: Any, folder: Path) -> Any:
    """A network in evaluation mode and float32, on the first CUDA device if there is one, else on the CPU.

    Args:
        automatic: The class of transformers that loads it.
        folder: Where it is.
    """
    import torch

    made = automatic.from_pretrained(folder, trust_remote_code=False, use_safetensors=True, local_files_only=True)
    # Weights may be stored in half precision, which a CPU computes slowly and roughly.
    return made.float().eval().to("cuda" if torch.cuda.is_available() else "cpu")


def tokenizer(folder: Path) -> Any:
    """A tokenizer of transformers, the fast one where there are two."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)


def _made(name: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (ModelError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a library makes of a damaged file, it is the model's
        raise ModelError(f"{name!r} cannot be loaded by transformers: {first_line(error)}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars, advice and warnings of the libraries while a model is loaded.

    Their log level and the list of warning filters belong to the whole process: they are put back at the end.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=_LIBRARIES)
        from transformers.utils import logging

        level, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity(logging.CRITICAL)
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(level)
            if shown:
                logging.enable_progress_bar()
