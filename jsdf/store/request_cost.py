"""Usage of single requests in the store, and prices of requests by their size."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

_ROUNDING = 2.0  # tokens
#: Tokens, samples or bytes of one request; a larger figure is that of a damaged record.
MAX_FIGURE = 1_000_000_000
#: Requests of one question from which prices are learned.
MAX_SHAPES = 64


class RequestCost(NamedTuple):
    """Usage of one request; figures that the service did not report are None.

    `size` is in bytes, of samples, labels and task; `kind` is that of the samples. They determine the price, as do
    `sample_size`, the bytes of the samples alone, and `labels`, the number of label descriptions.
    """

    engine: str
    job: bytes
    samples: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    inference_time_tokens: int | None = None
    total_tokens: int | None = None
    kind: str | None = None
    size: int | None = None
    sample_size: int | None = None
    labels: int | None = None


class RequestShape(NamedTuple):
    """A request that has shown its price: its question, what it held, sizes in bytes, and its total tokens."""

    job: bytes
    samples: int
    sample_size: int
    labels: int
    question_size: int
    total_tokens: int


class PriceFit(NamedTuple):
    """Price of a request by its size in bytes: `fixed` tokens and `per_byte` tokens for each byte.

    If all requests had about the same size, or their prices do not follow their sizes, `is_varied` is False, and the
    price is taken to be proportional to the size.
    """

    fixed: float
    per_byte: float
    is_varied: bool = True


def add(db: sqlite3.Connection, now: float, spent: RequestCost) -> None:
    """Record the usage of a request that ended at `now`, Unix time in seconds."""
    figures = spent[:7]
    db.execute("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (now, *figures))
    if spent.size is not None and spent.total_tokens is not None:
        row = (spent.engine, spent.job, spent.kind, spent.size, spent.total_tokens)
        db.execute("INSERT INTO request_sizes VALUES (?, ?, ?, ?, ?)", row)
    shape = to_shape(spent)
    if shape is not None:
        db.execute("INSERT INTO request_shapes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (spent.engine, spent.kind, *shape))


def to_shape(spent: RequestCost) -> RequestShape | None:
    """Return what a request held and cost; None if a figure is unknown."""
    size, sample_size, labels, tokens = spent.size, spent.sample_size, spent.labels, spent.total_tokens
    if size is None or sample_size is None or labels is None or tokens is None:
        return None
    return RequestShape(spent.job, spent.samples, sample_size, labels, size - sample_size, tokens)


def request_shapes(db: sqlite3.Connection, kind: str, engine: str) -> list[RequestShape]:
    """Return requests to an engine: of each question up to `MAX_SHAPES`, spread evenly over the sizes of its texts."""
    columns = ", ".join(RequestShape._fields)
    query = (
        f"SELECT {columns} FROM (SELECT {columns}, count(*) OVER (PARTITION BY job) AS n,"  # noqa: S608 - constants
        " row_number() OVER (PARTITION BY job ORDER BY 1.0 * sample_size / max(samples, 1)) - 1 AS i"
        " FROM request_shapes WHERE engine = ? AND kind = ? AND typeof(job) = 'blob')"
        f" WHERE n <= {MAX_SHAPES} OR i = 0 OR i * {MAX_SHAPES} / n > (i - 1) * {MAX_SHAPES} / n"
    )
    return [shape for shape in map(RequestShape._make, db.execute(query, (engine, kind))) if is_sane_shape(shape)]


def spread(shapes: Sequence[RequestShape]) -> list[RequestShape]:
    """Return some of these requests, as `request_shapes` does."""
    jobs: dict[bytes, list[RequestShape]] = {}
    for shape in shapes:
        jobs.setdefault(shape.job, []).append(shape)
    chosen: list[RequestShape] = []
    for of_job in jobs.values():
        by_size = sorted(of_job, key=lambda shape: shape.sample_size / shape.samples)
        count = min(len(by_size), MAX_SHAPES)
        chosen += [by_size[len(by_size) * i // count] for i in range(count)]
    return chosen


def is_sane_shape(shape: RequestShape) -> bool:
    """Return True if the figures of a request are possible ones, which those of a damaged record need not be."""
    _, samples, *others = shape
    return type(samples) is int and samples > 0 and all(type(n) is int and 0 <= n <= MAX_FIGURE for n in others)


def totals(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Return the numbers of requests, samples and tokens."""
    return db.execute(  # type: ignore[no-any-return]
        f"SELECT count(*), ifnull(sum(CASE WHEN {_is_sane('samples')} THEN samples END), 0),"  # noqa: S608 - constants
        f" ifnull(sum(CASE WHEN {_is_sane('total_tokens')} THEN total_tokens END), 0) FROM usage"
    ).fetchone()


