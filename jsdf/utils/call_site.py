"""The caller's line: warnings point at it, and tracebacks hide the package's own frames below it."""

from __future__ import annotations

import functools
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from jsdf.errors import JSDFError

P = ParamSpec("P")
T = TypeVar("T")


class ShortTraceback:
    """A block whose mistakes and interrupts show no more of this package than the frame that they come from.

    IPython and pytest leave out frames in which `__tracebackhide__` is true. It is set when an error passes and
    not in every function on the way, so that an error which is a fault of ours keeps all of its frames.
    """

    def __enter__(self) -> None:
        """There is nothing to do yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Mark the frames, and let the error go on."""
        # Interrupts are no `Exception`.
        if error is not None and (isinstance(error, JSDFError) or not isinstance(error, Exception)):
            for one in (error, error.__cause__, error.__context__):
                if one is not None:
                    _hide_internal_frames(one)


def _hide_internal_frames(error: BaseException) -> None:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in frames[:-1]:  # the last is where it was raised
        if frame.f_globals.get("__name__", "").startswith("jsdf."):
            frame.f_locals["__tracebackhide__"] = True


def short_traceback(function: Callable[P, T]) -> Callable[P, T]:
    """The same function as a `ShortTraceback` block."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with ShortTraceback():
            return function(*args, **kwargs)

    return wrapper


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of something, pointing at the line of the user's that led here."""
    warnings.warn(message, category, stacklevel=user_stacklevel())


def user_stacklevel() -> int:
    """The stack level, for the caller, of the first frame outside this package."""
    level, frame = 1, sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("jsdf."):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    return level
