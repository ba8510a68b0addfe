"""Point warnings at the caller's line, and hide the package's own frames from tracebacks."""

from __future__ import annotations

import functools
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, ParamSpec, TypeVar

from jsdf.errors import JSDFError

P = ParamSpec("P")
T = TypeVar("T")

_handler: ContextVar[Callable[[str], None] | None] = ContextVar("jsdf_warning_handler", default=None)


class ShortTraceback:
    """Context manager that hides the package's frames in tracebacks of `JSDFError` and of interrupts.

    The frame that raised stays visible. IPython and pytest leave out frames in which `__tracebackhide__` is true. It
    is set only when such an error passes, so that other errors, which are bugs of this package, keep all their frames.
    """

    def __enter__(self) -> None:
        """Do nothing: frames are marked on exit."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Mark the frames of the error, its cause and its context; the error propagates."""
        # KeyboardInterrupt and CancelledError do not derive from `Exception`.
        if error is not None and (isinstance(error, JSDFError) or not isinstance(error, Exception)):
            for exception in (error, error.__cause__, error.__context__):
                if exception is not None:
                    _hide_internal_frames(exception)


def _hide_internal_frames(error: BaseException) -> None:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in frames[:-1]:  # the last frame raised the error
        if frame.f_globals.get("__name__", "").startswith("jsdf."):
            frame.f_locals["__tracebackhide__"] = True


def short_traceback(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function to run inside a `ShortTraceback`."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        with ShortTraceback():
            return function(*args, **kwargs)

    return wrapper


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning that points at the user's line, the first one outside this package."""
    handler = _handler.get()
    if handler is not None:
        handler(message)
    else:
        warnings.warn(message, category, stacklevel=user_stacklevel())


@contextmanager
def handling_warnings(handler: Callable[[str], None]) -> Iterator[None]:
    """Call `handler` with the messages of `warn`, instead of issuing them, where no user would see them."""
    token = _handler.set(handler)
    try:
        yield
    finally:
        _handler.reset(token)


def user_stacklevel() -> int:
    """Return the `stacklevel`, as seen by the calling function, of the first frame outside this package."""
    level, frame = 1, sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("jsdf."):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    return level


class Location(NamedTuple):
    """A line of code, as `warnings.warn_explicit` takes it."""

    filename: str
    line: int


def user_location() -> Location:
    """Return the user's line, the first one outside this package, for warnings that come later."""
    frame = sys._getframe(user_stacklevel() - 1)
    return Location(frame.f_code.co_filename, frame.f_lineno)
