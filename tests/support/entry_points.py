"""Every function that labels a column, as a function without arguments."""

import asyncio

import pandas as pd
from sample_column import LABELS, SERIES

import jsdf

FRAME = SERIES.to_frame("text")


def calls(engine, **more):
    """Return every entry point, as functions without arguments."""
    run = {"labels": LABELS, "engine": engine, "progress": False, **more}
    return {
        "classify": lambda: jsdf.classify(SERIES, **run),
        "run": lambda: jsdf.run(SERIES, **run),
        "aclassify": lambda: asyncio.run(jsdf.aclassify(SERIES, **run)),
        "series": lambda: SERIES.jigsaw.classify(**run),
        "frame": lambda: FRAME.jigsaw.run("text", **run),
        "classify_batches": lambda: list(jsdf.classify_batches([FRAME], "text", **run)),
    }


NAMES = list(calls(None))


def hosted(service):
    return jsdf.Hosted("test-key", transport=service.transport(), rate=100_000)


def column(count, length=20):
    return pd.Series([f"{i:05}" + "x" * length for i in range(count)])
