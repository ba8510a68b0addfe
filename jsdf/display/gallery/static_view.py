"""Gallery as static HTML, which needs no kernel, and as text for a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from jsdf.display.gallery.assets import rules
from jsdf.formatting.text import display_width, one_line

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel
    from jsdf.display.gallery.tile import Tile

#: Limit for static HTML: each tile contains its image, and a saved notebook stores all of them.
MAX_STATIC_TILES = 50
#: Hint for a review as static HTML, which a saved notebook shows even if the widgets were installed.
_NOT_EDITABLE = (
    'Labels cannot be edited in this static view: install the widgets with `pip install "jsdf[notebook]"` '
    "and run the cell again, or call review.choose(rows, label)."
)
#: Limits for a text: its lines, and terminal columns of a value.
_MAX_LINES, _MAX_WIDTH = 10, 60


def html(model: GalleryModel, max_tiles: int = MAX_STATIC_TILES, *, wait: bool = True) -> str:
    """Return the first tiles, filtered and sorted as in `model`, as HTML without scripts or controls.

    Args:
        model: The gallery or review.
        max_tiles: Maximum number of tiles; values above 50 count as 50.
        wait: True to wait for the images of slow hosts.
    """
    tiles = model.tiles(min(max_tiles, MAX_STATIC_TILES), wait=wait)
    more = f"{len(tiles):,} of {len(model):,} are shown here" if len(tiles) < len(model) else ""
    style = f"--jsdf-size: {model.size}px; --jsdf-columns: 6"
    summary = ", ".join(filter(None, [model.summary(), more]))
    kind = "jsdf-tiles" if model.table.column.kind == "image" else "jsdf-tiles jsdf-texts"
    hint = f'<p class="jsdf-summary">{escape(_NOT_EDITABLE)}</p>' if model.is_editable else ""
    return (
        f'<div class="jsdf-grid" style="{style}"><style>{rules()}</style>'
        f'<p class="jsdf-summary">{escape(model.title)}: {escape(summary)}</p>{hint}'
        f'<div class="{kind}">{"".join(map(_tile, tiles))}</div></div>'
    )


def text(model: GalleryModel, *, with_hint: bool = False) -> str:
    """Return a summary and the first 10 rows, one line each; control characters in values are replaced.

    Args:
        model: The gallery or review.
        with_hint: True to add, for a review, a hint on how to edit labels.
    """
    tiles = model.peek(_MAX_LINES)
    rows = [
        (one_line(t.index, 20), one_line(t.caption or t.status, 24), _score(t), one_line(t.text, _MAX_WIDTH))
        for t in tiles
    ]
    widths = [max((display_width(row[i]) for row in rows), default=0) for i in range(3)]
    lines = ["  ".join([*map(_pad, row, widths), row[3]]) for row in rows]
    n_hidden = len(model) - len(tiles)
    more = [f"… {n_hidden:,} more"] if n_hidden else []
    hint = [_NOT_EDITABLE] if with_hint and model.is_editable else []
    return "\n".join([f"{model.title}: {one_line(model.summary(), 200)}", *lines, *more, *hint])


def _pad(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _tile(tile: Tile) -> str:
    flags = [name for name in ("changed", "reviewed", "marked") if getattr(tile, name)]
    classes = " ".join(["jsdf-tile", *(f"jsdf-{name}" for name in flags)])
    label = f'<bdi class="jsdf-label">{escape(tile.caption or tile.status)}</bdi>'
    index = f'<bdi class="jsdf-index">{escape(tile.index)}</bdi>'
    score = f'<span class="jsdf-score">{_score(tile)}</span>'
    flags_span = f'<span class="jsdf-flags">{escape(", ".join(flags))}</span>'
    foot = f'<figcaption class="jsdf-foot">{index}{score}{flags_span}{label}</figcaption>'
    return f'<figure class="{classes}">{_body(tile)}{foot}</figure>'


def _body(tile: Tile) -> str:
    if tile.uri:
        return f'<img src="{escape(tile.uri)}" alt="{escape(tile.alt)}">'
    shown = f"no image: {tile.reason}" if tile.is_image else tile.text
    return f'<div class="jsdf-card" dir="auto">{escape(shown)}</div>'


def _score(tile: Tile) -> str:
    return "" if tile.score is None else f"{tile.score:.2f}"
