"""How far apart two computations of the same logits are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure_distance(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """The largest difference of a logit, in standard deviations of all logits."""
    return float(np.abs(found - wanted).max() / wanted.std())


def measure_divergence(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """Mean Kullback-Leibler divergence of the next token's distributions, in nats."""
    ours, theirs = _take_logs(wanted), _take_logs(found)
    return float(np.mean(np.sum(np.exp(ours) * (ours - theirs), axis=1)))


def measure_agreement(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    """The share of places where both expect the same token most."""
    return float(np.mean(found.argmax(axis=1) == wanted.argmax(axis=1)))


def _take_logs(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    exact = logits.astype(np.float64)
    exact -= exact.max(axis=1, keepdims=True)
    shares: NDArray[np.float64] = exact - np.log(np.exp(exact).sum(axis=1, keepdims=True))
    return shares
