"""Pictures and files that are made for a test, good and hostile."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def saved(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def quarters(size=(64, 48)):
    """Red and green above, blue and white below: no turn or flip looks like another."""
    small = np.array([[RED, GREEN], [BLUE, WHITE]], np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.NEAREST)


def noise(size=(64, 48)):
    pixels = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, *, depth=8, colour=0, body=b"", extra=b""):
    """A PNG with any header, of which only the given rows exist."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b"")


def png_bomb(side=9000):
    """Complete and black: 81 million pixels in 10 kB."""
    return png(side, side, depth=1, body=bytes((side // 8 + 1 + (side % 8 > 0)) * side))


def jpeg_with_size(content, width, height):
    """The same scans under another size."""
    at = next(i for i in range(len(content)) if content[i] == 0xFF and content[i + 1] in (0xC0, 0xC2))
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def webp_with_canvas(width, height):
    vp8x = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little")
    vp8x += (height - 1).to_bytes(3, "little")
    body = b"WEBP" + vp8x + saved(Image.new("RGB", (4, 4)), "WEBP", lossless=True)[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bmp_with_size(width, height):
    return b"BM" + bytes(12) + struct.pack("<IiiHH", 40, width, height, 1, 24) + bytes(24)


def gif_with_screen(width, height):
    content = bytearray(saved(Image.new("P", (2, 2)), "GIF"))
    content[6:10] = struct.pack("<HH", width, height)
    return bytes(content)


def with_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def corners(picture):
    """The colours of the quarters, from the upper left by rows."""
    width, height = picture.size
    places = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [picture.getpixel(place) for place in places]


def near(left, right, tolerance=12):
    return np.abs(np.asarray(left, int) - np.asarray(right, int)).max() <= tolerance


def tiff_with_tile(side):
    """16 x 16 pixels, grey, in one tile that is said to be far larger."""
    tags = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 277: 1, 322: side, 323: side, 324: 8, 325: 256}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4 + 256)
