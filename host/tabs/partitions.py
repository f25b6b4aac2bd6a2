"""How tabs are parted into clusters: how far each may reach, and what is too large.

No reach suits every window: one holds a dozen things that have nothing in common, another is about one trade
throughout. So a few are tried, and the partition is kept whose clusters stand apart best, by the silhouette
(Rousseeuw 1987, https://doi.org/10.1016/0377-0427(87)90125-7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from host.tabs.topic_scale import TopicScale

    Clusterer = Callable[[NDArray[np.float32], float], NDArray[np.int64]]

# How far up a model's scale the tabs of a cluster must be on average.
NEARNESS = (0.66, 0.58, 0.74)
# What a partition into several clusters must beat for tabs that could all be one.
_ONE_CLUSTER = 0.2
# A group of more is hard to look through.
_MOST_TABS = 20
# A larger cluster is taken apart by what is nearer by so much of the scale.
_NEARER = 0.3


def find_clusters(
    evidence: NDArray[np.float32],
    rows: NDArray[np.int64],
    scale: TopicScale,
    cluster: Clusterer,
    nearer: float = 0.0,
) -> list[NDArray[np.int64]]:
    """Clusters of tabs that are near each other.

    Args:
        evidence: rows whose products are the nearness of tabs.
        rows: which of them are to be parted; at least one.
        scale: what these products are worth.
        cluster: rows and the distance up to which they are joined -> the cluster of each, counted from 0.
        nearer: how much nearer than usual, in shares of the scale.

    Returns:
        The numbers of the rows of each cluster, those of single rows included.
    """
    own = evidence[rows]
    reaches = [1.0 - scale.cosine_at(nearness + nearer) for nearness in NEARNESS]
    tried = [cluster(own, reach) for reach in reaches]
    distances = np.clip(1.0 - own.astype(np.float64) @ own.T, 0.0, None)
    # Rounded, so that the order of the tabs decides nothing; of equally good ones the first is kept.
    labels = max(tried, key=lambda labels: round(rate_partition(distances, labels), 6))
    found: list[NDArray[np.int64]] = []
    for label in range(int(labels.max()) + 1):
        members = rows[labels == label]
        parts = [members]
        if len(members) > _MOST_TABS and nearer < 1.0:
            parts = find_clusters(evidence, members, scale, cluster, nearer + _NEARER)
            large = [part for part in parts if len(part) > 2]
            if len(large) < 2 or sum(map(len, large)) < len(members) * 3 / 4:
                parts = [members]
        found += parts
    return found


def rate_partition(distances: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The mean silhouette of a partition.

    scikit-learn has it, too, but lives in another process, and this is a product of matrices.

    Args:
        distances: of any two rows; shape (rows, rows).
        labels: the cluster of each row, counted from 0; shape (rows,).

    Returns:
        -1 to 1, the higher, the better the clusters stand apart. A fixed value for a single cluster: it has
        nothing to stand apart from.
    """
    count = int(labels.max()) + 1
    if count == 1:
        return _ONE_CLUSTER
    inside = np.eye(count)[labels]
    sizes = inside.sum(axis=0)
    sums = distances @ inside
    each = np.arange(len(labels))
    own_size = sizes[labels]
    own = (sums[each, labels] - distances[each, each]) / np.maximum(1.0, own_size - 1)
    means = sums / sizes
    means[each, labels] = np.inf
    nearest = means.min(axis=1)
    rated = (nearest - own) / np.maximum(np.maximum(nearest, own), 1e-9)
    return float(np.where(own_size > 1, rated, 0.0).mean())
