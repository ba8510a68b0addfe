"""A gallery as a page that needs no kernel, and as a text for a terminal."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from jsdf.display.gallery.assets import rules
from jsdf.formatting.text import display_width, one_line

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel
    from jsdf.display.gallery.tile import Tile

#: Tiles of a page at most: each carries its picture, and a notebook keeps them all.
MAX_TILES = 50
#: Why a review cannot be edited here. A saved notebook shows it too, whatever was installed where it was run.
_NOT_EDITABLE = (
    'Labels cannot be put right on this page: run the cell where `pip install "jsdf[notebook]"` was done, '
    "or call review.choose(rows, label)."
)
#: Lines of a text, and columns of a value in it.
_LINES, _WIDTH = 10, 60


def html(state: GalleryModel, most: int = MAX_TILES, *, wait: bool = True) -> str:
    """The first tiles as HTML, in the order and through the filters that are set; nothing in it is active.

    Args:
        state: What to show.
        most: Tiles at most, no more than 50.
        wait: Whether to wait for the pictures of slow hosts.
    """
    tiles = state.tiles(min(most, MAX_TILES), wait=wait)
    left = len(state) - len(tiles)
    more = f"{len(tiles):,} of {len(state):,} are shown here" if left else ""
    shape = f"--jsdf-size: {state.size}px; --jsdf-columns: {state.columns}"
    words = ", ".join(filter(None, [state.summary(), more]))
    kind = "jsdf-tiles" if state.table.column.kind == "image" else "jsdf-tiles jsdf-texts"
    why = f'<p class="jsdf-summary">{escape(_NOT_EDITABLE)}</p>' if state.is_editable else ""
    return (
        f'<div class="jsdf-grid" style="{shape}"><style>{rules()}</style>'
        f'<p class="jsdf-summary">{escape(state.title)}: {escape(words)}</p>{why}'
        f'<div class="{kind}">{"".join(map(_tile, tiles))}</div></div>'
    )


def text(state: GalleryModel, *, why: bool = False) -> str:
    """A summary and the first rows, on lines that no value can break or turn around.

    Args:
        state: What to show.
        why: Whether to say of a review why it cannot be edited here.
    """
    tiles = state.peek(_LINES)
    rows = [
        (one_line(t.index, 20), one_line(t.caption or t.status, 24), _score(t), one_line(t.text, _WIDTH)) for t in tiles
    ]
    widths = [max((display_width(row[i]) for row in rows), default=0) for i in range(3)]
    lines = ["  ".join([*map(_padded, row, widths), row[3]]) for row in rows]
    left = len(state) - len(tiles)
    rest = [f"… {left:,} more"] if left else []
    told = [_NOT_EDITABLE] if why and state.is_editable else []
    return "\n".join([f"{state.title}: {one_line(state.summary(), 200)}", *lines, *rest, *told])


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def _tile(tile: Tile) -> str:
    kinds = [name for name in ("changed", "reviewed", "marked") if getattr(tile, name)]
    classes = " ".join(["jsdf-tile", *(f"jsdf-{name}" for name in kinds)])
    label = f'<bdi class="jsdf-label">{escape(tile.caption or tile.status)}</bdi>'
    index = f'<bdi class="jsdf-index">{escape(tile.index)}</bdi>'
    score = f'<span class="jsdf-score">{_score(tile)}</span>'
    flags = f'<span class="jsdf-flags">{escape(", ".join(kinds))}</span>'
    foot = f'<figcaption class="jsdf-foot">{index}{score}{flags}{label}</figcaption>'
    return f'<figure class="{classes}">{_body(tile)}{foot}</figure>'


def _body(tile: Tile) -> str:
    if tile.uri:
        return f'<img src="{escape(tile.uri)}" alt="{escape(tile.alt)}">'
    shown = f"no picture: {tile.reason}" if tile.is_image else tile.text
    return f'<div class="jsdf-card" dir="auto">{escape(shown)}</div>'


def _score(tile: Tile) -> str:
    return "" if tile.score is None else f"{tile.score:.2f}"
