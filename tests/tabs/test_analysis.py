"""Fitting and clustering in their own process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.tabs.analysis import Analysis

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def analysis() -> Iterator[Analysis]:
    made = Analysis()
    yield made
    made.close()


def test_a_head_tells_apart_what_can_be_told_and_never_says_what_it_never_saw(analysis: Analysis) -> None:
    random = np.random.default_rng(0)
    labels = np.arange(90, dtype=np.int64) % 3
    features = random.normal(scale=0.1, size=(90, 8)).astype(np.float32)
    features[np.arange(90), labels] += 1
    ones = np.ones(90, dtype=np.float32)
    head = analysis.fit_head(features, labels, ones, classes=5, strength=4.0)
    assert head.shape == (5, 9)
    scores = features @ head[:, :-1].T + head[:, -1]
    assert scores.argmax(axis=1).tolist() == labels.tolist()
    anything = random.normal(size=(500, 8)).astype(np.float32) @ head[:, :-1].T + head[:, -1]
    assert anything.argmax(axis=1).max() < 3


def test_rows_without_weight_teach_nothing(analysis: Analysis) -> None:
    features = np.array([[1, 0], [0, 1], [1, 0], [1, 0], [1, 0]], dtype=np.float32)
    labels = np.array([0, 1, 1, 1, 1], dtype=np.int64)
    weights = np.array([1, 1, 0, 0, 0], dtype=np.float32)
    head = analysis.fit_head(features, labels, weights, classes=2, strength=4.0)
    scores = features[:2] @ head[:, :-1].T + head[:, -1]
    assert scores.argmax(axis=1).tolist() == [0, 1]


def test_what_lies_together_is_one_cluster(analysis: Analysis) -> None:
    rows = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    numbers = analysis.cluster(rows, 0.5)
    assert numbers.dtype == np.int64
    assert len(set(numbers.tolist())) == 3
    assert [len(set(numbers[start : start + 4].tolist())) for start in (0, 4, 8)] == [1, 1, 1]
