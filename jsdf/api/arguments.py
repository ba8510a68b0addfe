"""The arguments that every door takes: written once, seen by editors, checkers and `help()` alike."""

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
    """What may follow the column and the labels; see `jsdf.classify` for each."""

    multiple_labels: bool
    task: str | None
    kind: str
    engine: Any
    errors: Literal["raise", "coerce"]
    cache: bool
    progress: Any
    max_requests: int | None
    max_tokens: int | None


#: What holds where an argument is left out.
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
    """Make `**arguments` show as what it takes, and refuse what it does not, by the name that was called."""
    signature = inspect.signature(function)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    more = [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=v) for n, v in DEFAULTS.items()]
    known = [p.name for p in (*own, *more)]

    def reject_unknown(given: dict[str, Any]) -> None:
        for name in given.keys() - set(known):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{function.__name__}() got an unexpected keyword argument {name!r}{hint}")

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        with ShortTraceback():
            reject_unknown(kwargs)
            return function(*args, **kwargs)

    @functools.wraps(function)
    async def achecked(*args: P.args, **kwargs: P.kwargs) -> Any:
        with ShortTraceback():
            reject_unknown(kwargs)
            return await cast("Any", function(*args, **kwargs))

    shown: Any = achecked if inspect.iscoroutinefunction(function) else checked
    shown.__signature__ = signature.replace(parameters=[*own, *more])
    return cast("Callable[P, T]", shown)
