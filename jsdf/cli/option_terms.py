"""Put messages of the Python API into the terms of the command line: options, variables and files.

Only its messages are rewritten, where they enter the command line: errors and warnings of runs, plans and labels, and
the reasons of rows. What the command line says itself, with names of files and columns, is printed as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from jsdf.config import KEY_VARIABLE, URL_VARIABLE
from jsdf.errors import APIError, JSDFError

#: Arguments of the Python API that are options of the same name.
_OPTIONS = "kind|engine|errors|task|max_requests|max_tokens|max_cost|repeats|quoting"
_VALUE = re.compile(rf"""\b({_OPTIONS})=(?:(["'])(.*?)\2|(-?[\w.]*\w)|(?=\W|$))""")
_SHELL_WORD = re.compile(r"[\w.:/-]+")

#: Patterns in messages of the other packages, and what the command line says instead; in this order.
_RULES = [
    (r"no API key: get one at (\S+?),? then set \w+\b.*",
     rf"no API key: set {KEY_VARIABLE} (get a key at \1), or pass --engine local"),
    (r",? or (?:pass|use) jsdf\.Hosted\([^()]*\)", ""),
    (r"(?:jsdf\.last_run\(\)\.|run\.|[Ii]ts )?\bretry\(\)", "--retry"),
    (r"labels=(.+): pass (?:a list of )?at least two (?:distinct )?labels, as in .*",
     r"labels \1: pass at least two distinct labels, as in --label positive --label negative"),
    (r"\blabels=", "labels "),
    (r"^examples: ", "--examples: "),
    (r",? or teach .*\(values, labels\)+", ""),
    (r"\bleave examples out\b", "leave --examples out"),
    (r"pass its certificate, as in jsdf\.Hosted\([^()]*\), or set SSL_CERT_FILE",
     "set SSL_CERT_FILE to its certificate"),
    (r"pass series\.str\.replace\(' ', '%20'\) if they are images, or (?:pass )?",
     "write %20 for each blank in the file if they are images, or pass "),
    (r"; [^;]*\bseries\b.* if they are images, or (?:pass )?",
     "; write each image's address or path in the file if they are images, or pass "),
    (r"to leave such rows out, pass series.*", "leave such rows out of the file"),
    (r"split the column into series.*", "split the column into one of texts and one of images"),
    (r"pass (?:\S+ \+ )?series.*?(?=, or pass|$)",
     "write texts, or addresses or paths of images, in this column of the file"),
    (r"convert the column with \.astype\(.string.\)", "write these values as texts in the file"),
    (r"pass the column's \.(?:struct|str)\b.*", "keep only texts, or only images, in this column"),
    (r"\{'name': jsdf\.image\(\.\.\.\)\}", '{"name": {"image": "PATH"}}'),
    (r"jsdf\.image\(\.\.\.\)", '{"image": "PATH"}'),
    (r"^(.*labels: .*\bwrite it as )'([^'\"]*)'$", r'\1"\2"'),
    (r"(?:; )?\bjsdf\.Local\(windows=\.\.\.\) reads more", ""),
    (r"\bset jsdf\.options\.price_per_million_tokens(?: first)?", "pass --price"),
    (r"\bmultiple_labels=True\b", "--multiple"),
    (r"\bleave multiple_labels out\b", "leave --multiple out"),
    (r"\bcache=False\b", "--no-cache"),
    (rf"\bbase_url\b(.*?) \({URL_VARIABLE}\)", rf"{URL_VARIABLE}\1"),
    (r"\bbase_url\b", URL_VARIABLE),
    (rf"\b{KEY_VARIABLE} or api_key\b", KEY_VARIABLE),
    (r"\bapi_key\b", KEY_VARIABLE),
]  # fmt: skip
_COMPILED = [(re.compile(pattern), replacement) for pattern, replacement in _RULES]


@contextmanager
def errors_in_option_terms() -> Iterator[None]:
    """Put the errors that the Python API raises in this block into the terms of the command line."""
    try:
        yield
    except APIError as error:
        error.message = in_option_terms(error.message)
        raise
    except JSDFError as error:
        error.args = (in_option_terms(str(error)), *error.args[1:])
        raise


def in_option_terms(message: str) -> str:
    """Return a message in which arguments of the Python API are options of the command line or variables."""
    for pattern, replacement in _COMPILED:
        message = pattern.sub(replacement, message)
    return _VALUE.sub(_as_option, message)


def _as_option(found: re.Match[str]) -> str:
    name = f"--{found[1].replace('_', '-')}"
    if found[3] is None:
        return name if found[4] is None else f"{name} {found[4]}"
    value = found[3] if _SHELL_WORD.fullmatch(found[3]) else f"{found[2]}{found[3]}{found[2]}"
    return f"{name} {value}"
