"""Clusters of vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.tabs.clustering import cluster_vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_rows(seed: int, topics: int, count: int, spread: float) -> NDArray[np.float32]:
    """`count` rows of length 1 around `topics` directions."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(topics, 16))
    rows = centres[random.integers(topics, size=count)] + spread * random.normal(size=(count, 16))
    vectors: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def partition(labels: NDArray[np.int64], order: NDArray[np.int64]) -> set[frozenset[int]]:
    """Which of the original rows are together."""
    return {frozenset(order[labels == label].tolist()) for label in set(labels.tolist())}


@given(
    seed=st.integers(0, 2**32 - 1),
    topics=st.integers(1, 6),
    count=st.integers(1, 40),
    reach=st.floats(0.05, 1.2),
    spread=st.sampled_from([0.0, 0.2, 1.0]),
)
def test_the_same_rows_in_any_order_are_parted_the_same_way(
    seed: int, topics: int, count: int, reach: float, spread: float
) -> None:
    rows = make_rows(seed, topics, count, spread)
    order = np.random.default_rng(seed + 1).permutation(count)
    straight = cluster_vectors(rows, reach=reach)
    mixed = cluster_vectors(rows[order], reach=reach)
    assert partition(straight, np.arange(count)) == partition(mixed, order)


def test_what_is_near_is_one_cluster_and_what_is_far_another() -> None:
    rows = np.array([[1, 0], [0, 1], [0.98, 0.2], [0.2, 0.98]], dtype=np.float32)
    assert cluster_vectors(rows, reach=0.3).tolist() == [0, 1, 0, 1]


def test_a_wider_reach_joins_more() -> None:
    rows = make_rows(3, 5, 30, 0.5)
    counts = [len(set(cluster_vectors(rows, reach=reach).tolist())) for reach in (0.1, 0.5, 0.9, 2.5)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == 1


def test_a_stray_row_between_two_clusters_does_not_chain_them_together() -> None:
    angles = np.radians([0, 4, 8, 45, 82, 86, 90])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels = cluster_vectors(rows, reach=0.32)
    assert labels[0] == labels[1] == labels[2] != labels[4] == labels[5] == labels[6]


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_rows_need_no_clustering(count: int) -> None:
    assert cluster_vectors(np.ones((count, 3), dtype=np.float32), reach=0.5).tolist() == [0] * count


def test_rows_of_noughts_are_near_nothing() -> None:
    rows = np.array([[0, 0], [0, 0], [1, 0]], dtype=np.float32)
    assert len(set(cluster_vectors(rows, reach=0.7).tolist())) == 3
