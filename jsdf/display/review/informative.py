"""Choice of the rows whose labels teach a classifier most: different from each other, the unsure ones favoured.

Up to 2,000 candidates (ten times as many as rows, if that is more) are drawn among the distinct values, a value the
more likely the more rows have it and the less sure its label is. Their embeddings are grouped by k-means into as many
clusters as rows are wanted and reviewed rows are known; of each cluster without a reviewed row, the largest first, the
row next to its centre is chosen. This is TypiClust (Hacohen, Dekel and Weinshall 2022) with the weights of a margin.

With few labels it matters more that rows are typical and different than that they are unsure: on Reuters R8 and 20
newsgroups, choosing by the margin alone, or BADGE (Ash et al. 2020), taught less than random rows did. See
`tests/benchmarks/active_review.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from jsdf.errors import MissingExtraError

if TYPE_CHECKING:
    from jsdf.display.gallery.query.similarity import Embed, Rows

_MIN_CANDIDATES, _CANDIDATES_PER_ROW = 2_000, 10
#: Reviewed rows that are clustered with the candidates at most; they are embedded too.
_MAX_KNOWN = 1_000
#: How much less sure labels are favoured: the weight of a value is its uncertainty to this power.
_UNCERTAINTY_POWER = 0.25
#: Keeps the weight of a value that is sure above 0.
_MIN_UNCERTAINTY = 0.01


def choose_rows(
    rows: Rows, known: Rows, hashes: npt.NDArray[np.uint64], margin: npt.NDArray[np.float32], n: int, seed: int,
    embed: Embed | None,
) -> Rows:  # fmt: skip
    """Return the positions of the rows to review, those that teach most first.

    Args:
        rows: Positions of the rows to choose from.
        known: Positions of the rows that were reviewed before.
        hashes: Of all rows of the column, equal for equal values; of equal values, one row is chosen.
        margin: Of all rows, how far the best label is ahead, 0 to 1; nan where unknown.
        n: Maximum number of rows to choose.
        seed: Seed of the candidates and of the clusters.
        embed: Embeds rows; None to choose the rows of the smallest margins, however alike.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    rows, counts = _distinct(rows[~np.isin(hashes[rows], hashes[known])], hashes)
    if embed is None or not len(rows):
        # Sorted stably, nan last.
        return rows[np.argsort(margin[rows], kind="stable")[:n]]
    generator = np.random.default_rng(seed)
    weights = counts * _uncertainty(margin[rows])
    most = max(_MIN_CANDIDATES, _CANDIDATES_PER_ROW * n)
    if len(rows) > most:
        rows = np.sort(generator.choice(rows, most, replace=False, p=weights / weights.sum()))
        weights = np.ones(most)
    known = _distinct(known, hashes)[0]
    if len(known) > _MAX_KNOWN:
        known = np.sort(generator.choice(known, _MAX_KNOWN, replace=False))
    return rows[_typical(rows, known, weights, n, seed, embed)]


def _distinct(rows: Rows, hashes: npt.NDArray[np.uint64]) -> tuple[Rows, npt.NDArray[np.intp]]:
    """Return the first row of each distinct value, and the number of its rows."""
    _, first, counts = np.unique(hashes[rows], return_index=True, return_counts=True)
    order = np.argsort(first)
    return rows[first[order]], counts[order]


def _uncertainty(margin: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return the weights of rows by their margins; rows without one weigh as much as the middle one."""
    has_margin = ~np.isnan(margin)
    middle = float(np.median(margin[has_margin])) if has_margin.any() else 0.0
    sure = np.where(has_margin, margin, middle).astype(np.float64)
    weights: npt.NDArray[np.float64] = np.maximum(1 - sure, _MIN_UNCERTAINTY) ** _UNCERTAINTY_POWER
    return weights


def _typical(rows: Rows, known: Rows, weights: npt.NDArray[np.float64], n: int, seed: int, embed: Embed) -> Rows:
    """Return positions in `rows` of at most `n` rows: the middle of each cluster without a known row."""
    vectors = embed(np.concatenate([rows, known])).astype(np.float64)
    is_read = np.asarray(~np.isnan(vectors).any(axis=1)) & (vectors.shape[1] > 0)
    own, before = np.flatnonzero(is_read[: len(rows)]), vectors[len(rows) :][is_read[len(rows) :]]
    if not len(own):
        return own
    points = np.concatenate([vectors[: len(rows)][own], before])
    weight = np.concatenate([weights[own], np.full(len(before), weights[own].mean())])
    cluster, distance = _cluster(points, weight, min(n + len(before), len(points)), seed)
    is_covered = np.bincount(cluster[len(own) :], minlength=len(points)) > 0
    size = np.bincount(cluster, weight, minlength=len(points))
    mine, apart = cluster[: len(own)], distance[: len(own)]
    # The middle of each cluster first, and of these the largest cluster without a known row.
    nearest = np.lexsort([apart, mine])
    is_middle = np.zeros(len(own), bool)
    is_middle[nearest[np.unique(mine[nearest], return_index=True)[1]]] = True
    return own[np.lexsort([apart, -size[mine], is_covered[mine], ~is_middle])[:n]]


def _cluster(
    points: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], clusters: int, seed: int
) -> tuple[Rows, npt.NDArray[np.float64]]:
    """Return the cluster of each point, and its distance to the centre."""
    try:
        from sklearn.cluster import KMeans
    except ImportError as error:
        raise MissingExtraError('order="informative" needs scikit-learn: pip install "jsdf[judge]"') from error
    clusters = min(clusters, len(np.unique(points, axis=0)))
    fitted = KMeans(clusters, n_init=3, max_iter=20, random_state=seed % 2**32).fit(points, sample_weight=weights)
    labels = fitted.labels_.astype(np.intp)
    distance: npt.NDArray[np.float64] = np.linalg.norm(points - fitted.cluster_centers_[labels], axis=1)
    return labels, distance
