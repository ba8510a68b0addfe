"""Resolve an `engine=` argument to an engine."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from jsdf.config import ENGINE_NAMES, KEY_VARIABLE, KEYS_PAGE, engine_problem, options
from jsdf.engines.cascade import Cascade
from jsdf.errors import InvalidInputError, MissingKeyError

if TYPE_CHECKING:
    from jsdf.engines.base import Engine

#: Attributes that every engine must have; subclasses of `jsdf.engines.Engine` inherit all but `name`.
REQUIRED_ATTRIBUTES = (
    *("name", "identity", "batch_size", "max_labels", "rate", "concurrency", "kinds", "has_scores", "follows_tasks"),
    *("session", "file_requests"),
)


def resolve_engine(engine: Any) -> Engine:
    """Return the engine for an `engine=` argument: a name, a file of a taught engine, or an engine.

    None means `jsdf.options.engine`.

    Raises:
        MissingKeyError: The argument is `"auto"`, and there is neither a key nor the local engine.
        InvalidInputError: The argument is not an engine.
        JSDFError: A setting of the engine or the environment would make every request fail.
    """
    value = options.engine if engine is None else engine
    resolved = _engine_of_text(value) if isinstance(value, (str, os.PathLike)) else value
    if isinstance(resolved, Cascade):
        resolved.resolve(resolve_engine)
    resolved = _checked_engine(resolved)
    check = getattr(resolved, "check_configuration", None)
    if check is not None:
        check()
    return resolved


def _engine_of_text(value: str | os.PathLike[str]) -> Engine:
    """Return the engine of this name, or of the file at this path."""
    if isinstance(value, str) and value in ENGINE_NAMES:
        return _named_engine(value)
    problem = engine_problem(value)
    if problem is not None:
        raise InvalidInputError(f"engine={problem}")
    from jsdf.engines.local import Local

    return Local.load(value)


def _named_engine(name: str) -> Engine:
    if name == "auto":
        name = "hosted" if os.environ.get(KEY_VARIABLE, "").strip() else "local"
        if name == "local" and not _is_local_installed():
            raise MissingKeyError(
                "no engine is available: set JIGSAWSTACK_API_KEY to use the hosted service "
                f'(keys: {KEYS_PAGE}), or pip install "jsdf[local]" to work offline'
            )
    if name == "cascade":
        return Cascade()
    if name == "hosted":
        from jsdf.engines.hosted import Hosted

        return Hosted()
    from jsdf.engines.local import Local

    return Local()


def _checked_engine(value: Any) -> Engine:
    problem = engine_problem(value)
    if problem is not None:
        raise InvalidInputError(f"engine={problem}")
    missing = [name for name in REQUIRED_ATTRIBUTES if not hasattr(value, name)]
    kind = type(value).__name__
    if missing:
        raise InvalidInputError(f"engine={kind}: missing {', '.join(missing)}; subclass jsdf.engines.Engine")
    if not inspect.iscoroutinefunction(value.classify):
        raise InvalidInputError(f"engine={kind}: classify is not a coroutine function; define it with `async def`")
    sizes = {"batch_size": value.batch_size}
    first = getattr(value, "first_batch_size", None)
    for name, size in (sizes if first is None else {**sizes, "first_batch_size": first}).items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InvalidInputError(f"engine={kind}: {name}={size!r} is not a whole number of at least 1")
    resolved: Engine = value
    return resolved


def _is_local_installed() -> bool:
    from jsdf.engines.local import available

    return available()
