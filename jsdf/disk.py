"""What kind of disk a path is on, which version of a file is there, and what texts name images."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath

_NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "lustre",
    "gpfs",
    "ceph",
    "fuse.sshfs",
    "afs",
    "beegfs",
}
#: Extensions that make a text an image wherever it stands, and those that texts may end in as well.
_SURE = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic")
_LIKELY = (*_SURE, "jpe", "jfif", "heif", "apng", "dib", "ppm", "pgm", "pbm", "pnm", "svg", "ico", "jp2", "jxl", "psd")
_ENDINGS = tuple(f".{extension}" for extension in _SURE)
#: How JPEG, PNG, GIF, WebP and TIFF begin in base64.
_BASE64 = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR", "SUkqA", "TU0AK")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=_\s-]")


def _address_ending_in(extensions: tuple[str, ...]) -> re.Pattern[str]:
    endings = "|".join(extensions)
    return re.compile(rf"(?:https?://\S+\.(?:{endings})(?:[?#]\S*)?|data:image/\S.*)\Z", re.IGNORECASE | re.DOTALL)


_SURE_ADDRESS, _LIKELY_ADDRESS = _address_ending_in(_SURE), _address_ending_in(_LIKELY)
_LIKELY_NAME = re.compile(rf"[^\s/\\]\.(?:{'|'.join(_LIKELY)})\Z", re.IGNORECASE)
#: An address with a path, of anything but a page or document.
_UNKNOWN_ADDRESS = re.compile(
    r"https?://[^\s/]+/(?!\S*\.(?:x?html?|pdf|txt|md|json|xml)(?:[?#]|\Z))\S+\Z", re.IGNORECASE
)
_WHITE = re.compile(r"\s")


def on_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether the disk is another machine's, where the system says so (Linux)."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return False
    points = [(fields[1].replace("\\040", " "), fields[2]) for fields in map(str.split, lines) if len(fields) > 2]
    place = path.parent.resolve()
    # The deepest mount counts, and of those on one point the last, which hides the others.
    inside = [(len(point), line, kind) for line, (point, kind) in enumerate(points) if place.is_relative_to(point)]
    return bool(inside) and max(inside)[2] in _NETWORK


def is_path(value: str) -> bool:
    """Whether an image given as a text is a file of this machine, rather than an address or a `data:` URI."""
    return not value[:8].lower().startswith(("http://", "https://", "data:"))


def is_there(name: str, folder: Path) -> bool:
    """Whether a path, which starts at this folder where it is relative, is that of a file."""
    try:
        return (folder / Path(name).expanduser()).is_file()
    except (OSError, ValueError, RuntimeError):  # no path at all, or the `~` of nobody
        return False


def version(path: str | PurePath) -> str:
    """Tells a file from others and from what it held before: full path, size and time of the last change.

    The path alone where there is no file.
    """
    full = os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - a Path would drop "./" and more
    try:
        state = os.stat(full)  # noqa: PTH116
    except (OSError, ValueError):
        return full
    return f"{full}\0{state.st_size} {state.st_mtime_ns}"


def names_image(text: str) -> bool:
    """Whether a text is the address or path of an image, or a `data:` URI, whatever stands beside it."""
    if text[:4].lower() in ("http", "data"):
        return _SURE_ADDRESS.match(text) is not None
    if not text[-5:].lower().endswith(_ENDINGS) or "\n" in text:
        return False
    # "see photo.jpg" and "see https://example.org/photo.jpg" are remarks, "my photos/cat 1.jpg" is a path.
    return not _WHITE.search(text) or (("/" in text or "\\" in text) and "://" not in text)


def may_name_image(text: str) -> bool:
    """Whether a text ends as names of images do: a remark can too, but a whole column of them is none."""
    text = text.strip()
    if text[:4].lower() in ("http", "data") and _LIKELY_ADDRESS.match(text):
        return True
    if "." not in text[-5:] or "\n" in text or not _LIKELY_NAME.search(text[-6:]):
        return False
    before, scheme, _ = text.partition("://")
    return not (scheme and _WHITE.search(before))


def may_be_address(text: str) -> bool:
    """Whether a text is nothing but a web address, and one that does not look like a page's."""
    return text[:4].lower() == "http" and _UNKNOWN_ADDRESS.match(text.strip()) is not None


def may_be_base64(text: str) -> bool:
    """Whether a text seems to be an image's bytes in base64."""
    text = text.strip()
    # Names are shorter than the smallest file.
    return text.startswith(_BASE64) and len(text) > 64 and not _NOT_BASE64.search(text)
