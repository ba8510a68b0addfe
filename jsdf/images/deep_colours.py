"""Colour files of 16 bits per channel, of which Pillow keeps the high bytes only.

A picture of 12 bits in such a file is black in its high bytes, so it is decoded a second time for its low bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jsdf.images.pixel_range import to_bytes

#: Pillow's raw modes of these files: big-endian, little-endian, or the byte order of this machine.
_RAW_MODE = re.compile(r"(RGB|RGBA|RGBX);16([BLN])")
#: Values from here on have the full 16 bits, by the rule of `jsdf.images.pixel_range`.
_FULL_DEPTH = 1 << 14


def decode_dark(picture: Image.Image, open_again: Callable[[], Image.Image]) -> tuple[Image.Image, str | None] | None:
    """Return a colour picture of 16 bits that uses fewer of them, scaled to 8 bits; None for any other picture.

    Args:
        picture: An image that is open but not decoded. It is decoded by this if its file has 16 bits.
        open_again: Opens the same image a second time.

    Returns:
        The image in mode RGB or RGBA, and a note on the range that was assumed.
    """
    raw_mode = _raw_mode(picture)
    is_grey = raw_mode == "LA;16B"
    match = _RAW_MODE.fullmatch(raw_mode)
    if not is_grey and match is None:
        return None
    picture.load()
    high = np.asarray(picture)
    if 256 * (int(high[:, :, :3].max()) + 1) > _FULL_DEPTH:
        return None
    with open_again() as copy:
        # Grey and alpha of two bytes each take the place of four channels of one byte.
        _set_raw_mode(copy, "RGBA" if match is None else f"{match[1]};16{_other_byte(match[2])}")
        copy.load()
        low = np.asarray(copy)
    scaled, note = to_bytes(_join_grey(low) if is_grey else high.astype(np.uint16) * 256 + low)
    return Image.fromarray(scaled), note


def _other_byte(order: str) -> str:
    """Return the byte order in which Pillow takes the low byte of each value for the high one."""
    is_big = order == "B" or (order == "N" and sys.byteorder == "big")
    return "L" if is_big else "B"


def _join_grey(parts: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    grey, alpha = parts[:, :, 0::2].astype(np.uint16).transpose(2, 0, 1) * 256 + parts[:, :, 1::2].transpose(2, 0, 1)
    return np.dstack([grey, grey, grey, alpha])


def _raw_mode(picture: Any) -> str:
    tiles = getattr(picture, "tile", None)
    arguments = tiles[0][3] if tiles else ""
    mode = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return mode if isinstance(mode, str) else ""


def _set_raw_mode(picture: Any, raw_mode: str) -> None:
    def replaced(arguments: Any) -> Any:
        return (raw_mode, *arguments[1:]) if isinstance(arguments, tuple) else raw_mode

    picture.tile = [type(tile)(*tile[:3], replaced(tile[3])) if hasattr(tile, "_fields") else
                    (*tile[:3], replaced(tile[3])) for tile in picture.tile]  # fmt: skip
