"""Follow the advice in a message: find the code in it and run it, as a reader would."""

import ast
import html
import json
import re

import numpy as np
import pandas as pd

#: Words that follow a piece of code.
END = re.compile(r" to give each item| to make one text|, which gives|, or pass|, or series| if they are images")


def code_in(message):
    """Return the first piece of code that a message advises, or None."""
    start = message.find("pass series")
    for lead in ("pass 'data:", "pass kind="):
        start = message.find(lead) if start < 0 else start
    if start < 0:
        return None
    code = END.split(message[start + len("pass ") :])[0]
    return code.split(" ")[0] if code.startswith("kind=") else code


def follow(series, message):
    """Return the column and the keyword arguments that a message advises instead of this column."""
    code = code_in(message)
    assert code is not None, message
    if code.startswith("kind="):
        return series, {"kind": ast.literal_eval(code.removeprefix("kind=").rstrip(","))}
    return eval(code, {"series": series, "ast": ast, "json": json, "html": html, "np": np, "pd": pd}), {}
