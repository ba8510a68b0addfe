"""Plain functions that do the same as the accessors, for a Series, and for editors that cannot see accessors.

The modules that do the work are imported on the first call, so that `import jsdf` loads no HTTP client, event loop
or store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from jsdf.api.arguments import Arguments, with_own_arguments, with_run_arguments
from jsdf.results.answers import LabelResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from typing_extensions import Unpack

    from jsdf.results.estimate import Plan
    from jsdf.results.run import Run


@with_run_arguments
def classify(series: pd.Series[Any], labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
    """Label every row of a column.

    Args:
        series: Texts or images: a Series, or a list, a tuple, a dict, an iterator, a one-dimensional array, an
            `Index`, an Arrow array or a polars Series. Null, empty and blank values, also texts of invisible
            characters alone, are never sent. Distinct values are sent once.
        labels: At least two labels: a list of strings; a mapping of name to description, or to a list of
            descriptions and `jsdf.image(...)`; `jsdf.Label` objects; the service's own dicts; an `Enum` class or a
            list of its members; a `CategoricalDtype` or an `Index`; a frame with the columns `name` and
            `description`, or a Series of descriptions with the names as its index. With more than 24 the hosted
            engine asks in rounds, and the result is approximate.
        multiple_labels (bool): True if a row may have any number of labels. Default False.
        task (str | None): An instruction in natural language. Default None.
        kind (str): `"text"`, `"image"` or, the default, `"auto"`: image if every value is one.
        engine (str | Engine | None): `"hosted"`, `"local"`, `"auto"`, an engine, the path of a file that
            `LearnedLocal.save` wrote, or None for `jsdf.options.engine`.
        errors (str): `"raise"`, the default, or `"coerce"`: null for rows without an answer.
        cache (bool): False neither reads nor writes the store. Default True.
        progress (bool | callable | None): True shows a progress bar, False shows none, None, the default,
            shows one in notebooks and terminals; a function is called with each `jsdf.Progress`.
        max_requests (int | None): Stop after this many requests. Default None: no limit.
        max_tokens (int | None): Stop before the request that is expected to exceed this many tokens; prices are
            learned from what requests cost, and one request at most exceeds the limit. Default None: no limit.
        max_cost (float | None): Stop before the request that is expected to exceed this amount of money, in
            `jsdf.options.currency`; needs `jsdf.options.price_per_million_tokens`, and holds as `max_tokens` does.
            Default None: no limit.
        strict (bool): After a label was removed, rows that did not have it keep their stored answers; True asks again
            for all rows. Default False.
        repeats (int): Ask about each row this many times, in differently mixed requests, and give it the label with the
            most votes; its score is the share of the votes. With `multiple_labels` each label needs more than half.
            A row whose votes do not decide is `unknown`. Costs that many times as much; for engines without scores.
            Default 1.
        examples (mapping | frame | tuple | Review | None): Values whose labels you know, which are not asked about: a
            mapping of a label to a value or a list of values; a frame whose column `label` holds the labels, and whose
            column of the name of this one, or only other column, the values; a pair `(values, labels)`; or a `Review`,
            for the rows that were reviewed. The local engine learns from them (extra `judge`); the hosted one is sent
            as many as the 24 descriptions of labels in a request leave room for. Default None.

    Returns:
        A `category` Series with the input's index, length and name; its categories are the label names in the
        caller's order. With `multiple_labels`, a frame with the same index and one `bool` column per label,
        `boolean` (nullable) if any row has no answer.

    Raises:
        InvalidLabelsError: The labels cannot be used. Nothing was sent.
        InvalidInputError: The column, an argument or `jsdf.options.store` cannot be used. Nothing was sent.
        ConfirmationError: The call may cost more than `jsdf.options.confirm_above`, and has no `max_cost`,
            `max_tokens` or `max_requests`. Nothing was sent.
        MissingKeyError: There is neither an API key nor the local engine.
        AuthenticationError: The key is invalid; the error's `.run` holds the answers so far.
        ClassificationError: With `errors="raise"`, some rows failed or were answered outside the labels. Raised
            after all other rows are labelled; the error's `.run` holds everything.
        KeyboardInterrupt: After an interrupt, once the requests in flight are stored; see `jsdf.last_run`.
    """
    from jsdf.display.progress.view import preparation

    with preparation(arguments.get("progress"), series) as prepared:
        from jsdf.api import execution  # takes a while for the first time
        from jsdf.api.validation import check_call

        call = check_call(series, labels, **arguments)
        done = execution.run(call, preparation=prepared)
    return execution.labels_or_raise(done, call)


@with_run_arguments
async def aclassify(series: pd.Series[Any], labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
    """Label every row of a column; the async version of `classify`. Cancelling it acts like an interrupt.

    Args:
        series: Texts or images, as for `classify`.
        labels: As for `classify`.
        **arguments: As for `classify`.

    Returns:
        As for `classify`.

    Raises:
        JSDFError: As for `classify`.
        asyncio.CancelledError: After a cancellation, once the requests in flight are stored; see `jsdf.last_run`.
    """
    from jsdf.display.progress.view import preparation

    with preparation(arguments.get("progress"), series) as prepared:
        from jsdf.api import execution  # takes a while for the first time
        from jsdf.api.validation import check_call

        call = check_call(series, labels, **arguments)
        done = await execution.arun(call, prepared)
    return execution.labels_or_raise(done, call)


@with_run_arguments
def run(series: pd.Series[Any], labels: Any, **arguments: Unpack[Arguments]) -> Run:
    """Label every row and return labels, statuses, failures, scores and usage; failed rows raise no error.

    Args:
        series: Texts or images, as for `classify`.
        labels: As for `classify`.
        **arguments: As for `classify`.

    Returns:
        A `Run`; its `retry()` asks again for the rows without an answer.

    Raises:
        JSDFError: As for `classify`, except `ClassificationError`.
    """
    from jsdf.display.progress.view import preparation

    with preparation(arguments.get("progress"), series) as prepared:
        from jsdf.api import execution  # takes a while for the first time
        from jsdf.api.validation import check_call

        return execution.run(check_call(series, labels, **arguments), preparation=prepared)


@with_run_arguments
def plan(series: pd.Series[Any], labels: Any, *, check: bool = False, **arguments: Unpack[Arguments]) -> Plan:
    """Estimate the requests, time and tokens of `run` without sending anything.

    Args:
        series: Texts or images, as for `classify`.
        labels: As for `classify`.
        check: True to fetch and open each image that would be sent, concurrently, and to report in
            `Plan.findings` those that are unreachable, damaged, too large, web pages or duplicates. Default False.
        **arguments: As for `classify`.

    Returns:
        A `Plan`: numbers of rows, distinct values, stored answers, requests, seconds and tokens.

    Raises:
        JSDFError: As for `classify`, as far as errors can be detected without sending anything.
    """
    from jsdf.api import execution
    from jsdf.api.validation import check_call

    return execution.plan(check_call(series, labels, **arguments), check=check)


def last_run() -> Run | None:
    """Return the latest run of this process, finished, failed or interrupted; None before the first."""
    from jsdf.api import execution

    return execution.last_run()


@with_own_arguments
def usage(by: Literal["day", "engine", "job"] = "day") -> pd.DataFrame:
    """Return what was spent so far: requests, tokens and cost, by day, engine or question, from the store.

    The store keeps the requests that were answered, of all processes that use it, but not those that earlier versions
    sent with a store on a Redis server. Requests whose reply was lost are not in it, even if they were billed
    (`Usage.maybe_billed_twice`).

    Args:
        by: `"day"`, the default, for days of the local time zone; `"engine"`; or `"job"` for questions: engine, kind,
            labels, task and multiple flag, as a digest.

    Returns:
        A frame whose index is named after `by`, in order, with the columns `requests`, `samples`, `input_tokens`,
        `output_tokens`, `inference_time_tokens`, `total_tokens` (int64) and `cost` (Float64), in
        `jsdf.options.currency` at the present price (`jsdf.options.price_per_million_tokens`); NA without one, and
        where tokens were not reported.

    Raises:
        InvalidInputError: `by` is something else, or `jsdf.options.store` cannot be used.
    """
    from jsdf.results.spending_frame import stored_spending

    return stored_spending(by)


@with_run_arguments
def classify_batches(
    frames: Iterable[Any],
    column: Any,
    labels: Any,
    *,
    into: str | None = None,
    status_into: str | None = None,
    **arguments: Unpack[Arguments],
) -> Iterator[pd.DataFrame]:
    """Label a column of frames as they come, in memory that does not grow with the number of rows.

    Requests are filled across frames. A value that was met before is not sent again: the last 1,000,000 answers are
    kept in memory, all of them in the store. After an interrupt the same call continues from the store.

    Args:
        frames: An iterable of frames, as `pd.read_csv(file, chunksize=10_000)` returns, or of Arrow record batches.
        column: The name of the column of texts or images.
        labels: As for `classify`.
        into: The name of the new column. Default `"label"`; not with `multiple_labels`, which adds a column per label.
        status_into: The name of a new column with the status of each row. Default None: there is none.
        **arguments: As for `classify`. `max_requests`, `max_tokens` and `max_cost` are for all frames
            together.

    Returns:
        An iterator over the frames, in order, with the new columns: `category`, or `boolean` (nullable) for each of
        several labels. Up to two windows of 100 requests are read ahead; a source that is slower gets its frames back
        after about a second.

    Raises:
        JSDFError: As for `classify`, for arguments at once, for frames while they are read.
        ClassificationError: With `errors="raise"`, after the last frame, if some rows failed.
        KeyboardInterrupt: After an interrupt, once the requests in flight are stored.
    """
    from jsdf.api.streaming import label_frames

    return label_frames(frames, column, labels, into, status_into, arguments)
