"""The plain functions: what the accessors do, for a Series in hand and for editors that cannot see accessors.

Whatever does the work is imported at the first call: `import jsdf` waits for no HTTP client, loop or store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.api.arguments import Arguments, with_run_arguments
from jsdf.results.answers import LabelResult

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from jsdf.results.run import Plan, Run


@with_run_arguments
def classify(series: pd.Series[Any], labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
    """Label every row of a column.

    Args:
        series: Texts or images. Null, empty and white-space-only values are never sent. Distinct values
            are sent once.
        labels: A list of strings; a mapping of name to description, or to a list of descriptions and
            `jsdf.image(...)`; `jsdf.Label` objects; the service's own dicts; an `Enum` class; a
            `CategoricalDtype` or an `Index`. At least two. With more than 24 the hosted engine answers in
            rounds, which is approximate.
        **arguments: Any of these.

            - multiple_labels (bool): True where a row may have any number of labels. Default False.
            - task (str | None): An instruction in natural language. Default None.
            - kind (str): `"text"`, `"image"` or, the default, `"auto"`: image when every value is one.
            - engine (str | Engine | None): `"hosted"`, `"local"`, `"auto"`, an engine, or None for
              `jsdf.options.engine`.
            - errors (str): `"raise"`, the default, or `"coerce"`: null for rows without an answer.
            - cache (bool): False neither reads nor writes the store. Default True.
            - progress (bool | callable | None): True shows a bar, False none, None, the default, shows
              one in notebooks and terminals; a function gets each `jsdf.Progress`.
            - max_requests (int | None): Stop before the request after this many. Default None.
            - max_tokens (int | None): Stop before the request expected to pass this many. Default None.

    Returns:
        A `category` Series: the input's index, length and name, the label names as categories in the
        caller's order. With `multiple_labels` a frame with the same index and one `bool` column a label,
        `boolean` (nullable) when any row has no answer.

    Raises:
        InvalidLabelsError: The labels cannot be used. Nothing was sent.
        InvalidInputError: The column or an argument cannot be used. Nothing was sent.
        MissingKeyError: There is neither a key nor the local engine.
        AuthenticationError: The key is wrong; what was answered before is in `.run`.
        ClassificationError: With `errors="raise"`, after everything else is done: some rows failed or
            were answered outside the labels; `.run` has it all.
        KeyboardInterrupt: After an interrupt, once what was in flight is stored; see `jsdf.last_run`.
    """
    from jsdf.api import execution
    from jsdf.api.validation import check_call

    call = check_call(series, labels, **arguments)
    return execution.labels_or_raise(execution.run(call), call)


@with_run_arguments
async def aclassify(series: pd.Series[Any], labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
    """The awaitable twin of `classify`, which has the arguments; cancelling it stops it as an interrupt does.

    Args:
        series: Texts or images.
        labels: As for `classify`.
        **arguments: As for `classify`.

    Returns:
        As `classify` does.

    Raises:
        JSDFError: As for `classify`.
        asyncio.CancelledError: When cancelled, once what was in flight is stored; see `jsdf.last_run`.
    """
    from jsdf.api import execution
    from jsdf.api.validation import check_call

    call = check_call(series, labels, **arguments)
    return execution.labels_or_raise(await execution.arun(call), call)


@with_run_arguments
def run(series: pd.Series[Any], labels: Any, **arguments: Unpack[Arguments]) -> Run:
    """Label every row, and return everything known of each; never raises for failed rows.

    Args:
        series: Texts or images.
        labels: As for `classify`.
        **arguments: As for `classify`.

    Returns:
        A `Run`: labels, status, failures, scores and usage, with `retry()`.

    Raises:
        JSDFError: As for `classify`, `ClassificationError` excepted.
    """
    from jsdf.api import execution
    from jsdf.api.validation import check_call

    return execution.run(check_call(series, labels, **arguments))


@with_run_arguments
def plan(series: pd.Series[Any], labels: Any, *, check: bool = False, **arguments: Unpack[Arguments]) -> Plan:
    """What `run` would do and cost; sends nothing.

    Args:
        series: Texts or images.
        labels: As for `classify`.
        check: True to fetch and open each image that would be sent, side by side, and to report in
            `Plan.findings` what is dead, damaged, too large, a web page or there twice. Default False.
        **arguments: As for `classify`.

    Returns:
        A `Plan`: rows, distinct values, those in the store, requests, seconds, tokens.

    Raises:
        JSDFError: As for `classify`, for what can be known without sending anything.
    """
    from jsdf.api import execution
    from jsdf.api.validation import check_call

    return execution.plan(check_call(series, labels, **arguments), check=check)


def last_run() -> Run | None:
    """The latest run of this process, finished, failed or interrupted; None before the first."""
    from jsdf.api import execution

    return execution.last_run()
