"""Every argument that the entry points share has the documented default and is documented."""

import inspect
import re

import pandas as pd
import pytest

import jsdf
from jsdf.api import validation

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
