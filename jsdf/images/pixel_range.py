"""Scale pixel values of any depth to 8 bits: by the usual range that holds them, else by the image's own range.

One rule for arrays, for Pillow's modes `I;16`, `I` and `F`, and for files of 16 bits. It depends on the image alone:

| values | read as | noted |
| --- | --- | --- |
| `uint8` | 0 to 255 | |
| `bool` | black and white | |
| other integers from 0 to 1 | 0 to 1, as a mask | |
| other integers from 0 to 31 | their own range, as class numbers | yes |
| other integers from 0 to 255 | 0 to 255 | |
| other integers from 0 to 1023, 4095, 16383 | 10, 12, 14 bits | yes |
| other integers from 0 to 65535 | 16 bits | |
| floats from 0 to 1 | 0 to 1 | |
| floats from -1 to 1, some below -0.5 | -1 to 1 | yes |
| floats from 0 to 31 | their own range | yes |
| floats from 0 to 255, 1023, 4095, 16383, 65535 | as integers | as integers |
| floats up to a sixteenth above one of these ranges | clipped to it | as it |
| anything else: negative or larger | their own range, from the lowest to the highest | yes |
| one single value, not negative | 16 bits if `uint16`, else the smallest of 0 to 1, 8 bits and so on | |
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

#: Floats may exceed a range by this share of it and are clipped: resizing an image in floats overshoots at edges, and
#: `float16` has 4096 but no 4095. Below 0 a picture that overshoots cannot be told from a map of small values.
_OVERSHOOT, _UNDERSHOOT = 1 / 16, 1e-3
#: Values up to this are no picture in 0..255, which would be almost black, but class numbers or metres, for example.
_MAX_TINY = 31
#: Bits of a camera, scanner or detector. The largest value of a picture fills at least a quarter of one of them.
_DEPTHS = (10, 12, 14, 16)
_OWN_RANGE = "its values were stretched, from its own lowest as black to its own highest as white"
_NAN = "its NaN values were drawn black"
#: Values that are scaled at once, which bounds the memory of the copies.
_CHUNK = 1 << 20


class PixelRange(NamedTuple):
    """Range of values that becomes 0 to 255, and a note if it was guessed from the values."""

    low: float
    high: float
    note: str | None = None


def to_bytes(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.uint8], str | None]:
    """Scale the values of an image to uint8; NaN becomes black, infinity the end of the range.

    Args:
        values: bool, integers or floats of shape (height, width) or (height, width, channels); the range is that of
            all channels together, except for the fourth, alpha, which is read by a usual range of its own.

    Returns:
        uint8 of the same shape, and a note on the range that was assumed; None for a range that is not in doubt.
    """
    if values.dtype == np.uint8:
        return np.asarray(values, np.uint8), None
    if values.dtype == np.bool_:
        return np.multiply(values, 255, dtype=np.uint8), None
    if values.ndim == 3 and values.shape[2] == 4:
        colours, note = to_bytes(values[:, :, :3])
        _, highest, _ = _extremes(values[:, :, 3])
        return np.dstack([colours, _scale(values[:, :, 3], 0.0, _usual_maximum(values.dtype, highest))]), note
    lowest, highest, has_nan = _extremes(values)
    found = _find_range(values.dtype, lowest, highest)
    notes = [note for note in (found.note, _NAN if has_nan else None) if note]
    return _scale(values, found.low, found.high), "; ".join(notes) or None


def _find_range(dtype: np.dtype[Any], lowest: float, highest: float) -> PixelRange:
    if lowest == highest >= 0:  # a single value tells nothing about the range of its picture
        return PixelRange(0, 65535 if (dtype.kind, dtype.itemsize) == ("u", 2) else _usual_maximum(dtype, highest))
    maximum = _usual_maximum(dtype, highest)
    is_float = dtype.kind == "f"
    if maximum == 1 and lowest >= -_UNDERSHOOT * is_float:
        return PixelRange(0, 1)
    # A picture in -1..1 has dark areas; values around 0 alone, such as those of a filter, use their own range.
    if is_float and maximum == 1 and -1 - _OVERSHOOT <= lowest < -0.5:
        return PixelRange(-1, 1, "its values were read as -1 to 1")
    bits = int(maximum).bit_length()
    if lowest < -_UNDERSHOOT * is_float or highest <= _MAX_TINY or bits > _DEPTHS[-1]:
        return PixelRange(lowest, highest, _OWN_RANGE)
    return PixelRange(0, maximum, None if bits in (8, 16) else f"its values were read as {bits} bits, 0 to {maximum:g}")


def _usual_maximum(dtype: np.dtype[Any], highest: float) -> float:
    """Return the maximum of the smallest usual range, 0 to 1, 8 bits or more, that holds a value; else the value."""
    usual = (1.0, 255.0, *(float(2**bits - 1) for bits in _DEPTHS))
    overshoot = _OVERSHOOT if dtype.kind == "f" else 0.0
    return next((maximum for maximum in usual if highest <= maximum * (1 + overshoot)), max(highest, 1.0))


def _extremes(values: npt.NDArray[Any]) -> tuple[float, float, bool]:
    """Return the lowest and the highest finite value, 0 and 0 if there is none, and whether any value is NaN."""
    lowest, highest = float(values.min()), float(values.max())  # NaN if any value is NaN
    if np.isfinite(lowest) and np.isfinite(highest):
        return lowest, highest, False
    finite = values[np.isfinite(values)]
    has_nan = bool(np.isnan(lowest))
    return (float(finite.min()), float(finite.max()), has_nan) if finite.size else (0.0, 0.0, has_nan)


def _scale(values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.uint8]:
    scaled = np.empty(values.shape, np.uint8)
    step = max(1, _CHUNK // max(1, values[0].size))
    for start in range(0, len(values), step):
        part = values[start : start + step].astype(np.float64)
        part = (np.nan_to_num(part, nan=low, posinf=high, neginf=low) - low) * (255 / (high - low or 1))
        scaled[start : start + step] = np.rint(part.clip(0, 255))
    return scaled
