"""Embed a column; the work is done by `jsdf.runner.embedding`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.api.arguments import with_own_arguments
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from jsdf.column import Column
    from jsdf.engines.base import Engine


@with_own_arguments
def embed(series: pd.Series[Any], *, kind: str = "auto", engine: Any = None, progress: Any = None) -> npt.NDArray[Any]:
    """Return the vectors of a column's texts or images, as the local engine's models see them.

    The cosine of two vectors says how similar two values are. The built-in models have 384 numbers for a text and 1,280
    for an image; every vector has the length 1. Distinct values are embedded once; nothing is stored.

    Args:
        series: Texts or images, as for `jsdf.classify`.
        kind: `"text"`, `"image"` or, the default, `"auto"`: image if every value is one.
        engine: An engine with embeddings, such as `jsdf.Local(text_model=...)`. None, the default, for
            `jsdf.options.engine`, or the local engine where that is `"auto"` or `"hosted"`. A cascade embeds by its
            cheap engine.
        progress: True, False, None or a function, as for `jsdf.classify`.

    Returns:
        An array of shape (rows, width) in the order of the rows, NaN in rows without a value, and in those that cannot
        be read, of which a warning tells the number and reasons. float32; with more than 100,000 rows float16, an
        `np.memmap` on a temporary file that is removed with the array. Its width is 0 if no row has a value.

    Raises:
        InvalidInputError: The column or an argument cannot be used, or the engine has no embeddings.
        KeyboardInterrupt: After an interrupt, at once.
    """
    from jsdf.config import options
    from jsdf.display.progress.view import preparation, view
    from jsdf.utils.call_site import warn

    with preparation(progress, series) as prepared:
        from jsdf.runner.embedding.embed_operation import EmbedOperation  # takes a while for the first time
        from jsdf.runner.loops import event_loop, nested_loop

        run_operation = nested_loop.run_nested if options.event_loop == "nested" else event_loop.run
        operation = EmbedOperation(*_checked(series, kind, engine, progress))
        shown = options.progress if progress is None else progress
        with view(shown, operation.request_stop, preparation=prepared) as (show, idle):
            vectors = run_operation(operation, show, idle)
    if operation.problem is not None:
        warn(operation.problem)
    return vectors


def _checked(series: Any, kind: str, engine: Any, progress: Any) -> tuple[Column, Engine]:
    from jsdf.api.validation import check_kind
    from jsdf.column import conversion_code, encode, to_series
    from jsdf.engines.resolve import resolve_engine

    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise InvalidInputError(f"progress={progress!r}: pass True, False, None or a function")
    column = encode(to_series(series), kind, conversion=conversion_code(series))
    resolved = resolve_engine(_embedding_part(engine))
    check_kind(column, resolved)
    return column, resolved


def _embedding_part(engine: Any) -> Any:
    """Return what embeds where this is given as `engine`: the local engine by default, the cheap one of a cascade."""
    from jsdf.config import options
    from jsdf.engines.cascade import Cascade

    if engine is None:
        engine = options.engine
        if isinstance(engine, str) and engine in ("auto", "hosted"):
            return "local"
    if isinstance(engine, str) and engine == Cascade.name:
        engine = Cascade()
    return engine._cheap if isinstance(engine, Cascade) else engine  # the paid one may lack its key
