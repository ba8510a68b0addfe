"""The settings of a session, and where they come from."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, fields
from typing import Any

from jsdf.errors import InvalidInputError

#: Where the key and the service's address come from; the official SDK uses the same names.
KEY_VARIABLE, URL_VARIABLE = "JIGSAWSTACK_API_KEY", "JIGSAWSTACK_API_URL"

_CHOICES: dict[str, tuple[Any, ...]] = {
    "event_loop": ("thread", "nested"),
    "progress": (None, True, False),
}


@dataclass
class Options:
    """What holds for every call that does not say otherwise: `jsdf.options.engine = "local"`.

    Attributes:
        engine: `"auto"` (hosted where a key is set, else local), `"hosted"`, `"local"`, or an engine.
        event_loop: `"thread"` runs synchronous calls on a loop of their own, on a thread; `"nested"` runs
            them on the notebook's own loop by nest_asyncio, for coroutines that must share it.
        progress: True shows a bar, False none, None shows one in notebooks and terminals.
        cache_dir: Where the store lives; None for `JSDF_CACHE_DIR`, else the user's cache directory.
    """

    engine: Any = "auto"
    event_loop: str = "thread"
    progress: bool | None = None
    cache_dir: str | os.PathLike[str] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse a setting that does not exist, or a value that it cannot take."""
        known = [f.name for f in fields(self)]
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise InvalidInputError(f"jsdf.options has no {name!r}; {hint}")
        allowed = _CHOICES.get(name)
        if allowed is not None and value not in allowed:
            raise InvalidInputError(f"jsdf.options.{name} = {value!r}: use one of {', '.join(map(repr, allowed))}")
        if name == "cache_dir" and not isinstance(value, (str, os.PathLike, type(None))):
            raise InvalidInputError(f"jsdf.options.cache_dir = {value!r}: pass a path, or None")
        object.__setattr__(self, name, value)


#: The settings of this process.
options = Options()
