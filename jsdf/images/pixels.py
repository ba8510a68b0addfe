"""Convert arrays to images, and images of every mode to 8 bits and RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images.sources import Limits

_CHANNELS = (1, 3, 4)
#: Floats may exceed 0..1 by this much and are clipped: resizing an image in floats overshoots at edges.
_SLACK = 1e-3


def from_array(array: npt.NDArray[Any], limits: Limits) -> Image.Image:
    """Return an image of an array of pixels.

    Args:
        array: Pixels of shape (height, width) or (height, width, channels) with 1 (grey), 3 (RGB) or 4 (RGBA)
            channels; uint8 (0 to 255), uint16 (0 to 65535), bool, or floats from 0 to 1.
        limits: Maximum number of pixels.

    Returns:
        An image in mode L, RGB or RGBA, which may share the array's memory.

    Raises:
        ImageError: The shape, dtype or range is not one of these, or there are too many pixels.
    """
    array = np.asarray(array)
    _check_shape(array.shape)
    height, width = array.shape[:2]
    if height * width > limits.max_pixels:
        raise ImageError(
            f"the array has {width} x {height} pixels, more than the limit of {limits.max_pixels}", "oversize"
        )
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(_bytes(array)))


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) not in (2, 3):
        raise _unsupported(f"an array of shape {shape} is not an image; pass (height, width, 3)")
    if 0 in shape:
        raise _unsupported(f"an array of shape {shape} holds no pixels")
    if len(shape) == 2 or shape[2] in _CHANNELS:
        return
    if shape[0] in _CHANNELS:
        raise _unsupported(f"an array of shape {shape} has its channels first; pass array.transpose(1, 2, 0)")
    raise _unsupported(f"an array of shape {shape} has {shape[2]} channels; pass 1 (grey), 3 (RGB) or 4 (RGBA)")


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
    raise _unsupported(f"an array of {array.dtype} has no known range; pass uint8 from 0 to 255, or floats from 0 to 1")


def _from_floats(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    low, high = float(array.min()), float(array.max())  # NaN if any value is NaN
    if not np.isfinite([low, high]).all():
        raise _unsupported("the array holds NaN or infinity; pass floats from 0 to 1")
    if low < -_SLACK or high > 1 + _SLACK:
        raise _unsupported(f"the array's floats range from {low:g} to {high:g}; scale them to 0..1, or pass uint8")
    return np.rint(np.clip(array.astype(np.float32), 0, 1) * 255).astype(np.uint8)


def _unsupported(reason: str) -> ImageError:
    return ImageError(reason, "unsupported")


#: Modes in which images are resized and transposed; images in other modes are converted first.
_KEPT_MODES = ("L", "LA", "RGB", "RGBA", "CMYK")


def to_8_bit(picture: Image.Image) -> Image.Image:
    """Convert an image to mode `L`, `LA`, `RGB`, `RGBA` or `CMYK`; return it unchanged if it has one of these.

    Deeper values are scaled, never clipped: 16 bits by 1/257; mode `I` (32 bits) by its range of values: 0 to 255
    unchanged, 0 to 65535 as 16 bits, any other range from its minimum to its maximum; mode `F` likewise, and
    0 to 1 by 255. Colour profiles are not applied.
    """
    if picture.mode.startswith("I;16"):
        return Image.fromarray(from_16_bits(np.asarray(picture)))
    if picture.mode in ("I", "F"):
        return Image.fromarray(_from_range(np.asarray(picture)))
    if picture.has_transparency_data and picture.mode not in ("LA", "RGBA"):
        return _with_alpha(picture)
    return picture if picture.mode in _KEPT_MODES else picture.convert("L" if picture.mode == "1" else "RGB")


def flatten_on_white(picture: Image.Image) -> Image.Image:
    """Convert an image from `to_8_bit` to RGB; transparent areas become white."""
    if picture.mode not in ("LA", "RGBA"):
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    colours = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white


def from_16_bits(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Scale values from 0..65535 to 0..255, rounded."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _from_range(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Scale 32-bit values of any range to 0..255; NaN and infinity count as 0."""
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high <= 65535:
        low, high = 0.0, _full_scale(high, is_float=values.dtype.kind == "f")
    return np.rint((finite - low) * (255 / (high - low or 1))).astype(np.uint8)


def _full_scale(high: float, *, is_float: bool) -> float:
    if is_float and high <= 1:
        return 1.0
    return 255.0 if high <= 255 else 65535.0


def _with_alpha(picture: Image.Image) -> Image.Image:
    """Convert an image with a transparent colour or palette to RGBA, one in mode `La` to `LA`."""
    if picture.mode == "La":
        return picture.convert("LA")
    transparency = picture.info.get("transparency")
    if isinstance(transparency, tuple) and max(transparency) > 255:  # a 16-bit PNG, whose pixels Pillow reads as 8 bits
        picture = picture.copy()
        picture.info["transparency"] = tuple(part >> 8 for part in transparency)
    return picture.convert("RGBA")
