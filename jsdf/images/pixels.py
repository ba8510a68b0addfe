"""Convert arrays to images, and images of every mode to 8 bits and RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images.pixel_range import to_bytes
from jsdf.images.sources import Limits

_CHANNELS = (1, 3, 4)


def from_array(array: npt.NDArray[Any], limits: Limits) -> tuple[Image.Image, str | None]:
    """Return an image of an array of pixels, and a note on the range of its values.

    Args:
        array: Pixels of shape (height, width) or (height, width, channels) with 1 (grey), 3 (RGB) or 4 (RGBA)
            channels; bool, integers or floats, which `jsdf.images.pixel_range` scales to 8 bits.
        limits: Maximum number of pixels.

    Returns:
        An image in mode L, RGB or RGBA, which may share the array's memory; and the range that was assumed, in
        words, None if it was not in doubt.

    Raises:
        ImageError: The shape or dtype is not one of these, or there are too many pixels.
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
    if array.dtype.kind not in "buif":
        raise _unsupported(f"an array of {array.dtype} holds no pixels; pass integers, floats or bool")
    scaled, note = to_bytes(array)
    return Image.fromarray(np.ascontiguousarray(scaled)), note


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


def _unsupported(reason: str) -> ImageError:
    return ImageError(reason, "unsupported")


#: Modes in which images are resized and transposed; images in other modes are converted first.
_KEPT_MODES = ("L", "LA", "RGB", "RGBA", "CMYK")


def to_8_bit(picture: Image.Image) -> tuple[Image.Image, str | None]:
    """Convert an image to mode `L`, `LA`, `RGB`, `RGBA` or `CMYK`; return it unchanged if it has one of these.

    Deeper values, in modes `I;16`, `I` and `F`, are scaled as those of an array, by `jsdf.images.pixel_range`. Colour
    profiles are not applied.

    Returns:
        The image, and a note on the range that was assumed; None if it was not in doubt.
    """
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        scaled, note = to_bytes(np.asarray(picture))
        return Image.fromarray(scaled), note
    if picture.has_transparency_data and picture.mode not in ("LA", "RGBA"):
        return _with_alpha(picture), None
    return picture if picture.mode in _KEPT_MODES else picture.convert("L" if picture.mode == "1" else "RGB"), None


def flatten_on_white(picture: Image.Image) -> Image.Image:
    """Convert an image from `to_8_bit` to RGB; transparent areas become white."""
    if picture.mode not in ("LA", "RGBA"):
        return picture if picture.mode == "RGB" else picture.convert("RGB")
    colours = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(colours, mask=colours.getchannel("A"))
    return white


def _with_alpha(picture: Image.Image) -> Image.Image:
    """Convert an image with a transparent colour or palette to RGBA, one in mode `La` to `LA`."""
    if picture.mode == "La":
        return picture.convert("LA")
    transparency = picture.info.get("transparency")
    if isinstance(transparency, tuple) and max(transparency) > 255:  # a 16-bit PNG, whose pixels Pillow reads as 8 bits
        picture = picture.copy()
        picture.info["transparency"] = tuple(part >> 8 for part in transparency)
    return picture.convert("RGBA")
