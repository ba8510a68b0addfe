"""How something to look at shows itself: the best that is installed here, and what every other place can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from jsdf.display.gallery import Gallery


class Shown:
    """Gives a gallery its representations; each of them is made when it is asked for."""

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
