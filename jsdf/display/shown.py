"""How something to look at shows itself: the best that is installed here, and what every other place can show."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    import threading

    from jsdf.display.gallery import Gallery

P = ParamSpec("P")
S = TypeVar("S", bound="Shown")
T = TypeVar("T")


class Shown:
    """Gives a gallery its representations; each of them is made when it is asked for.

    Attributes:
        lock: Held while something is done, by a cell or by a browser, whose messages may come on several threads.
    """

    lock: threading.RLock

    @property
    def widget(self) -> Any:
        """The widget that a notebook shows, for a layout of your own; None where none is installed."""
        from jsdf.display.front import widget

        return widget(cast("Gallery", self))

    def _repr_mimebundle_(self, **_: Any) -> Any:
        from jsdf.display.front import bundle

        return bundle(cast("Gallery", self))

    def _repr_html_(self) -> str:
        from jsdf.display.page import html

        return html(cast("Gallery", self))

    def __repr__(self) -> str:
        """A summary and the first rows."""
        from jsdf.display.page import text

        return text(cast("Gallery", self))


def locked(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """The same method, done by one thread at a time."""

    @functools.wraps(method)
    def alone(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return alone
