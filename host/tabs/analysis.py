"""Fitting and clustering in a process of their own, so that the daemon loads none of those libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.workers.client import Worker

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from numpy.typing import NDArray

FIT_TIMEOUT_S = 120.0
CLUSTER_TIMEOUT_S = 30.0


class Analysis:
    """Fits linear heads and clusters vectors; safe to use from several threads."""

    def __init__(self, *, log_file: Path | None = None) -> None:
        self.worker = Worker("analysis", "host.tabs.analysis_worker", {}, log_file=log_file)

    def fit_head(
        self,
        features: NDArray[np.float32],
        labels: NDArray[np.int64],
        weights: NDArray[np.float32],
        *,
        classes: int,
        strength: float,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float32]:
        """A linear head: multinomial logistic regression.

        Args:
            features: shape (rows, columns).
            labels: class of each row, 0 to classes - 1; shape (rows,).
            weights: of each row; shape (rows,).
            classes: how many there are.
            strength: inverse of the L2 regularisation.
            cancelled: stops the waiting.

        Returns:
            Shape (classes, columns + 1); the last column is the bias. A class without rows has a bias so low
            that it is never chosen.

        Raises:
            Cancelled, WorkerDied, WorkerError, Timeout.
        """
        rows, columns = features.shape
        payload = b"".join(
            np.ascontiguousarray(part, dtype=np.float32).tobytes() for part in (features, labels, weights)
        )
        header = {"rows": rows, "columns": columns, "classes": classes, "strength": strength}
        reply = self.worker.request(
            "fit", header, payload, timeout=FIT_TIMEOUT_S, lane="background", cancelled=cancelled
        )
        return np.frombuffer(reply[1], dtype=np.float32).reshape(classes, columns + 1)

    def cluster(
        self, vectors: NDArray[np.float32], reach: float, cancelled: threading.Event | None = None
    ) -> NDArray[np.int64]:
        """Groups of vectors that are near each other; see `host.tabs.clustering.cluster_vectors`.

        Args:
            vectors: shape (rows, columns), each row of length 1.
            reach: cosine distance up to which clusters are joined.
            cancelled: stops the waiting.

        Returns:
            A number for each row, the same for rows of one cluster; shape (rows,).

        Raises:
            Cancelled, WorkerDied, WorkerError, Timeout.
        """
        header = {"rows": vectors.shape[0], "columns": vectors.shape[1], "reach": reach}
        payload = np.ascontiguousarray(vectors, dtype=np.float32).tobytes()
        reply = self.worker.request(
            "cluster", header, payload, timeout=CLUSTER_TIMEOUT_S, lane="interactive", cancelled=cancelled
        )
        return np.frombuffer(reply[1], dtype=np.float32).astype(np.int64)

    def close(self) -> None:
        """End the process."""
        self.worker.close()