def _is_sane(column: str) -> str:
    """Return the condition that a figure is a possible one, which those of a damaged file need not be."""
    return f"typeof({column}) = 'integer' AND {column} BETWEEN 0 AND {MAX_FIGURE}"


def mean_tokens_per_sample(db: sqlite3.Connection, job: bytes | None, engine: str | None) -> float | None:
    """Return mean total tokens per sample of one question, or of an engine if `job` is None; None if unknown."""
    column, value = ("engine", engine) if job is None else ("job", job)
    query = "SELECT 1.0 * sum(total_tokens) / sum(samples) FROM usage WHERE "
    query += f"{_is_sane('total_tokens')} AND {_is_sane('samples')} AND"
    (mean,) = db.execute(f"{query} {column} = ?", (value,)).fetchone()
    return mean or None


def price_fit(db: sqlite3.Connection, kind: str, job: bytes | None, engine: str | None) -> PriceFit | None:
    """Return how prices depend on sizes, for one question, or for an engine if `job` is None; None if unknown."""
    column, value = ("engine", engine) if job is None else ("job", job)
    query = (
        "SELECT count(*), min(size), max(size), sum(size), sum(total_tokens), sum(1.0 * size * size),"  # noqa: S608 - constants
        " sum(1.0 * size * total_tokens) FROM request_sizes WHERE kind = ? AND "
        f"{_is_sane('size')} AND {_is_sane('total_tokens')} AND"
    )
    count, *sums = db.execute(f"{query} {column} = ?", (kind, value)).fetchone()
    return _fit_prices(count, *sums) if count else None


def fit(requests: Sequence[tuple[int, int]]) -> PriceFit | None:
    """Return how prices depend on sizes, from the size in bytes and the tokens of each request; None without any."""
    if not requests:
        return None
    sizes, tokens = zip(*requests, strict=True)
    squares, products = sum(s * s for s in sizes), sum(s * t for s, t in requests)
    return _fit_prices(len(requests), min(sizes), max(sizes), sum(sizes), sum(tokens), squares, products)


def is_sane(cost: RequestCost) -> bool:
    """Return True if the figures of a request are possible ones, which those of a damaged record need not be."""
    known = (figure for figure in (cost.samples, cost.total_tokens, cost.size) if figure is not None)
    return all(type(figure) is int and 0 <= figure <= MAX_FIGURE for figure in known)


def _fit_prices(
    count: int, smallest: int, largest: int, size: int, tokens: int, squares: float, products: float
) -> PriceFit:
    """Fit a line by least squares, from sums over requests; both of its coefficients are at least 0."""
    if largest < 2 * smallest:
        return PriceFit(0.0, tokens / size, is_varied=False)
    per_byte = max(0.0, (count * products - size * tokens) / (count * squares - size * size))
    fixed = (tokens - per_byte * size) / count
    if fixed >= 0:
        return PriceFit(fixed, per_byte)
    # Where an empty request would cost less than nothing, beyond rounding, the price does not follow the size.
    return PriceFit(0.0, tokens / size, is_varied=fixed > -_ROUNDING)
