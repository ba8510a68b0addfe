"""Models of the user's own, by folder or hub name; nothing here imports torch before a model is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from jsdf.engines.local.hub.places import locate
from jsdf.engines.local.hub.sorts import Sort, recognise
from jsdf.errors import MissingExtraError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from jsdf.engines.base import Kind
    from jsdf.engines.local.reader import Reader

__all__ = ["Found", "find"]

_NEEDED = ("torch", "transformers", "safetensors")
#: Raise it whenever a rule, a template or a constant changes an answer: the store keeps answers by it.
_RULES = 1


@dataclass(frozen=True)
class Found:
    """A model that is there and can be loaded. Call it with a pool of threads for a `Reader`.

    Args:
        name: The folder or the hub name, as it was given.
        path: The folder that holds it.
        identity: The digest of its files or the commit of its snapshot, its sort, and the version of the rules.
        sort: What sort of model it is.
    """

    name: str
    path: Path
    identity: str
    sort: Sort

    def __call__(self, pool: ThreadPoolExecutor) -> Reader:
        """A reader that loads the model when it is first asked."""
        if self.sort == "pair":
            from jsdf.engines.local.hub.pictures import PairReader

            return PairReader(self, pool)
        if self.sort == "nli":
            from jsdf.engines.local.hub.entailment import EntailmentReader

            return EntailmentReader(self, pool)
        from jsdf.engines.local.hub.sentences import SentenceReader

        return SentenceReader(self, pool)


def find(model: str, kind: Kind) -> Found:
    """Find a model and see what it is, without loading it.

    A folder's files are read once to make their digest, about a second a gigabyte. A hub name is looked for
    in the hub library's cache and downloaded if it is not there; what is there is used as it stands, and
    never looked up again, so that answers change only when somebody changes the cache.

    Args:
        model: A folder, or a name on the hub.
        kind: What it is to read, `"text"` or `"image"`.

    Raises:
        MissingExtraError: The `hf` extra is not installed.
        InvalidInputError: It is neither a folder nor a name that the hub would allow.
        ModelError: It is not there, has no `config.json` or no safetensors, cannot be fetched, or is of a
            sort that is not read here.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtraError('models of your own need torch and transformers; run pip install "jsdf[hf]"')
    place = locate(model)
    sort = recognise(place, kind)
    return Found(model, place.path, f"{place.identity}:{sort}:rules-{_RULES}", sort)
