"""`Cascade`, the public class: a cheap engine labels what it knows, a strong one is paid for the rest."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Engine
from jsdf.engines.cascade_settings import check_number, check_share, check_target, check_target_labels
from jsdf.errors import InvalidInputError, MissingExtraError
from jsdf.utils.call_signature import explain_misfits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.engines.base import Kind, Session

#: Name of the classifier in `Run.source`, and those that no engine has there.
LEARNED = "learned"
OTHER_SOURCES = (LEARNED, "store", "examples")
#: What a run does where the cascade would save less than a tenth.
NOT_WORTH = ("pay", "stop")


class Cascade(Engine):
    """Engine that labels each row by a cheap engine, and pays a strong one only where that is needed for a promise.

    With probability at least 1 - `delta`, the share of rows that have the label which the strong engine gives is at
    least `target`. For that the strong engine is paid for random samples: with the first, a classifier is fitted on the
    embeddings and scores of the cheap engine; with the others, it is certified how sure that classifier must be of a
    row, so that its labels may stand. All other rows are paid for. `Run.certificate` has the figures, `Run.source` says
    who answered each row. The method and its assumptions are those of `jsdf.runner.cascade.certifier.certification`.

    Args:
        cheap: Engine that labels all rows: `"local"`, the default, or an engine.
        strong: Engine that is paid: `"hosted"`, the default, or an engine.
        target: Share of rows, more than 0 and less than 1. Default 0.9. Or a mapping of labels to shares: then among
            the rows that are given such a label, that share has it from the strong engine, too; about rows with other
            labels nothing is promised.
        delta: Probability, over the random samples, with which the promise may fail. Default 0.05.
        learn: True, the default, fits the classifier, which needs `jsdf[judge]`; False uses the cheap engine's labels.
        budget: Maximum number of requests to the strong engine, which wins over the target: rows that cannot be paid
            for keep the cheap label, and the certificate says what is certified. Default None: no limit.
        seed: Seed of the random samples. Default 0.
        if_not_worth: Once the first samples show that less than a tenth would be saved: `"pay"`, the default, goes on;
            `"stop"` ends the run.

    Raises:
        InvalidInputError: An argument cannot be used.
    """

    name = "cascade"

    @explain_misfits
    def __init__(
        self,
        cheap: Any = "local",
        strong: Any = "hosted",
        *,
        target: float | Mapping[str, float] = 0.9,
        delta: float = 0.05,
        learn: bool = True,
        budget: int | None = None,
        seed: int = 0,
        if_not_worth: str = "pay",
    ) -> None:
        self._cheap, self._strong = cheap, strong
        self.target = check_target(target)
        self.delta = check_share("delta", delta)
        if not isinstance(learn, bool):
            raise InvalidInputError(f"learn={learn!r}: pass True or False")
        self.learn = learn
        self.budget = None if budget is None else check_number("budget", budget)
        self.seed = check_number("seed", seed)
        if if_not_worth not in NOT_WORTH:
            raise InvalidInputError(f"if_not_worth={if_not_worth!r}: use 'pay' or 'stop'")
        self.if_not_worth = if_not_worth
        #: The classifier and thresholds of an earlier run, which are used as they are; see `Run.fitted_cascade`.
        self.fitted: Any = None

    def resolve(self, resolve_engine: Callable[[Any], Engine]) -> None:
        """Make the engines that are given by name.

        Raises:
            InvalidInputError: One of them is no engine, or a cascade.
            MissingKeyError: There is no API key.
        """
        for engine in (self._cheap, self._strong):
            if isinstance(engine, Cascade) or engine == Cascade.name:
                raise InvalidInputError("a cascade cannot be part of a cascade; pass one of its engines")
        self._cheap, self._strong = resolve_engine(self._cheap), resolve_engine(self._strong)

    def with_model(self, model: Any) -> Cascade:
        """Return a copy that uses a classifier and thresholds as they are, pays for no sample, and has no budget."""
        fitted = copy.copy(self)
        fitted.fitted, fitted.budget = model, None
        return fitted

    @property
    def cheap(self) -> Engine:
        """The engine that labels all rows."""
        return _named(self._cheap)

    @property
    def strong(self) -> Engine:
        """The engine that is paid."""
        return _named(self._strong)

    @property
    def identity(self) -> str:
        """Identify both engines; the answers of each are stored under its own identity."""
        return f"cascade:{self.cheap.identity}:{self.strong.identity}"

    @property
    def batch_size(self) -> int:  # type: ignore[override]
        """Samples of a request to the strong engine."""
        return self.strong.batch_size

    @property
    def max_labels(self) -> int | None:  # type: ignore[override]
        """Labels of a request to the strong engine."""
        return self.strong.max_labels

    @property
    def rate(self) -> float | None:
        """Rate of the strong engine."""
        return self.strong.rate

    @rate.setter
    def rate(self, rate: float | None) -> None:
        self._strong = copy.copy(self.strong)
        self._strong.rate = rate

    @property
    def concurrency(self) -> int:  # type: ignore[override]
        """Requests in flight to the strong engine."""
        return self.strong.concurrency

    @property
    def kinds(self) -> frozenset[Kind]:  # type: ignore[override]
        """Kinds that both engines take."""
        return self.cheap.kinds & self.strong.kinds

    @property
    def follows_tasks(self) -> bool:  # type: ignore[override]
        """True if the strong engine follows tasks."""
        return self.strong.follows_tasks

    @property
    def strong_source(self) -> str:
        """Name of the strong engine in `Run.source`; "strong" for an engine with the name of another source."""
        name = self.strong.name
        return "strong" if name in OTHER_SOURCES else name

    @property
    def cheap_source(self) -> str:
        """Name of the cheap engine in `Run.source`; "cheap" for an engine with the name of another source."""
        name = self.cheap.name
        return "cheap" if name in (*OTHER_SOURCES, self.strong_source) else name

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of those that may have answered a row, in `Run.source`."""
        return (self.cheap_source, *([LEARNED] if self.learn else []), self.strong_source)

    def __repr__(self) -> str:
        """Show the engines by name, and the settings."""
        engines = [engine if isinstance(engine, str) else engine.name for engine in (self._cheap, self._strong)]
        fitted = "" if self.fitted is None else ", fitted"
        return f"Cascade({engines[0]!r}, {engines[1]!r}, target={self.target!r}, delta={self.delta!r}{fitted})"

    def check_configuration(self) -> None:
        """Check both engines.

        Raises:
            InvalidInputError: They are the same engine.
            MissingExtraError: SciPy, which fits the classifier, is not installed.
            JSDFError: A setting of one of them would make every request fail.
        """
        for engine in (self.cheap, self.strong):
            check = getattr(engine, "check_configuration", None)
            if check is not None:
                check()
        if self.learn and self.fitted is None and find_spec("scipy") is None:
            raise MissingExtraError('a cascade that learns needs SciPy: pip install "jsdf[judge]"; or pass learn=False')
        if self.cheap.identity == self.strong.identity:
            raise InvalidInputError(
                f"cheap and strong are the same engine, {self.cheap.identity!r}; pass another one as strong="
            )

    def check_labels(self, names: Sequence[str], *, multiple: bool) -> None:
        """Check that targets by label fit a question.

        Raises:
            InvalidInputError: They do not.
        """
        check_target_labels(self.target, names, multiple=multiple)

    def file_requests(self, kind: Kind, values: Sequence[Any]) -> int:
        """Return the strong engine's number of additional requests."""
        return self.strong.file_requests(kind, values)

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Refuse to answer single requests.

        Raises:
            InvalidInputError: Always: which rows are paid for depends on the whole column.
        """
        raise InvalidInputError(
            "a cascade labels a whole column, and cannot answer single requests; use one of its engines"
        )


def source_names(engine: Engine) -> tuple[str, ...]:
    """Return the names of those that may answer a row, as `Run.source` has them, besides the store."""
    return engine.sources if isinstance(engine, Cascade) else (engine.name,)


def refuse_unfitted(engine: Engine) -> None:
    """Refuse a cascade where the column is not there as a whole, unless it was fitted on another one.

    Raises:
        InvalidInputError: It was not.
    """
    if isinstance(engine, Cascade) and engine.fitted is None:
        raise InvalidInputError(
            "a cascade draws its samples from a whole column, which is read in parts here; label some thousand rows "
            "first, run = jsdf.run(sample, labels, engine=jsdf.Cascade()), and pass engine=run.fitted_cascade"
        )


def paid_engine(engine: Engine) -> Engine:
    """Return the engine whose requests are limited, planned and priced: the strong one of a cascade."""
    return engine.strong if isinstance(engine, Cascade) else engine


def _named(engine: Any) -> Engine:
    if isinstance(engine, str):
        raise InvalidInputError(f"the engine {engine!r} of this cascade is not made yet; pass the cascade as engine=")
    made: Engine = engine
    return made
