"""Sample columns, galleries and reviews, and a parser for their HTML."""

import os
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

import jsdf
from jsdf.api.viewers import review
from jsdf.testing import FakeEngine

LABELS = ["cat", "dog", "bird"]
#: Texts and names that would be dangerous in a page or terminal without escaping.
HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '"onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "javascript:alert(1)",
    "</style></script><svg/onload=alert(1)>",
    "&lt;b&gt; <b>",
    "\u202egnp.exe",
    "مرحبا <b>",
    "🐈‍⬛ emoji",
    "\ud800 lone",
    "a\0b\x1b[31mred",
    "{{7*7}} ${7*7} $x^2$",
]


def texts(n=60):
    return pd.Series([f"text {i}" for i in range(n)], name="text")


def labelled(n=60, names=("cat", "dog", "bird"), **more):
    values = [names[i % len(names)] for i in range(n)]
    return pd.Series(values, dtype=pd.CategoricalDtype(list(names)), name="animal", **more)


def hot(n=60, dtype="bool"):
    return pd.DataFrame({"price": np.arange(n) % 2 == 0, "delivery": np.arange(n) % 3 == 0}).astype(dtype)


def pictures(folder, n):
    """Write `n` small images, each of another colour, and return a column of their paths."""
    paths = []
    for i in range(n):
        paths.append(folder / f"{i}.png")
        Image.new("RGB", (12, 8), (i * 7 % 256, i * 29 % 256, 9)).save(paths[-1])
    return pd.Series([str(path) for path in paths], name="photo")


class Page(HTMLParser):
    """Parsed page: its elements, their attributes and its texts."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts, self._open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self._open:
            self.texts.append(data)

    @property
    def tags(self):
        return {tag for tag, _ in self.elements}

    @property
    def names(self):
        return {name for _, attributes in self.elements for name in attributes}


def run_of(series, labels=LABELS, **more):
    engine = more.pop("engine", None) or FakeEngine(scores=True)
    return jsdf.run(series, labels, engine=engine, cache=False, progress=False, **more)


def everything(g):
    """Return the rows of all pages, page by page."""
    seen = []
    for page in range(g.pages):
        g.go_to_page(page)
        seen += g.rows
    return seen


def hostile(maker=review):
    values = pd.Series(HOSTILE, dtype=object, index=pd.Index(HOSTILE, dtype=object), name="<b>name")
    names = [name for name in HOSTILE if "\ud800" not in name]
    label = pd.Series([names[i % len(names)] for i in range(len(HOSTILE))], index=values.index, dtype=object)
    return maker(values, label, labels=names)


def fresh(label, **more):
    return review(texts(10), label, resume=False, **more)


def fresh_of(n, label, **more):
    return review(texts(n), label, resume=False, **more)


def correction_files():
    """Return the paths of all corrections files beside the store."""
    return sorted(Path(os.environ["JSDF_CACHE_DIR"]).rglob("*.jsonl"))
