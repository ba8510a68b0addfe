"""JavaScript and CSS of the gallery, from the files in `static`."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from jsdf.formatting.theme import css

_FOLDER = Path(__file__).parent / "static"
#: Modules in an order in which each one imports earlier ones only.
_MODULES = "names", "keys", "rows", "bench", "tiles", "focus", "sidebar", "toolbar", "dialogs", "saved", "app"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[\w/-]+\.js";\n', re.MULTILINE)
#: Names that the modules import from the vendored file.
_VENDORED_NAMES = "html, render: draw, useLayoutEffect, useRef, useState"
_VENDORED_EXPORT = re.compile(r"export\{([^}]*)\};?\s*$")


def script() -> str:
    """Return the JavaScript as one ES module without imports, as a widget needs it.

    The files are modules of their own, which a browser can load as they are. Here their imports of each other go, and
    what they export becomes names of one module.
    """
    modules = [_FOLDER.joinpath(f"{name}.js").read_text("utf-8") for name in _MODULES]
    parts = [re.sub(r"^export (?!default)", "", _IMPORT.sub("", module), flags=re.MULTILINE) for module in modules]
    return "".join([_vendored(), f"const RULES = {json.dumps(_read('bench.css'))};\n", *parts])


def _vendored() -> str:
    """Return the vendored file as constants, with its own names out of sight."""
    source = _read("vendor/htm-preact.js")
    exported = _VENDORED_EXPORT.search(source)
    if exported is None:
        raise ValueError("vendor/htm-preact.js does not end with its exports")
    pairs = [name.split(" as ") for name in exported[1].split(",")]
    body = source[: exported.start()]
    values = ", ".join(f"{public}: {own}" for own, public in pairs)
    return f"const {{ {_VENDORED_NAMES} }} = (() => {{ {body}; return {{ {values} }}; }})();\n"


def rules() -> str:
    """Return the CSS of the page around the widget: the theme's colours, which its shadow root inherits."""
    return css(".jsdf-bench")


@cache
def page_rules() -> str:
    """Return the CSS of a gallery as static HTML."""
    page = ".jsdf-page" * 3
    return css(".jsdf-page") + "\n" + _read("page.css").replace("PAGE", page)


@cache
def saved_rules() -> str:
    """Return the CSS that hides what a notebook shows in the place of a widget that no kernel has."""
    return _read("saved.css")


def _read(name: str) -> str:
    return _FOLDER.joinpath(name).read_text("utf-8")
