"""The public names are exactly those listed here; each can be imported and has a docstring."""

import importlib
import inspect
import json
import subprocess
import sys

import pytest

import jsdf

#: Module -> its public names.
PUBLIC = {
    "jsdf": [
        "APIError",
        "AuthenticationError",
        "BatchEffect",
        "Cascade",
        "Certificate",
        "ClassificationError",
        "Comparison",
        "ConfirmationError",
        "Evaluation",
        "Hosted",
        "ImageError",
        "InvalidInputError",
        "InvalidLabelsError",
        "JSDFError",
        "Label",
        "LearnedLocal",
        "Local",
        "MissingExtraError",
        "MissingKeyError",
        "ModelError",
        "Plan",
        "Progress",
        "RateLimitError",
        "Run",
        "Shares",
        "TransientError",
        "Usage",
        "aclassify",
        "classify",
        "classify_batches",
        "compare",
        "embed",
        "evaluate",
        "gallery",
        "image",
        "last_run",
        "options",
        "plan",
        "probe",
        "review",
        "run",
        "shares",
        "usage",
    ],
    "jsdf.engines": ["Engine", "Kind", "Question", "RateLimitInfo", "Reply", "Session", "Tokens"],
    "jsdf.spark": ["classify"],
    "jsdf.testing": [
        "FakeEngine",
        "FakeService",
        "FakeTransport",
        "Fault",
        "LoopbackServer",
        "Record",
        "Request",
        "digest",
        "expected",
        "fault",
    ],
}


def run_python(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light_and_silent_even_twice():
    code = """
import json, sys
import jsdf
heavy = {"ipywidgets", "IPython", "PIL", "onnxruntime", "tokenizers", "httpx", "tqdm", "dask", "pyspark", "anywidget"}
heavy |= {"sklearn", "scipy"}
print(json.dumps(sorted(heavy & set(sys.modules))))
for name in [n for n in sys.modules if n.split(".")[0] == "jsdf"]:
    del sys.modules[name]
import jsdf, pandas
assert pandas.Series(["a"]).jigsaw and callable(jsdf.run)
"""
    assert json.loads(run_python(code)) == []


@pytest.mark.parametrize("name", jsdf.__all__)
def test_all_is_what_can_be_imported(name):
    assert getattr(importlib.import_module("jsdf"), name) is not None
    assert list(jsdf.__all__) == sorted(jsdf.__all__)


def test_the_functions_are_functions():
    importlib.import_module("jsdf.results.run")
    for name in ("classify", "aclassify", "run", "plan", "last_run", "image"):
        assert inspect.isfunction(getattr(jsdf, name)), name


@pytest.mark.parametrize("name", jsdf.__all__)
def test_everything_public_has_a_docstring(name):
    found = getattr(jsdf, name)
    assert (found if inspect.isclass(found) or inspect.isfunction(found) else type(found)).__doc__


def bound_names(name):
    """Return the public names in a module that come from this package, without submodules."""
    members = vars(importlib.import_module(name))
    return {
        key
        for key, value in members.items()
        if not key.startswith("_") and not inspect.ismodule(value) and _is_from_package(value)
    }


def _is_from_package(value):
    module = getattr(value, "__module__", None) or type(value).__module__
    return module.partition(".")[0] == "jsdf"


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_these_in_order(name):
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(PUBLIC[name])


@pytest.mark.parametrize("name", PUBLIC)
def test_a_star_import_gives_exactly_the_public_names(name):
    namespace = {}
    exec(f"from {name} import *", namespace)
    assert namespace.keys() - {"__builtins__"} == set(PUBLIC[name])


@pytest.mark.parametrize("name", PUBLIC)
def test_modules_bind_no_other_names_of_the_package(name):
    assert bound_names(name) <= set(PUBLIC[name])


def test_dir_shows_only_the_public_names():
    assert dir(jsdf) == PUBLIC["jsdf"]


def test_an_unknown_name_is_quoted():
    with pytest.raises(AttributeError, match="module 'jsdf' has no attribute 'clasify'"):
        _ = jsdf.clasify
