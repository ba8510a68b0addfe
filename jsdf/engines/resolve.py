"""Which engine an `engine=` argument means."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from jsdf.config import KEY_VARIABLE, options
from jsdf.errors import InvalidInputError, MissingKeyError

if TYPE_CHECKING:
    from jsdf.engines.base import Engine

#: What an engine must have; subclasses of `jsdf.engines.Engine` have it all.
REQUIRED_ATTRIBUTES = (
    *("name", "identity", "batch_size", "max_labels", "rate", "concurrency", "kinds", "has_scores", "follows_tasks"),
    *("session", "file_requests"),
)


def resolve_engine(engine: Any) -> Engine:
    """The engine that an `engine=` argument means.

    Raises:
        MissingKeyError: `"auto"`, and there is neither a key nor the local engine.
        InvalidInputError: It is no engine.
    """
    wanted = options.engine if engine is None else engine
    named = wanted if isinstance(wanted, str) else None
    if named == "auto":
        named = "hosted" if os.environ.get(KEY_VARIABLE, "").strip() else "local"
        if named == "local" and not _is_local_installed():
            raise MissingKeyError(
                "nobody is there to answer: set JIGSAWSTACK_API_KEY to use the hosted service "
                '(keys: https://jigsawstack.com/dashboard), or pip install "jsdf[local]" to work offline'
            )
    if named == "hosted":
        from jsdf.engines.hosted import Hosted

        return Hosted()
    if named == "local":
        from jsdf.engines.local import Local

        return Local()
    if isinstance(wanted, type):
        raise InvalidInputError(f"engine={wanted.__name__}: pass an engine rather than its class: {wanted.__name__}()")
    if isinstance(wanted, str) or not callable(getattr(wanted, "classify", None)):
        raise InvalidInputError(f"engine={wanted!r}: use 'hosted', 'local', 'auto' or an engine such as jsdf.Hosted()")
    lacking = [name for name in REQUIRED_ATTRIBUTES if not hasattr(wanted, name)]
    kind = type(wanted).__name__
    if lacking:
        raise InvalidInputError(f"engine={kind}: it lacks {', '.join(lacking)}; subclass jsdf.engines.Engine")
    if not inspect.iscoroutinefunction(wanted.classify):
        raise InvalidInputError(f"engine={kind}: its classify is no coroutine; write `async def classify`")
    size = wanted.batch_size
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InvalidInputError(f"engine={kind}: batch_size={size!r} is no whole number above 0")
    found: Engine = wanted
    return found


def _is_local_installed() -> bool:
    from jsdf.engines.local import available

    return available()
