"""Texts that stand for images, such as base64 or `<img>` tags: one warning that names their form and the way out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jsdf.column.advice import with_conversion
from jsdf.column.cells import is_image, is_image_struct
from jsdf.formatting.text import quote
from jsdf.utils.call_site import warn
from jsdf.utils.image_names import looks_like_image_name, looks_like_url, looks_like_url_with_blanks
from jsdf.utils.image_signatures import (
    image_type,
    type_in_base64,
    type_in_bytes_repr,
    type_in_data_uri,
    type_in_hexadecimal,
)

#: Texts that are checked; enough to tell if most of them stand for images.
_MAX_CHECKED = 1_000
_MAX_LINES = 5  # lines of a text that are checked
_AS_IMAGES = "pass kind='image'"
_LOST = "the images themselves are lost, so take the column from its source as paths, URLs or bytes"
_LINES = "pass series.map(str.splitlines, na_action='ignore').explode()"
_LITERALS, _JSON = "series.map(ast.literal_eval, na_action='ignore')", "series.map(json.loads, na_action='ignore')"

#: The text of an object in memory, of an array, or of bytes of an image that were decoded with errors replaced.
_LOST_IMAGE = re.compile(
    r"<(?:PIL\.|memory at 0x|_io\.(?:BytesIO|BufferedReader)\b)|(?:array|tensor)\(\[\["
    r"|\[\[+\s*\d{1,3}(?:[\s,]+\d{1,3}){2}[\s,\]]"
    "|\ufffd+(?:\\0\x10JFIF|\\0.Exif|PNG)",
    re.DOTALL,
)
_STRUCT = re.compile(
    r"""(?:[\[(]\s*)?\{.{0,300}?["'](bytes|path|url|image_url|src)["']\s*:\s*b?(["'])([^"']+)""", re.DOTALL
)
_LIST = re.compile(r"""[\[(]\s*(["'])([^"']+)\1\s*[,\])].*(?<=[\])])\Z""", re.DOTALL)
#: A text in quotes or brackets, also those of Python's `bytes` and `bytearray` and of SQL's `X'...'`.
_WRAPPED = re.compile(r"""((?:b|x)?["']|<|bytearray\()(.+)(["'>)])\Z""", re.IGNORECASE | re.DOTALL)
#: A tag of an image with nothing but other tags around it.
_HTML = re.compile(
    r"""(?:<(?!img\b)[^<>]*>\s*)*<img\b[^<>]*\ssrc\s*=\s*(["']?)[^<>]+>(?:\s*<(?!img\b)[^<>]*>)*\Z""", re.IGNORECASE
)
_MARKDOWN = re.compile(r"\[?!\[[^\]]*\]\([^)]+\)(?:\]\([^)]*\))?\Z")
_STORED = re.compile(r"(s3|gs|gcs|az|abfss?|wasbs?|r2|hdfs|hf|dbfs|file):/\S+\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Disguise:
    """A form in which texts stand for images.

    Attributes:
        name: The form, as in "the bytes of an image in base64".
        matches: True for a text in this form.
        cure: What to do about a column of such texts, given one of them.
        is_bare: True if such a text may also stand in quotes or brackets.
    """

    name: str
    matches: Callable[[str], object]
    cure: Callable[[str], str]
    is_bare: bool = False


def _is_struct(text: str) -> bool:
    match = _STRUCT.match(text)
    return match is not None and (match[1] == "bytes" or looks_like_image_name(match[3]))


def _is_list(text: str) -> bool:
    match = _LIST.match(text)
    return match is not None and looks_like_image_name(match[2])


def _of_literal(text: str) -> str:
    """Return code that reads a list or dict written as text, and takes the images out of it."""
    for parse, parsed in ((json.loads, _JSON), (ast.literal_eval, _LITERALS)):
        try:
            code = _way_to_image(parse(text))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if code is not None:
            return f"pass {parsed}{code}" + (", which gives each image a row of its own" if "explode" in code else "")
    return _LOST  # it was cut when it was written


def _way_to_image(value: Any) -> str | None:
    """Return code that leads from a column of such values to the images in them; None if there is none."""
    if is_image(value) or is_image_struct(value) or (isinstance(value, str) and _is_name(value)):
        return ""
    if isinstance(value, dict):
        ways = ((f".str[{key!r}]", _way_to_image(item)) for key, item in value.items())
    else:
        items = value if isinstance(value, (list, tuple)) else ()
        ways = ((".explode()", _way_to_image(item)) for item in items)
    return next((step + way for step, way in ways if way is not None), None)


def _is_wrapped(text: str) -> bool:
    match = _WRAPPED.match(text)
    return match is not None and any(disguise.matches(match[2]) for disguise in _DISGUISES if disguise.is_bare)


def _of_wrapped(text: str) -> str:
    match = _WRAPPED.match(text)
    prefix, suffix = (match[1], match[3]) if match else ("", "")
    return f"pass series.str.strip().str.removeprefix({prefix!r}).str.removesuffix({suffix!r})"


def _is_lines(text: str) -> bool:
    lines = text.split("\n", _MAX_LINES)[:_MAX_LINES]
    return len(lines) > 1 and all(looks_like_image_name(line) for line in lines)


def _of_html(text: str) -> str:
    match = _HTML.match(text)
    mark = match.group(1) if match else '"'
    inner = f"([^{mark}]+)" if mark else r"([^\s>]+)"
    pattern = rf"\ssrc\s*=\s*{mark}{inner}"
    unescape = ".map(html.unescape, na_action='ignore')" if "&" in text else ""
    return f"pass series.str.extract(r{pattern!r}, expand=False){unescape}".replace("\\\\", "\\")


def _of_hexadecimal(text: str) -> str:
    prefix = text[:2] if text[:2].lower() in ("0x", "\\x") else ""
    removed = f".str.removeprefix({prefix!r})" if prefix else ""
    separators = ".str.replace(':', '')" if ":" in text[:8] else ""
    return f"pass series{removed}{separators}.map(bytes.fromhex, na_action='ignore')"


def _of_bytes_repr(text: str) -> str:
    if text.startswith("b"):
        return f"pass {_LITERALS}"
    return "pass series.str.encode('latin-1').str.decode('unicode_escape').str.encode('latin-1')"


def _of_base64(text: str) -> str:
    return f"pass 'data:image/{type_in_base64(text)};base64,' + series"


def _of_stored(text: str) -> str:
    return _AS_IMAGES if text[:4].lower() == "file" else "pass signed https:// URLs, or the bytes of each file"


def _type_in_characters(text: str) -> str | None:
    """Return the type of the image whose bytes were decoded as Latin-1."""
    return image_type(text[:64].encode("latin-1", "ignore")) if text[0] in "\xff\x89GRIMB\0P8" else None


def _is_svg(text: str) -> bool:
    return image_type(text[:400].encode("ascii", "replace")) == "svg+xml"


def _is_name(text: str) -> bool:
    return looks_like_image_name(text) or looks_like_url(text)


def _always(cure: str) -> Callable[[str], str]:
    return lambda _: cure


_OF_MARKDOWN = r"pass series.str.extract(r'!\[.*?\]\(<?([^)\s>]+)', expand=False)"
_DISGUISES = (
    Disguise("the text of an image in memory", _LOST_IMAGE.match, _always(_LOST)),
    Disguise("an image's bytes and path, or its address, in a dict written as text", _is_struct, _of_literal),
    Disguise("a list of images written as text", _is_list, _of_literal),
    Disguise("an image's tag in HTML", _HTML.match, _of_html),
    Disguise("an image in Markdown", _MARKDOWN.match, _always(_OF_MARKDOWN)),
    Disguise("an image in a data: URI", type_in_data_uri, _always(_AS_IMAGES)),
    Disguise(
        "an image's address with blanks in it",
        looks_like_url_with_blanks,
        _always("pass series.str.replace(' ', '%20')"),
    ),
    Disguise("an address in a file store", _STORED.match, _of_stored),
    Disguise("the bytes of an image as Python writes them", type_in_bytes_repr, _of_bytes_repr, is_bare=True),
    Disguise("the bytes of an image in hexadecimal", type_in_hexadecimal, _of_hexadecimal, is_bare=True),
    Disguise("the bytes of an image in base64", type_in_base64, _of_base64, is_bare=True),
    Disguise("the source of a drawing (SVG)", _is_svg, _always("render the drawings as PNG to label what they show")),
    Disguise(
        "the bytes of an image decoded as Latin-1", _type_in_characters, _always("pass series.str.encode('latin-1')")
    ),
    Disguise("an image's file name or address", _is_name, _always(_AS_IMAGES), is_bare=True),
    Disguise("an image in quotes or brackets", _is_wrapped, _of_wrapped),
    Disguise("several images, one in each line", _is_lines, _always(_LINES)),
)


def find_disguise(text: str) -> Disguise | None:
    """Return the form in which a text stands for an image, or None if it is an ordinary text."""
    text = text.strip()
    return next((disguise for disguise in _DISGUISES if disguise.matches(text)), None)


def warn_of_disguises(texts: list[str], conversion: str = "") -> None:
    """Warn if most texts stand for images: they would be billed and classified by their spelling.

    The warning names the most frequent form, with an example and a cure.

    Args:
        texts: Distinct texts.
        conversion: Code that makes the Series of what the user passed; "" if it is one.
    """
    checked = texts[:_MAX_CHECKED]
    found = [(disguise, text) for text in checked if (disguise := find_disguise(text)) is not None]
    if 2 * len(found) <= len(checked):
        return
    names = [disguise.name for disguise, _ in found]
    disguise, example = found[names.index(max(names, key=names.count))]
    subject = "every value looks" if names.count(disguise.name) == len(checked) else "most values look"
    cure = with_conversion(disguise.cure(example.strip()), conversion)
    otherwise = "kind='text'" if cure.startswith("pass ") else "pass kind='text'"
    warn(
        f"{subject} like {disguise.name}, for example {quote(example)}, and all are classified as text; "
        f"{cure} if they are images, or {otherwise} if they are not"
    )
