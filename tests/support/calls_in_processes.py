"""A call that takes a while, and Python code run as a process of its own."""

import subprocess
import sys

import pandas as pd

import jsdf
from jsdf.testing import FakeEngine

LABELS = ["a", "b"]
COLUMN = pd.Series([f"text {i}" for i in range(64)])


def classify(**arguments):
    return jsdf.classify(COLUMN, LABELS, engine=FakeEngine(), cache=False, progress=False, **arguments)


def python(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
