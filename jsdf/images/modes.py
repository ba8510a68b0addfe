"""Any mode of Pillow -> 8 bits a channel -> RGB on white."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

#: Modes that are resized and turned as they are; all others are converted first.
_KEPT = ("L", "LA", "RGB", "RGBA", "CMYK")


def eight_bits(picture: Image.Image) -> Image.Image:
    """The picture in one of `L`, `LA`, `RGB`, `RGBA` and `CMYK`, itself where it is already.

    Deeper ones are scaled, never clipped: 16 bits by 257; `I` (32 bits) by what it holds: 0 to 255 as they
    are, 0 to 65535 as 16 bits, and any other range from its least to its greatest; `F` likewise, and 0 to 1
    by 255. Colour profiles are not applied.
    """
    if picture.mode.startswith("I;16"):
        return Image.fromarray(from_16_bits(np.asarray(picture)))
    if picture.mode in ("I", "F"):
        return Image.fromarray(_from_range(np.asarray(picture)))
    if picture.has_transparency_data and picture.mode not in ("LA", "RGBA"):
        return _with_alpha(picture)
    return picture if picture.mode in _KEPT else picture.convert("L" if picture.mode == "1" else "RGB")


def on_white(picture: Image.Image) -> Image.Image:
    """RGB, with what lies behind it white; takes what `eight_bits` gives."""
    if picture.mode not in ("LA", "RGBA"):
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    colours = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white


def from_16_bits(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """0 to 65535 -> 0 to 255, rounded."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _from_range(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """32-bit values of any range; what is not finite counts as 0."""
    numbers = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(numbers.min()), float(numbers.max())
    if low >= 0 and high <= 65535:
        low, high = 0.0, _full_scale(high, floats=values.dtype.kind == "f")
    return np.rint((numbers - low) * (255 / (high - low or 1))).astype(np.uint8)


def _full_scale(high: float, *, floats: bool) -> float:
    if floats and high <= 1:
        return 1.0
    return 255.0 if high <= 255 else 65535.0


def _with_alpha(picture: Image.Image) -> Image.Image:
    """RGBA, by a palette's transparent colours or by the one colour that is declared transparent."""
    if picture.mode == "La":
        return picture.convert("LA")
    clear = picture.info.get("transparency")
    if isinstance(clear, tuple) and max(clear) > 255:  # a 16-bit PNG, whose pixels Pillow reads as 8 bits
        picture = picture.copy()
        picture.info["transparency"] = tuple(part >> 8 for part in clear)
    return picture.convert("RGBA")
