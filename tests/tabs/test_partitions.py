"""Partitions of tabs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from host.tabs.clustering import cluster_vectors
from host.tabs.partitions import find_clusters, rate_partition
from host.tabs.topic_scale import TopicScale


def test_the_rating_is_the_mean_silhouette() -> None:
    source = np.random.default_rng(1)
    places = source.normal(size=(12, 3))
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    labels = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 0, 1])
    expected = silhouette_score(distances, labels, metric="precomputed")
    assert rate_partition(distances, labels) == pytest.approx(expected)


def test_a_partition_that_stands_apart_is_rated_above_one_that_does_not() -> None:
    distances = np.full((4, 4), 1.0)
    distances[:2, :2] = distances[2:, 2:] = 0.1
    good, bad = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    one = np.zeros(4, dtype=np.int64)
    assert rate_partition(distances, good) > rate_partition(distances, one) > rate_partition(distances, bad)


def test_of_several_reaches_the_one_whose_clusters_stand_apart_is_kept() -> None:
    rows = np.eye(6, dtype=np.float32)
    asked: list[float] = []
    answers = iter([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1], [0, 1, 2, 3, 4, 5]])
    rows[:3, 0] = rows[3:, 3] = 1.0

    def cluster(_: object, reach: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        asked.append(reach)
        return np.array(next(answers), dtype=np.int64)

    found = find_clusters(rows, np.arange(6), TopicScale(0.0, 0.5), cluster)
    assert [members.tolist() for members in found] == [[0, 1, 2], [3, 4, 5]]
    assert len(set(asked)) == 3


def test_a_large_cluster_stays_whole_when_it_has_no_parts() -> None:
    source = np.random.default_rng(3)
    rows = np.hstack([np.full((40, 1), 2.0), source.normal(size=(40, 30)) * 0.1])
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = find_clusters(
        rows, np.arange(40), TopicScale(0.0, 0.5), lambda part, reach: cluster_vectors(part, reach=reach)
    )
    assert [len(members) for members in found] == [40]
