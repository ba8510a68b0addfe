"""Errors for misspelled keyword arguments, with the name that was probably meant."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
S = TypeVar("S")


def unexpected_argument(function: str, name: str, names: Iterable[str]) -> TypeError:
    """Return the error for an unknown keyword argument, with the closest of the known names."""
    return TypeError(f"{function}() got an unexpected keyword argument {name!r}{did_you_mean(name, names)}")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or "" if none of the names is similar."""
    matches = difflib.get_close_matches(name.lower(), list(names), 2)
    return f"; did you mean {' or '.join(map(repr, matches))}?" if matches else ""


def suggest_arguments(init: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """Decorate an `__init__` to name the argument that was probably meant by an unknown keyword argument.

    Raises:
        TypeError: On a call with an unknown keyword argument.
    """
    names = list(inspect.signature(init).parameters)[1:]

    @functools.wraps(init)
    def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            unknown = next((name for name in kwargs if name not in names), None)
            if unknown is not None:
                raise unexpected_argument(type(self).__name__, unknown, names)
            init(self, *args, **kwargs)
        finally:  # a traceback with locals must not show a key
            del args, kwargs

    return wrapper
