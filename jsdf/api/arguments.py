"""Keyword arguments that all entry points share, declared once for editors, type checkers and `help()`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Literal, ParamSpec, TypedDict, TypeVar, cast

from jsdf.utils.call_signature import explain_misfit
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
    max_cost: float | None
    strict: bool
    repeats: int
    examples: Any


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
    max_cost=None,
    strict=False,
    repeats=1,
    examples=None,
)


def with_run_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Expand `**arguments` in the signature of a function or coroutine, and refuse arguments that do not fit it.

    Raises:
        TypeError: On a call with an argument that is unknown, missing, given twice or one too many; names the function
            as users call it, and the closest argument.
    """
    shared = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in DEFAULTS.items()]
    return _with_signature(function, shared)


def with_arguments_of(other: Callable[..., Any]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator as `with_run_arguments`, for the keyword arguments of another function."""
    shared = [p for p in inspect.signature(other).parameters.values() if p.kind is p.KEYWORD_ONLY]
    return lambda function: _with_signature(function, shared)


def with_own_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Refuse arguments that do not fit a function, as `with_run_arguments` does."""
    return _with_signature(function, [])


def with_arguments_as(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator as `with_own_arguments`, whose errors call the function by this name."""
    return lambda function: _with_signature(function, [], name)


def _with_signature(
    function: Callable[P, T], shared: list[inspect.Parameter], shown_as: str | None = None
) -> Callable[P, T]:
    declared = inspect.signature(function)
    own = [p for p in declared.parameters.values() if p.kind is not p.VAR_KEYWORD]
    signature = declared.replace(parameters=[*own, *shared])
    name = shown_as or (function.__name__ if "self" in signature.parameters else f"jsdf.{function.__name__}")

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with ShortTraceback():
            misfit = explain_misfit(name, signature, args, kwargs)
            if misfit is not None:
                raise TypeError(misfit)
            return function(*args, **kwargs)

    @functools.wraps(function)
    async def async_wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
        with ShortTraceback():
            misfit = explain_misfit(name, signature, args, kwargs)
            if misfit is not None:
                raise TypeError(misfit)
            return await cast("Any", function(*args, **kwargs))

    decorated: Any = async_wrapper if inspect.iscoroutinefunction(function) else wrapper
    decorated.__signature__ = signature
    return cast("Callable[P, T]", decorated)
