"""Clusters of vectors that are near each other. Runs in the process of `host.tabs.analysis_worker`.

Average linkage: two clusters are joined when their tabs are near on average. One stray tab between two topics
does not chain them together, as it would with single linkage, and topics may be broader than with complete
linkage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.cluster import AgglomerativeClustering

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Sums that differ in their last digits only, because they were added in another order, must count as equal.
_DIGITS = 5


def cluster_vectors(vectors: NDArray[np.float32], *, reach: float) -> NDArray[np.int64]:
    """Clusters of rows that are near each other; the same partition whatever the order of the rows.

    Args:
        vectors: shape (rows, columns). Two rows are as far apart as 1 minus their product says: for rows of
            length 1, their cosine distance.
        reach: average distance up to which two clusters are joined.

    Returns:
        A number for each row, the same for rows of one cluster, counted from 0 in the order in which the
        clusters appear; shape (rows,).
    """
    count = len(vectors)
    if count < 2:
        return np.zeros(count, dtype=np.int64)
    # Which of two equal distances is joined first depends on the order, so there is one order for all.
    order = np.lexsort(vectors.T[::-1])
    rows = vectors[order].astype(np.float64)
    distances = np.round(np.clip(1.0 - rows @ rows.T, 0.0, None), _DIGITS)
    np.fill_diagonal(distances, 0.0)
    joined = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=reach
    ).fit_predict(distances)
    labels = np.empty(count, dtype=np.int64)
    labels[order] = joined
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first)).astype(np.int64)[inverse]
