"""An array of pixels -> a picture, or the reason why it is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images.sources import Limits

_CHANNELS = (1, 3, 4)
#: How far floats may leave 0..1 and be clipped: resizing a picture in floats overshoots at edges.
_SLACK = 1e-3


def from_array(array: npt.NDArray[Any], limits: Limits) -> Image.Image:
    """Take pixels over.

    Args:
        array: Of shape (height, width) or (height, width, channels) with 1 (grey), 3 (RGB) or 4 (RGBA)
            channels; uint8 (0 to 255), uint16 (0 to 65535), bool, or floats from 0 to 1.
        limits: How many pixels are taken.

    Returns:
        A picture in mode L, RGB or RGBA, which may share the array's memory.

    Raises:
        ImageError: The shape, the type, the range or the size is another.
    """
    array = np.asarray(array)
    _check_shape(array.shape)
    height, width = array.shape[:2]
    if height * width > limits.max_pixels:
        raise ImageError(
            f"the array has {width} x {height} pixels, more than the {limits.max_pixels} that are taken", "oversize"
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(_bytes(array)))


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3):
        raise _refusal(f"an array of shape {shape} is no picture; pass (height, width, 3)")
    if 0 in shape:
        raise _refusal(f"an array of shape {shape} holds no pixels")
    if len(shape) == 2 or shape[2] in _CHANNELS:
        return
    if shape[0] in _CHANNELS:
        raise _refusal(f"an array of shape {shape} has its channels first; pass array.transpose(1, 2, 0)")
    raise _refusal(f"an array of shape {shape} has {shape[2]} channels; pass 1 (grey), 3 (RGB) or 4 (RGBA)")


def _bytes(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return np.asarray(array, dtype=np.uint8)
    if array.dtype == np.bool_:
        flags: npt.NDArray[np.uint8] = np.multiply(array, 255, dtype=np.uint8)
        return flags
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return from_16_bits(array)
    if array.dtype.kind == "f":
        return _from_floats(array)
    raise _refusal(f"an array of {array.dtype} has no known range; pass uint8 from 0 to 255, or floats from 0 to 1")


def _from_floats(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    low, high = float(array.min()), float(array.max())  # not a number where any is not
    if not np.isfinite([low, high]).all():
        raise _refusal("the array holds NaN or infinity; pass floats from 0 to 1")
    if low < -_SLACK or high > 1 + _SLACK:
        raise _refusal(f"the array's floats range from {low:g} to {high:g}; scale them to 0..1, or pass uint8")
    return np.rint(np.clip(array.astype(np.float32), 0, 1) * 255).astype(np.uint8)


def _refusal(why: str) -> ImageError:
    return ImageError(why, "unsupported")


#: Modes that are resized and turned as they are; all others are converted first.
_KEPT = ("L", "LA", "RGB", "RGBA", "CMYK")


def to_8_bit(picture: Image.Image) -> Image.Image:
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


def flatten_on_white(picture: Image.Image) -> Image.Image:
    """RGB, with what lies behind it white; takes what `to_8_bit` gives."""
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
