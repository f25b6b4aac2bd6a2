"""The process that fits heads and clusters vectors: `python -m host.tabs.analysis_worker`.

Its libraries take half a second and tens of megabytes to load, and are needed for moments only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import InvalidInput
from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from host.workers.messages import Header
    from host.workers.server import Report, Task


def load(_config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load the libraries and return the operations."""
    from host.tabs.clustering import cluster_vectors
    from host.tabs.head_fitting import fit_logistic

    def fit(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
        """{rows, columns, classes, strength}; features, labels and weights -> coefficients and biases."""
        task.check_cancelled()
        rows, columns = int(header["rows"]), int(header["columns"])
        parts = _split(payload, rows * columns, rows, rows)
        fitted = fit_logistic(
            parts[0].reshape(rows, columns),
            parts[1].astype(np.int64),
            parts[2],
            classes=int(header["classes"]),
            strength=float(header["strength"]),
        )
        return {}, fitted.astype(np.float32).tobytes()

    def cluster(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
        """{rows, columns, reach}; features -> the cluster of each row."""
        task.check_cancelled()
        vectors = _split(payload, int(header["rows"]) * int(header["columns"]))[0]
        labels = cluster_vectors(
            vectors.reshape(int(header["rows"]), int(header["columns"])), reach=float(header["reach"])
        )
        return {}, labels.astype(np.float32).tobytes()

    return {"fit": fit, "cluster": cluster}


def _split(payload: bytes, *sizes: int) -> list[NDArray[np.float32]]:
    """Arrays of so many numbers each."""
    numbers = np.frombuffer(payload, dtype=np.float32)
    if len(numbers) != sum(sizes):
        message = "The numbers do not fit their description."
        raise InvalidInput(message)
    return np.split(numbers, np.cumsum(sizes)[:-1])


if __name__ == "__main__":
    serve(load)
