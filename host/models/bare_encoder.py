"""`SentenceTransformer.encode` with its defaults and nothing of ours, for measurements."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.workers.messages import Header
    from host.workers.server import Report, Task


def load(config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load the model; {folder} says where it lies."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(config["folder"], local_files_only=True)

    def encode(header: Header, _: bytes, __: Task) -> tuple[Header, bytes]:
        began = time.perf_counter()
        model.encode(header["texts"], show_progress_bar=False)
        return {"seconds": time.perf_counter() - began}, b""

    model.encode(["warm"], show_progress_bar=False)
    return {"encode": encode}


if __name__ == "__main__":
    serve(load)
