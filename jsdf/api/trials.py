"""Plain functions `compare` and `probe`, which label the same rows several times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jsdf.api.arguments import Arguments, with_run_arguments
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Unpack

    from jsdf.api.validation import CheckedCall
    from jsdf.evaluation.batch_effect import BatchEffect
    from jsdf.evaluation.comparison import Comparison


@with_run_arguments
def compare(
    series: pd.Series[Any],
    labels: Any = None,
    engines: Mapping[str, Any] | None = None,
    *,
    label_sets: Mapping[str, Any] | None = None,
    tasks: Mapping[str, str] | None = None,
    **arguments: Unpack[Arguments],
) -> Comparison:
    """Label the same rows by several engines, with several label sets, or with several tasks.

    Everything is checked before anything is sent, and `jsdf.options.confirm_above` is for all runs together. The runs
    follow one another, and each stores its answers as any run: after an error or an interrupt the same call continues,
    and `plan` with the same arguments tells what a run costs. With `cache=False` it would pay again: the error, also
    `KeyboardInterrupt`, holds the runs that were completed in `.runs`, by name.

    Args:
        series: Texts or images, as for `classify`.
        labels: As for `classify`; not with `label_sets`.
        engines: A mapping of a name of your choice to an engine, as for `engine`; at least two. Default None.
        label_sets: Instead, a mapping of names to labels, each as for `classify`. Default None.
        tasks: Instead, a mapping of names to instructions, as for `task`; None for no instruction. Default None.
        **arguments: As for `classify`. `max_requests`, `max_tokens` and `max_cost` are for each run; rows that fail
            raise no error, whatever `errors` says.

    Returns:
        A `Comparison`: `.labels`, `.agreement`, `.kappa`, `.differing`, `.usage`, `.runs`, and `.review()`.

    Raises:
        InvalidInputError: Not exactly one of the three mappings was passed, it has fewer than two entries, or two of
            them ask the same question of the same engine. Nothing was sent.
        JSDFError: As for `run`; its `.run` is that of the run which it stopped.
    """
    from jsdf.api.runs_in_turn import run_in_turn
    from jsdf.column import to_series
    from jsdf.evaluation.comparison import Comparison

    series = to_series(series)
    calls = _checked_calls(series, labels, {"engine": engines, "labels": label_sets, "task": tasks}, arguments)
    return Comparison(run_in_turn("compare", calls), series)


#: The plural of each argument that may differ from run to run.
_MAPPINGS = {"engine": "engines", "labels": "label_sets", "task": "tasks"}


def _checked_calls(
    series: pd.Series[Any], labels: Any, mappings: Mapping[str, Any], arguments: Arguments
) -> dict[str, CheckedCall]:
    from jsdf.api.validation import check_call

    given = {name: mapping for name, mapping in mappings.items() if mapping is not None}
    names = ", ".join(f"{name}=" for name in _MAPPINGS.values())
    if len(given) != 1:
        raise InvalidInputError(f"pass one of {names}: a mapping of names to what differs; {len(given)} were passed")
    ((varied, mapping),) = given.items()
    plural, one = _MAPPINGS[varied], {**arguments, "labels": labels}
    _check_mapping(plural, mapping)
    if one.pop(varied, None) is not None:
        raise InvalidInputError(f"{varied}= and {plural}= were passed, of which only one can be meant; drop {varied}=")
    if varied != "labels" and labels is None:
        raise InvalidInputError("labels are missing: pass the labels to choose from, or several sets as label_sets=")
    calls = {name: check_call(series, **{**one, varied: value}) for name, value in mapping.items()}
    _check_different(plural, calls)
    return calls


def _check_mapping(plural: str, mapping: Any) -> None:
    from jsdf.evaluation.comparison import VALUE
    from jsdf.formatting.text import quote

    if not isinstance(mapping, Mapping) or len(mapping) < 2:
        raise InvalidInputError(f"{plural}={quote(mapping)}: pass a mapping of at least two names, each to its own")
    unfit = next((name for name in mapping if not isinstance(name, str) or not name.strip() or name == VALUE), None)
    if unfit is not None or None in mapping:
        raise InvalidInputError(f"{plural}: {unfit!r} is no name; use a text, not {VALUE!r}, a column of .differing")


def _check_different(plural: str, calls: Mapping[str, CheckedCall]) -> None:
    """Refuse two runs of which the second would repeat the stored answers of the first."""
    seen: dict[bytes, str] = {}
    for name, call in calls.items():
        first = seen.setdefault(call.job.new_answer_table().question_digest, name)
        if first != name and call.job.cache:
            raise InvalidInputError(
                f"{plural}: {first!r} and {name!r} ask the same question of the same engine, whose stored answers "
                "would be repeated; drop one, or pass cache=False to ask twice"
            )


@with_run_arguments
def probe(
    series: pd.Series[Any], labels: Any, n: int = 64, *, seed: int = 0, **arguments: Unpack[Arguments]
) -> BatchEffect:
    """Ask whether the label of a row depends on its neighbours in the request.

    A random sample of rows with different values is labelled three times: each row alone, all together in requests of
    the engine's size, and together in another order. The store is neither read nor written, since it would repeat the
    first answer. With n=64 and requests of 32 this takes 68 requests.

    Args:
        series: Texts or images, as for `classify`.
        labels: As for `classify`.
        n: Number of rows; all rows if there are fewer different values. Default 64.
        seed: Chooses the rows and their other order. Default 0.
        **arguments: As for `classify`; `cache` has no effect. `max_requests`, `max_tokens` and `max_cost` are
            for all three together; rows that are left are not compared. `jsdf.options.confirm_above` is, too.

    Returns:
        A `BatchEffect`: `.changed` (share of rows), `.low` and `.high` (its interval), `.rows`, `.usage`.

    Raises:
        InvalidInputError: `n` is below 1, no row has a value, the engine takes one sample a request,
            or `max_requests` is too small. Nothing was sent.
        JSDFError: As for `run`; its `.runs`, by arrangement, are those that were completed.
    """
    from jsdf.api.probing import run_probe

    return run_probe(series, labels, n, seed, arguments)
