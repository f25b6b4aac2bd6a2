"""Fits a linear head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A class that nothing was seen of.
NEVER = -50.0
_ITERATIONS = 400


def fit_logistic(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    weights: NDArray[np.float32],
    *,
    classes: int,
    strength: float,
) -> NDArray[np.float32]:
    """Multinomial logistic regression; see `host.tabs.analysis.Analysis.fit_head`."""
    present = np.unique(labels)
    found = np.zeros((classes, features.shape[1] + 1), dtype=np.float32)
    found[:, -1] = NEVER
    if len(present) < 2:
        found[present, -1] = 0.0
        return found
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS).fit(features, labels, sample_weight=weights)
    if len(present) == 2:
        # Two classes share one row of coefficients: those of the second.
        half = np.hstack([model.coef_, model.intercept_[:, None]])[0] / 2
        found[present[0]], found[present[1]] = -half, half
    else:
        found[present] = np.hstack([model.coef_, model.intercept_[:, None]])
    return found
