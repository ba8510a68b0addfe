"""Orientation of images by their EXIF metadata, and their size when they are upright."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from jsdf.images.pillow_warnings import suppress_warnings

_ORIENTATION = 0x0112  # tag of EXIF
#: EXIF orientation -> operation that makes the image upright (EXIF 2.32, 4.6.4).
_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def transpose_of(picture: Image.Image) -> Image.Transpose | None:
    """Return the operation that makes an image upright; None if there is none."""
    try:
        return _TRANSPOSES.get(picture.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - broken metadata of a good image
        return None


def upright_size(content: Any) -> tuple[int, int] | None:
    """Return width and height in pixels of an upright image, without decoding it; None if they cannot be read.

    Args:
        content: As for `open_picture`, which should have opened it before: the format is not checked here.
    """
    if isinstance(content, np.ndarray):
        return (content.shape[1], content.shape[0]) if content.ndim > 1 else None
    if isinstance(content, Image.Image):
        return _upright_size(content)
    with suppress_warnings():
        try:
            with Image.open(io.BytesIO(content)) as picture:
                return _upright_size(picture)
        except Exception:  # noqa: BLE001 - of malicious bytes; the size is only shown
            return None


def _upright_size(picture: Image.Image) -> tuple[int, int]:
    width, height = picture.size
    is_turned = transpose_of(picture) in [_TRANSPOSES[orientation] for orientation in (5, 6, 7, 8)]
    return (height, width) if is_turned else (width, height)
