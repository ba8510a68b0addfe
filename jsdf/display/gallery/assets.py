"""JavaScript and CSS of the gallery, from the files in `static`."""

from __future__ import annotations

from pathlib import Path

from jsdf.formatting.theme import css

_FOLDER = Path(__file__).parent / "static"
_SCRIPTS = "tile.js", "legend.js", "enlarged.js", "toolbar.js", "keys.js", "render.js", "gallery.js"


def script() -> str:
    """Return the JavaScript as one ES module without imports."""
    saved = (_FOLDER / "saved.js").read_text("utf-8").replace("export function", "function")
    return saved + "".join((_FOLDER / name).read_text("utf-8") for name in _SCRIPTS)


def rules() -> str:
    """Return the CSS: the theme's colours and the layout."""
    return css(".jsdf-grid") + "\n" + (_FOLDER / "gallery.css").read_text("utf-8")
