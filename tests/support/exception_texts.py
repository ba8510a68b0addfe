"""All text that an exception can show, with the local variables of the package's frames."""

import traceback
from pathlib import Path

import jsdf

PACKAGE = Path(jsdf.__file__).parent


def everything_of(error):
    """Return all text of an exception and its causes, as a traceback with locals shows it."""
    seen = []
    while error is not None:
        frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        seen += [f"{frame.name} {frame.locals}" for frame in frames if PACKAGE in Path(frame.filename).parents]
        seen += [repr(error), str(error), repr(error.args), repr(vars(error))]
        for name in ("request", "_request", "response"):
            seen.append(repr(getattr(getattr(error, name, None), "headers", None)))
        error = error.__cause__ or error.__context__
    return "\n".join(seen)
