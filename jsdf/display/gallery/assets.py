"""The browser's part of a gallery: one script and one table of rules, as they are in the files beside this one."""

from __future__ import annotations

from pathlib import Path

from jsdf.formatting.theme import css

_FOLDER = Path(__file__).parent / "static"
_SCRIPTS = "tile.js", "legend.js", "enlarged.js", "toolbar.js", "keys.js", "render.js", "gallery.js"


def script() -> str:
    """One ES module, which needs nothing from anywhere."""
    return "".join((_FOLDER / name).read_text("utf-8") for name in _SCRIPTS)


def rules() -> str:
    """The colours and the looks."""
    return css(".jsdf-grid") + "\n" + (_FOLDER / "gallery.css").read_text("utf-8")
