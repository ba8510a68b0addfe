"""Explain a call whose arguments do not fit, in terms of what the user wrote rather than of internal classes."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def explain_misfits(init: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """Decorate an `__init__` to explain arguments that do not fit it, and to keep none of them in a traceback.

    Raises:
        TypeError: On a call that does not fit; the message is that of `explain_misfit`, with the name of the class.
    """
    declared = inspect.signature(init)
    signature = declared.replace(parameters=list(declared.parameters.values())[1:])

    @functools.wraps(init)
    def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            misfit = explain_misfit(type(self).__name__, signature, args, kwargs)
            if misfit is not None:
                raise TypeError(misfit)
            init(self, *args, **kwargs)
        finally:  # a traceback with locals must not show a key
            del args, kwargs

    return wrapper


class class_or_instance_method(Generic[P, R]):  # noqa: N801 - used as a decorator, as `classmethod` is
    """Decorator of a method that can be called on the class too, which then makes an instance without arguments."""

    def __init__(self, method: Callable[Concatenate[Any, P], R]) -> None:
        self._method = method
        functools.update_wrapper(self, method)  # type: ignore[arg-type]

    def __get__(self, instance: Any, owner: type[Any]) -> Callable[P, R]:
        """Return the bound method; an instance is made when it is called."""

        @functools.wraps(self._method)
        def bound(*args: P.args, **kwargs: P.kwargs) -> R:
            misfit = explain_misfit(f"{owner.__name__}.{self._method.__name__}", signature, args, kwargs)
            if misfit is not None:
                raise TypeError(misfit)
            return self._method(owner() if instance is None else instance, *args, **kwargs)

        declared = inspect.signature(self._method)
        signature = declared.replace(parameters=list(declared.parameters.values())[1:])
        bound.__signature__ = signature  # type: ignore[attr-defined]
        return bound


def explain_misfit(
    name: str, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> str | None:
    """Return why a function cannot be called with these arguments, or None if it can.

    The caller raises the `TypeError`, so that its traceback shows one file of the package.

    Args:
        name: The function as users call it, as in `"df.jigsaw.review"`; for a method its object's class decides.
        signature: Signature of the function; a parameter `self` is left out of messages.
        args: Arguments by position.
        kwargs: Arguments by name.

    Returns:
        A message that names the argument which is missing, unknown, given twice, or one too many.
    """
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        parameters = list(signature.parameters.values())
        if parameters and parameters[0].name == "self" and args:
            name, parameters, args = f"{_shown_name(args[0])}.{name}", parameters[1:], args[1:]
        return f"{name}() {_explain(parameters, args, kwargs) or error}"
    return None


def _shown_name(owner: Any) -> str:
    shown: str = getattr(owner, "_shown_as", type(owner).__name__.lower())
    return shown


def _explain(parameters: list[inspect.Parameter], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    names = [p.name for p in named]
    unknown = next((given for given in kwargs if given not in names), None)
    if unknown is not None:
        hint = did_you_mean(unknown, names) or (f"; it takes {', '.join(names)}" if names else "")
        return f"got an unexpected keyword argument {unknown!r}{hint}"
    by_position = [p.name for p in named if p.kind is p.POSITIONAL_OR_KEYWORD]
    if len(args) > len(by_position):
        first = f" ({', '.join(by_position)})" if by_position else ""
        others = [name for name in names if name not in by_position and name not in kwargs]
        advice = f"; pass the others by name, as in {others[0]}=..." if others else ""
        return f"takes {len(by_position)} by position{first}, not {len(args)}{advice}"
    twice = next((name for name in by_position[: len(args)] if name in kwargs), None)
    if twice is not None:
        return f"got {twice} twice, by position and as {twice}=..."
    given = {*by_position[: len(args)], *kwargs}
    missing = [f"{p.name}=..." for p in named if p.default is p.empty and p.name not in given]
    return f"needs {' and '.join(missing)}" if missing else ""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" with the closest of the names, or "" if none is similar."""
    matches = difflib.get_close_matches(name.lower(), list(names), 1)
    return f"; did you mean {matches[0]!r}?" if matches else ""
