"""Every argument that the entry points share has the documented default and is documented."""

import asyncio
import inspect
import re

import pandas as pd
import pytest

import jsdf
from jsdf.api import validation
from jsdf.testing import FakeEngine

SPEC = {
    "multiple_labels": False,
    "task": None,
    "kind": "auto",
    "engine": None,
    "errors": "raise",
    "cache": True,
    "progress": None,
    "max_requests": None,
    "max_tokens": None,
    "max_cost": None,
    "strict": False,
    "repeats": 1,
    "examples": None,
}


def test_arguments_and_defaults_are_as_designed():
    parameters = inspect.signature(validation.check_call).parameters
    assert {n: p.default for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY} == SPEC


@pytest.mark.parametrize("name", [*inspect.signature(validation.check_call).parameters])
def test_every_parameter_of_classify_is_documented(name):
    assert re.search(rf"^\s*(- )?{name}\b.*:", jsdf.classify.__doc__, re.MULTILINE)


@pytest.mark.parametrize(
    "entry_point",
    [jsdf.classify, jsdf.aclassify, jsdf.run, jsdf.plan]
    + [
        getattr(owner.jigsaw, m)
        for owner in (pd.Series, pd.DataFrame)
        for m in ("classify", "aclassify", "run", "plan")
    ],
    ids=lambda d: d.__qualname__,
)
def test_an_editor_sees_every_argument(entry_point):
    parameters = inspect.signature(entry_point).parameters
    spec = SPEC | ({"check": False} if entry_point.__name__ == "plan" else {})
    assert {n: p.default for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY} == spec


SERIES = pd.Series(["a", "b"], name="review")
FRAME = SERIES.to_frame()
GALLERY, REVIEW = SERIES.jigsaw.gallery(), SERIES.jigsaw.review(["x", "y"], resume=False)
ENGINE = FakeEngine()
#: A call, the function as users write it, the unknown argument, and the one that was meant.
MISSPELLED = [
    (lambda: jsdf.classify(SERIES, ["a", "b"], multiple=True), "jsdf.classify", "multiple", "multiple_labels"),
    (lambda: SERIES.jigsaw.run(["a", "b"], engin="local"), "series.jigsaw.run", "engin", "engine"),
    (lambda: FRAME.jigsaw.plan("review", ["a", "b"], chek=True), "df.jigsaw.plan", "chek", "check"),
    (lambda: asyncio.run(jsdf.aclassify(SERIES, ["a", "b"], egine=1)), "jsdf.aclassify", "egine", "engine"),
    (lambda: jsdf.gallery(SERIES, colums=3), "jsdf.gallery", "colums", "columns"),
    (lambda: jsdf.review(SERIES, ["x", "y"], resum=False), "jsdf.review", "resum", "resume"),
    (lambda: SERIES.jigsaw.gallery(score=1), "series.jigsaw.gallery", "score", "scores"),
    (lambda: FRAME.jigsaw.review("review", ["x", "y"], agianst=1), "df.jigsaw.review", "agianst", "against"),
    (lambda: GALLERY.filter(lable="x"), "gallery.filter", "lable", "label"),
    (lambda: REVIEW.filter(txt="x"), "review.filter", "txt", "text"),
    (lambda: REVIEW.choose(0, lable="x"), "review.choose", "lable", "label"),
]


@pytest.mark.parametrize(("call", "function", "unknown", "meant"), MISSPELLED, ids=[case[1] for case in MISSPELLED])
def test_a_misspelled_argument_is_told_the_closest_one(call, function, unknown, meant):
    with pytest.raises(TypeError) as caught:
        call()
    expected = f"{function}() got an unexpected keyword argument {unknown!r}; did you mean {meant!r}?"
    assert str(caught.value) == expected


#: A call, and the message.
MISFITS = {
    "unknown": (
        lambda: FRAME.jigsaw.gallery("review", name="x"),
        "df.jigsaw.gallery() got an unexpected keyword argument 'name'; it takes column, label, labels, scores, "
        "against, columns, size, kind, vectors",
    ),
    "no labels": (lambda: jsdf.classify(SERIES), "jsdf.classify() needs labels=..."),
    "no labels for a method": (lambda: SERIES.jigsaw.classify(), "series.jigsaw.classify() needs labels=..."),
    "nothing": (lambda: jsdf.run(), "jsdf.run() needs series=... and labels=..."),
    "nothing for a frame": (
        lambda: FRAME.jigsaw.classify(engine=ENGINE),
        "df.jigsaw.classify() needs column=... and labels=...",
    ),
    "awaited": (lambda: asyncio.run(FRAME.jigsaw.aclassify("review")), "df.jigsaw.aclassify() needs labels=..."),
    "no label": (lambda: FRAME.jigsaw.review("review"), "df.jigsaw.review() needs label=..."),
    "no label for a Series": (lambda: SERIES.jigsaw.review(), "series.jigsaw.review() needs label=..."),
    "no label for the function": (lambda: jsdf.review(SERIES), "jsdf.review() needs label=..."),
    "no label for choose": (lambda: REVIEW.choose(0), "review.choose() needs label=..."),
    "too many": (
        lambda: SERIES.jigsaw.classify(["a", "b"], True),
        "series.jigsaw.classify() takes 1 by position (labels), not 2; pass the others by name, as in "
        "multiple_labels=...",
    ),
    "too many for a frame": (
        lambda: FRAME.jigsaw.gallery("review", "x", 3),
        "df.jigsaw.gallery() takes 2 by position (column, label), not 3; pass the others by name, as in labels=...",
    ),
    "too many for filter": (
        lambda: GALLERY.filter("x"),
        "gallery.filter() takes 0 by position, not 1; pass the others by name, as in label=...",
    ),
    "too many for sort": (lambda: GALLERY.sort("row", True), "gallery.sort() takes 1 by position (by), not 2"),
    "twice": (
        lambda: FRAME.jigsaw.classify("review", ["a", "b"], column="review"),
        "df.jigsaw.classify() got column twice, by position and as column=...",
    ),
}


@pytest.mark.parametrize(("call", "message"), MISFITS.values(), ids=MISFITS)
def test_arguments_that_do_not_fit_are_explained_as_users_write_the_call(call, message):
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == message
    assert not re.search("Jigsaw|Model|positional|self", message)
    assert ENGINE.calls == []


def test_errors_of_the_function_itself_are_not_touched():
    def texts():
        yield "a"
        raise TypeError("an error of the caller's own")

    with pytest.raises(TypeError, match=r"^an error of the caller's own$"):
        jsdf.run(texts(), ["a", "b"], engine=ENGINE)
