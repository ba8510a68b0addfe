"""Promise of a cascade about a run, and what was paid for it: `Certificate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jsdf.formatting.html import bullet_list, card, paragraph
from jsdf.formatting.text import percent, pluralize

#: Sums of shares such as 0.93 are off by less than this.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Certificate:
    """Promise of a cascade: how many rows have the label that the strong engine would have given.

    Numbers of values are of distinct ones, shares of rows.

    Attributes:
        target: Share of the rows that was asked for, or shares by label.
        delta: Probability, over the random samples, with which the promise may fail.
        agreement_low: With probability at least 1 - `delta`, at least this share of the rows has the label that the
            strong engine gives, or would have given. Rows that it failed on count as disagreeing.
        sampled: Values that were paid for at random to certify.
        fitted: Values that were paid for to fit the classifier; none of them is used to certify.
        sent: Values that the strong engine was asked about in all; those whose answer was in the store cost nothing.
        saved: Share of the values that the strong engine was not asked about.
        values: Values of the column in all.
        per_label: With a target by label, for each of these the certified share among the rows that were given it.
        remarks: Sentences about the run, for example that the target was not reached.
    """

    target: float | Mapping[str, float]
    delta: float
    agreement_low: float
    sampled: int
    fitted: int
    sent: int
    saved: float
    values: int
    per_label: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def with_remarks(self, remarks: Sequence[str]) -> Certificate:
        """Return a copy with these remarks."""
        return replace(self, remarks=tuple(remarks))

    def with_answers(self, gained: float) -> Certificate:
        """Return a copy after this share of the rows, which counted as disagreeing, was answered."""
        changed = replace(self, agreement_low=min(self.agreement_low + gained, 1.0))
        return changed.with_remarks([] if changed.is_reached else list(self.remarks))

    @property
    def is_reached(self) -> bool:
        """True if what is certified is as much as was asked for."""
        if isinstance(self.target, Mapping):
            return all(self.per_label.get(label, 0.0) >= share - _ROUNDING for label, share in self.target.items())
        return self.agreement_low >= self.target - _ROUNDING

    @property
    def lines(self) -> list[str]:
        """The promise, what was paid, and the remarks, as sentences without a full stop."""
        sure = f"with probability {1 - self.delta:g}"
        if isinstance(self.target, Mapping):
            promised = [
                f"{sure}, {_share(low)} or more of the rows given {label!r} have it from the strong engine, too "
                f"(target {self.target.get(label, 0.0):g})"
                for label, low in self.per_label.items()
            ]
        else:
            promised = [
                f"{sure}, {_share(self.agreement_low)} or more of the rows have the strong engine's label "
                f"(target {self.target:g})"
            ]
        paid = (
            f"{pluralize(self.sent, 'value')} of {self.values:,} asked, {self.fitted:,} of them to fit and "
            f"{self.sampled:,} to certify; {percent(self.values - self.sent, self.values)} saved"
        )
        return [*promised, paid, *self.remarks]

    def __repr__(self) -> str:
        """Return the promise, what was paid, and the remarks, one a line."""
        return "Certificate: " + "\n  ".join(self.lines)

    def _repr_html_(self) -> str:
        return card([paragraph("Certificate"), bullet_list(self.lines)])


def _share(share: float) -> str:
    """Return a share as a percentage, rounded down."""
    return f"{int(share * 1000) / 10:g} %"
