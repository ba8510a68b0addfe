"""Bytes, a PIL image or an array -> one upright RGB picture, shrunk while it is decoded."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images.formats import check_jpeg, detect_format, webp_size
from jsdf.images.pillow_warnings import suppress_warnings
from jsdf.images.pixels import flatten_on_white, from_array, to_8_bit
from jsdf.images.sources import DEFAULT_LIMITS, Limits

#: A JPEG that is decoded at 1/8 may have this many times the pixels that are decoded at once.
_JPEG_HEADROOM = 4
#: The most pixels a side that JPEG encoders take.
_JPEG_SIDE = 65_500
_ORIENTATION, _TILE_WIDTH, _TILE_LENGTH = 0x0112, 322, 323  # tags of TIFF and EXIF
#: EXIF's orientation -> what makes the picture upright (EXIF 2.32, 4.6.4).
_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(
    content: bytes | Image.Image | npt.NDArray[Any],
    *,
    min_side: int | None = None,
    max_side: int | None = None,
    allow_larger: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Image.Image:
    """Open a picture, checked before it costs anything; safe on several threads at once.

    Args:
        content: A file's bytes (what they are is told by content), a PIL image (its current frame; neither
            its pixels nor its metadata change), or an array as `jsdf.images.arrays.from_array` takes.
        min_side: Pixels that the shorter side has at most; pictures are never enlarged.
        max_side: Pixels that the longer side has at most.
        allow_larger: True to leave it up to twice as large, where decoding gave that: for those who resize anyway.
        limits: Sizes above which nothing is decoded. A JPEG counts as small as it is decoded when it is
            shrunk, unless it comes in several scans, which its decoder keeps whole.

    Returns:
        A new picture in mode RGB, upright by its EXIF orientation, on white where it is transparent, the
        first frame of an animation; without metadata, and sharing nothing with `content`.

    Raises:
        ImageError: It is damaged, too large, or no image that is read here; says which.
    """
    with suppress_warnings():
        try:
            return _opened(content, min_side, max_side, allow_larger, limits)
        except (ImageError, MemoryError):
            raise
        except Image.DecompressionBombError:
            raise ImageError("it has more pixels than Pillow decodes", "oversize") from None
        except Exception as error:  # noqa: BLE001 - hostile bytes make Pillow raise nearly anything
            reason = _damage_reason(content, error)
    raise ImageError(reason, "damaged")


def to_jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    """Encode a picture for sending, with no metadata in it: no EXIF, no place, no comment.

    Args:
        picture: As `open_picture` gives; any other is made so first.
        quality: 1 to 95, as Pillow counts.

    Raises:
        ImageError: A side is longer than JPEG can hold (code `"oversize"`).
    """
    if picture.mode != "RGB" or picture.info:
        picture = open_picture(picture)
    if max(picture.size) > _JPEG_SIDE:
        raise ImageError(f"a side of {max(picture.size)} pixels is more than JPEG holds; shrink it", "oversize")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _opened(content: Any, shortest: int | None, longest: int | None, rough: bool, limits: Limits) -> Image.Image:
    if isinstance(content, (bytes, bytearray)):
        picture = _from_bytes(bytes(content), shortest, longest, limits)
    elif isinstance(content, np.ndarray):
        picture = from_array(content, limits)
    elif isinstance(content, Image.Image):
        picture = content
        _check_pixels(picture.size, limits.max_pixels)
    else:
        raise ImageError(f"the type {type(content).__name__} is no bytes, PIL image or array", "unsupported")
    picture.load()
    turn = _transpose(picture)
    result = _resize(to_8_bit(picture), shortest, longest, rough)
    result = flatten_on_white(result if turn is None else result.transpose(turn))
    if result is picture:
        result = picture.copy()
    result.info = {}
    return result


def _from_bytes(content: bytes, shortest: int | None, longest: int | None, limits: Limits) -> Image.Image:
    """An opened file whose pixels are not decoded yet, and may be."""
    if len(content) > limits.max_bytes:
        raise ImageError(f"it has {len(content)} bytes, more than the {limits.max_bytes} that are read", "oversize")
    name = _readable(detect_format(content))
    in_one_scan = name == "JPEG" and check_jpeg(content)
    if name == "WEBP":
        _check_pixels(webp_size(content), limits.max_pixels)
    picture = Image.open(io.BytesIO(content), formats=[name])
    if name == "JPEG":
        _check_pixels(picture.size, limits.max_pixels * (_JPEG_HEADROOM if in_one_scan else 1))
        # The decoder halves it up to three times, to no less than it is to become.
        picture.draft(None, _target(picture.size, shortest, longest))
    elif name == "TIFF":
        tags: Any = getattr(picture, "tag_v2", {})
        _check_pixels((tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)), limits.max_pixels)
    _check_pixels(picture.size, limits.max_pixels)
    return picture


def _readable(name: str) -> str:
    """Pillow's own name of a format that only some installations read."""
    if name not in ("AVIF", "HEIF"):
        return name
    found = Image.registered_extensions().get({"AVIF": ".avif", "HEIF": ".heic"}[name])
    if found is None:
        why = "an AVIF image, which needs Pillow 11.3" if name == "AVIF" else "a HEIC photo, which Pillow cannot read"
        raise ImageError(f"this is {why}; convert it to JPEG", "unsupported")
    return found


def _check_pixels(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise ImageError(f"it has {size[0]} x {size[1]} pixels, more than the {most} that are decoded", "oversize")


def _target(size: tuple[int, int], shortest: int | None, longest: int | None) -> tuple[int, int]:
    scale = min(1.0, (shortest or min(size)) / min(size), (longest or max(size)) / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _resize(picture: Image.Image, shortest: int | None, longest: int | None, rough: bool) -> Image.Image:
    size = _target(picture.size, shortest, longest)
    if size == picture.size or (rough and max(picture.size) <= 2 * max(size)):
        return picture
    # From a gap of 3 on, Pillow's documentation finds no difference to resizing in one step.
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


def _transpose(picture: Image.Image) -> Image.Transpose | None:
    try:
        return _TRANSPOSES.get(picture.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - broken metadata around a good picture
        return None


def _damage_reason(content: Any, error: Exception) -> str:
    if isinstance(content, Image.Image):
        return "its pixels cannot be read: the file behind the picture is closed, gone or damaged"
    if "truncated" in str(error).lower():
        return "it is cut off: the file ends before the picture does"
    return "it is damaged: it cannot be decoded"
