"""From scores to probabilities that mean something. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def softmax(scores: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities from scores, along the last axis.

    Args:
        scores: any finite numbers, shape (..., classes).
        temperature: above 0; a higher one makes the probabilities more alike.

    Returns:
        float64 of the same shape; the last axis sums to 1.
    """
    scaled = np.asarray(scores, dtype=np.float64) / temperature
    grown = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    probabilities: NDArray[np.float64] = grown / grown.sum(axis=-1, keepdims=True)
    return probabilities


def fit_temperature(scores: NDArray[np.floating], labels: Sequence[int]) -> float:
    """The temperature under which known labels are most likely.

    Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017, section 4.2; by
    golden-section search over its logarithm, where the loss has one minimum.

    Args:
        scores: shape (samples, classes).
        labels: index of the right class for each sample.
    """
    rows, columns = np.arange(len(labels)), np.asarray(labels)
    ratio = (np.sqrt(5.0) - 1.0) / 2.0

    def loss(log_temperature: float) -> float:
        probabilities = softmax(scores, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(probabilities[rows, columns], 1e-12)).mean())

    low, high = np.log(1e-3), np.log(1e3)
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def measure_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: how far confidence and accuracy are apart on average.

    Guo et al. 2017, equation 3.

    Args:
        confidences: 0 to 1, one for each decision; at least one.
        right: whether the decision was right.
        bins: of equal width.

    Returns:
        0 (a confidence of 0.8 is right in 80 % of the cases) to 1.
    """
    values, hits = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    places = np.minimum((values * bins).astype(int), bins - 1)
    error = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            error += float(inside.mean()) * abs(float(values[inside].mean()) - float(hits[inside].mean()))
    return error
