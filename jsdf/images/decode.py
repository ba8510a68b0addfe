"""Decode bytes, a PIL image or an array to an upright RGB image, shrunk while it is decoded."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images.deep_colours import decode_dark
from jsdf.images.formats import check_jpeg, detect_format, webp_size
from jsdf.images.orientation import transpose_of
from jsdf.images.pillow_warnings import suppress_warnings
from jsdf.images.pixels import flatten_on_white, from_array, to_8_bit
from jsdf.images.sources import DEFAULT_LIMITS, Limits
from jsdf.utils.opened_images import is_unread, reopen, source_path

#: A JPEG in one scan may have this many times `max_pixels`, since its decoder can shrink it to as little as 1/8.
_JPEG_HEADROOM = 4
#: Maximum pixels per side of JPEG encoders.
_MAX_JPEG_SIDE = 65_500
_TILE_WIDTH, _TILE_LENGTH = 322, 323  # tags of TIFF


def open_picture(
    content: bytes | Image.Image | npt.NDArray[Any],
    *,
    min_side: int | None = None,
    max_side: int | None = None,
    allow_larger: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Image.Image:
    """Open an image after checking its format and size; safe on several threads at once.

    Args:
        content: Bytes of a file (the format is detected from them), a PIL image (its current frame; neither
            its pixels nor its metadata change, and if it is not decoded yet, it is not decoded by this), or an
            array that `jsdf.images.pixels.from_array` accepts. Values of more than 8 bits are scaled by the rule
            of `jsdf.images.pixel_range`.
        min_side: Maximum pixels of the shorter side; None for no limit. Images are never enlarged.
        max_side: Maximum pixels of the longer side; None for no limit.
        allow_larger: True to return an image up to twice as large if decoding gave that, for callers that
            resize it anyway.
        limits: Maximum sizes for decoding. The pixels of a JPEG that is shrunk are counted after shrinking,
            unless it has several scans, which its decoder keeps at full size.

    Returns:
        A new image in mode RGB, upright by its EXIF orientation, flattened on white if it is transparent, the
        first frame if it is animated; without metadata, and sharing no memory with `content`.

    Raises:
        ImageError: The image is damaged, too large or of an unsupported format; the message says which.
    """
    return open_with_note(content, min_side=min_side, max_side=max_side, allow_larger=allow_larger, limits=limits)[0]


def open_with_note(
    content: bytes | Image.Image | npt.NDArray[Any],
    *,
    min_side: int | None = None,
    max_side: int | None = None,
    allow_larger: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Image.Image, str | None]:
    """Open an image as `open_picture`, and return it with a note on the range of its values.

    Returns:
        The image; and the range that was assumed for values of more than 8 bits, in words, None if it was not in doubt.
    """
    with suppress_warnings():
        try:
            return _open(content, min_side, max_side, allow_larger, limits)
        except (ImageError, MemoryError):
            raise
        except Image.DecompressionBombError:
            raise ImageError("it has more pixels than Pillow decodes", "oversize") from None
        except Exception as error:  # noqa: BLE001 - with malicious bytes Pillow raises almost any exception
            reason = _damage_reason(content, error)
    raise ImageError(reason, "damaged")


def to_jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    """Encode an image as JPEG without metadata: no EXIF, no location, no comment.

    Args:
        picture: An image as `open_picture` returns it; any other is first converted by it.
        quality: JPEG quality on Pillow's scale, 1 to 95.

    Raises:
        ImageError: A side is longer than JPEG allows (code `"oversize"`).
    """
    if picture.mode != "RGB" or picture.info:
        picture = open_picture(picture)
    if max(picture.size) > _MAX_JPEG_SIDE:
        raise ImageError(f"a side of {max(picture.size)} pixels is more than JPEG allows; shrink the image", "oversize")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _open(
    content: Any, min_side: int | None, max_side: int | None, allow_larger: bool, limits: Limits
) -> tuple[Image.Image, str | None]:
    def finish(picture: Image.Image, in_8_bits: Image.Image, note: str | None) -> tuple[Image.Image, str | None]:
        return _finish(picture, in_8_bits, min_side, max_side, allow_larger), note

    def open_file() -> Image.Image:
        picture, is_one_scan = _open_bytes(content, limits) if isinstance(content, bytes) else _open_again(content)
        try:
            _shrink_or_refuse(picture, min_side, max_side, limits, is_one_scan=is_one_scan)
        except BaseException:
            picture.close()
            raise
        return picture

    if isinstance(content, np.ndarray):
        array, note = from_array(content, limits)
        return finish(array, array, note)
    if isinstance(content, bytearray):
        content = bytes(content)
    if isinstance(content, bytes) or is_unread(content):
        with open_file() as picture:
            dark = decode_dark(picture, open_file)
            picture.load()
            return finish(picture, *(dark or to_8_bit(picture)))
    if not isinstance(content, Image.Image):
        raise ImageError(f"the type {type(content).__name__} is not bytes, a PIL image or an array", "unsupported")
    _check_pixels(content.size, limits.max_pixels)
    content.load()
    return finish(content, *to_8_bit(content))


def _finish(
    picture: Image.Image, in_8_bits: Image.Image, min_side: int | None, max_side: int | None, allow_larger: bool
) -> Image.Image:
    """Return a decoded image shrunk, upright and flattened, sharing no memory with it."""
    transpose = transpose_of(picture)
    result = _resize(in_8_bits, min_side, max_side, allow_larger)
    result = flatten_on_white(result if transpose is None else result.transpose(transpose))
    if result is picture:
        result = picture.copy()
    result.info = {}
    return result


def _open_again(picture: Image.Image) -> tuple[Image.Image, bool]:
    """Return a copy of an image that Pillow opened, not decoded yet either, and if a JPEG is in one scan."""
    copy = reopen(picture)
    return copy, "progressive" not in copy.info


def _open_bytes(content: bytes, limits: Limits) -> tuple[Image.Image, bool]:
    """Open a file without decoding its pixels yet, and return if it is a JPEG in one scan."""
    if len(content) > limits.max_bytes:
        raise ImageError(f"it has {len(content)} bytes, more than the limit of {limits.max_bytes} bytes", "oversize")
    name = _pillow_format(detect_format(content))
    is_one_scan = name == "JPEG" and check_jpeg(content)
    if name == "WEBP":
        _check_pixels(webp_size(content), limits.max_pixels)
    return Image.open(io.BytesIO(content), formats=[name]), is_one_scan


def _shrink_or_refuse(
    picture: Image.Image, min_side: int | None, max_side: int | None, limits: Limits, *, is_one_scan: bool
) -> None:
    """Let the decoder of a JPEG shrink it; raise if the image is too large to be decoded even so."""
    if picture.format in ("JPEG", "MPO"):
        _check_pixels(picture.size, limits.max_pixels * (_JPEG_HEADROOM if is_one_scan else 1))
        # The decoder halves the image up to three times, but not below the target size.
        picture.draft(None, _target_size(picture.size, min_side, max_side))
    elif picture.format == "TIFF":
        tags: Any = getattr(picture, "tag_v2", {})
        _check_pixels((tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)), limits.max_pixels)
    _check_pixels(picture.size, limits.max_pixels)


def _pillow_format(name: str) -> str:
    """Return Pillow's name of a format; raise for AVIF or HEIF if this installation cannot read it."""
    if name not in ("AVIF", "HEIF"):
        return name
    registered = Image.registered_extensions().get({"AVIF": ".avif", "HEIF": ".heic"}[name])
    if registered is None:
        reason = (
            "an AVIF image, which needs Pillow 11.3" if name == "AVIF" else "a HEIC photo, which Pillow cannot read"
        )
        raise ImageError(f"this is {reason}; convert it to JPEG", "unsupported")
    return registered


def _check_pixels(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise ImageError(f"it has {size[0]} x {size[1]} pixels, more than the limit of {max_pixels}", "oversize")


def _target_size(size: tuple[int, int], min_side: int | None, max_side: int | None) -> tuple[int, int]:
    scale = min(1.0, (min_side or min(size)) / min(size), (max_side or max(size)) / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _resize(picture: Image.Image, min_side: int | None, max_side: int | None, allow_larger: bool) -> Image.Image:
    size = _target_size(picture.size, min_side, max_side)
    if size == picture.size or (allow_larger and max(picture.size) <= 2 * max(size)):
        return picture
    # By Pillow's documentation, with a gap of 3 or more the result is hardly distinguishable from resizing in one step.
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


def _damage_reason(content: Any, error: Exception) -> str:
    if isinstance(content, Image.Image) and not is_unread(content):
        advice = "load() it before you close it" if source_path(content) is None else "pass its path instead"
        return f"its pixels cannot be read: the file of the image is closed; {advice}"
    if "truncated" in str(error).lower():
        return "it is truncated: the file ends before the image does"
    return "it is damaged: it cannot be decoded"
