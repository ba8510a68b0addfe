"""Keyword arguments that all entry points share, declared once for editors, type checkers and `help()`."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypedDict, TypeVar, cast

from jsdf.utils.call_site import ShortTraceback

P = ParamSpec("P")
T = TypeVar("T")


class Arguments(TypedDict, total=False):
    """Keyword arguments that every entry point takes after the column and the labels; see `jsdf.classify`."""

    multiple_labels: bool
    task: str | None
    kind: str
    engine: Any
    errors: Literal["raise", "coerce"]
    cache: bool
    progress: Any
    max_requests: int | None
    max_tokens: int | None


#: The default of each argument.
DEFAULTS = Arguments(
    multiple_labels=False,
    task=None,
    kind="auto",
    engine=None,
    errors="raise",
    cache=True,
    progress=None,
    max_requests=None,
    max_tokens=None,
)


def with_run_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Expand `**arguments` in the signature of a function or coroutine, and refuse unknown keyword arguments.

    Raises:
        TypeError: On a call with an unknown keyword argument; names the function and the closest argument.
    """
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    shared = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in DEFAULTS.items()]
    names = [p.name for p in (*own, *shared)]

    def reject_unknown(kwargs: dict[str, Any]) -> None:
        for name in kwargs.keys() - set(names):
            matches = difflib.get_close_matches(name, names, 1)
            hint = f"; did you mean {matches[0]!r}?" if matches else ""
            raise TypeError(f"{function.__name__}() got an unexpected keyword argument {name!r}{hint}")

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with ShortTraceback():
            reject_unknown(kwargs)
            return function(*args, **kwargs)

    @functools.wraps(function)
    async def async_wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        with ShortTraceback():
            reject_unknown(kwargs)
            return await cast("Any", function(*args, **kwargs))

    decorated: Any = async_wrapper if inspect.iscoroutinefunction(function) else wrapper
    decorated.__signature__ = signature.replace(parameters=[*own, *shared])
    return cast("Callable[P, T]", decorated)
