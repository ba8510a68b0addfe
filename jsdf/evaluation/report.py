"""Text and HTML of an `Evaluation`: a report of figures, labels, mistakes and rows left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from jsdf.evaluation.matched_rows import describe_left_out, similar_names
from jsdf.formatting.html import bullet_list, card, paragraph, table_with_header
from jsdf.formatting.text import describe_value, display_width, one_line, pluralize

MAX_LABELS = 24  # rows of the table by label
_MAX_MISTAKES = 3
_MAX_LABEL_CHARS = 40


@dataclass(frozen=True, eq=False)
class EvaluationSummary:
    """Numbers of an evaluation that its text, HTML and heat map show.

    Attributes:
        rows: Number of compared rows.
        multiple: True if a row may have any number of labels.
        confidence: Confidence of the intervals.
        figures: `Evaluation.figures`; empty if it is not shown.
        per_label: `Evaluation.per_label`.
        confusion: `Evaluation.confusion`.
        mistakes: `Evaluation.worst()`.
        left_out: `Evaluation.left_out`.
        only_truth: `Evaluation.only_truth`.
        only_predicted: `Evaluation.only_predicted`.
    """

    rows: int
    multiple: bool
    confidence: float
    figures: pd.DataFrame
    per_label: pd.DataFrame
    confusion: pd.DataFrame
    mistakes: pd.DataFrame
    left_out: dict[str, int]
    only_truth: list[str]
    only_predicted: list[str]


def text_of_evaluation(evaluation: EvaluationSummary) -> str:
    """Return the report as lines of text."""
    return "\n".join(
        [
            _head(evaluation),
            *_aligned([["", "value", _interval_title(evaluation)], *_figure_rows(evaluation)]),
            *_aligned([["label", "precision", "recall", "F1", "rows"], *_label_rows(evaluation)]),
            *(f"  {line}" for line in [*_more_labels(evaluation), *_mistakes(evaluation), *_remarks(evaluation)]),
        ]
    )


def html_of_evaluation(evaluation: EvaluationSummary) -> str:
    """Return the same report as an HTML card."""
    mistakes = list(_mistakes(evaluation))
    head, _, details = _head(evaluation).partition(":")
    return card(
        [
            f"<p><b>{head}:</b>{details}</p>",
            table_with_header(["", "value", _interval_title(evaluation)], _figure_rows(evaluation)),
            table_with_header(["label", "precision", "recall", "F1", "rows"], _label_rows(evaluation)),
            *(paragraph(line, "muted") for line in _more_labels(evaluation)),
            bullet_list(mistakes) if mistakes else "",
            *(paragraph(line, "warn") for line in _remarks(evaluation)),
        ]
    )


def _head(evaluation: EvaluationSummary) -> str:
    form = ", several labels a row" if evaluation.multiple else ""
    labels = pluralize(len(evaluation.per_label), "label")
    return f"Evaluation: {pluralize(evaluation.rows, 'row')} compared, {labels}{form}"


def _interval_title(evaluation: EvaluationSummary) -> str:
    return f"{100 * evaluation.confidence:.4g}% interval"


def _figure_rows(evaluation: EvaluationSummary) -> list[list[str]]:
    return [
        [_title(name), _figure(value), _interval(value, low, high)]
        for name, value, low, high in evaluation.figures.itertuples()
    ]


def _interval(value: Any, low: Any, high: Any) -> str:
    return "unknown" if pd.isna(low) and not pd.isna(value) else f"{_figure(low)} to {_figure(high)}"


def _title(name: str) -> str:
    return name.replace("_", " ").replace("f1", "F1")


def _figure(value: Any) -> str:
    return "undefined" if value != value else f"{value:.3f}"


def _label_rows(evaluation: EvaluationSummary) -> list[list[str]]:
    table = evaluation.per_label
    if len(table) > MAX_LABELS:
        table = table.sort_values("support", ascending=False, kind="stable").head(MAX_LABELS)
    return [
        [one_line(name, _MAX_LABEL_CHARS), *(f"{value:.3f}" for value in figures), f"{int(support):,}"]
        for name, *figures, support in table.itertuples()
    ]


def _more_labels(evaluation: EvaluationSummary) -> Iterator[str]:
    more = len(evaluation.per_label) - MAX_LABELS
    if more > 0:
        yield f"and {pluralize(more, 'label')} with fewer rows in .per_label"


def _mistakes(evaluation: EvaluationSummary) -> Iterator[str]:
    for mistake in evaluation.mistakes.head(_MAX_MISTAKES).to_dict("records"):
        yield f"{_describe(mistake)}: {pluralize(mistake['rows'], 'row')}, as {_examples(mistake)}"


def _describe(mistake: dict[Any, Any]) -> str:
    if "mistake" in mistake:
        return f"{_quoted(mistake['label'])} {mistake['mistake']}"
    return f"{_quoted(mistake['truth'])} taken for {_quoted(mistake['predicted'])}"


def _quoted(name: str) -> str:
    return f"'{one_line(name, _MAX_LABEL_CHARS)}'"


def _examples(mistake: dict[Any, Any]) -> str:
    labels = [one_line(label, 20) for label in mistake["examples"]]
    return f"{labels[0]} ({describe_value(mistake['values'][0])})" if "values" in mistake else ", ".join(labels)


def _remarks(evaluation: EvaluationSummary) -> Iterator[str]:
    left_out = describe_left_out(evaluation.left_out)
    if left_out:
        yield f"rows left out: {left_out}"
    for names, side in ((evaluation.only_truth, "truth"), (evaluation.only_predicted, "prediction")):
        if names:
            yield f"labels of the {side} alone: {_join(names)}"
    for one, other in similar_names(evaluation.only_truth, evaluation.only_predicted):
        yield f"{one!r} and {other!r} differ by case or blanks only, and count as two labels"


def _join(names: list[str]) -> str:
    shown = ", ".join(one_line(name, _MAX_LABEL_CHARS) for name in names[:MAX_LABELS])
    return f"{shown} and {len(names) - MAX_LABELS:,} more" if len(names) > MAX_LABELS else shown


def _aligned(rows: list[list[str]]) -> list[str]:
    """Return lines of columns, the first aligned left and the others right."""
    widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
    return [f"  {_pad(row[0], widths[0], left=True)}  " + "  ".join(map(_pad, row[1:], widths[1:])) for row in rows]


def _pad(text: str, width: int, *, left: bool = False) -> str:
    blanks = " " * (width - display_width(text))
    return text + blanks if left else blanks + text
