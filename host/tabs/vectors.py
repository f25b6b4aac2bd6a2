"""Vectors of tabs' words, kept for the next time: tabs are asked about again and again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.workers.client import Lane

# Rows of 384 numbers: 6 MB.
KEPT = 4000


class TextEmbedder(Protocol):
    """Makes vectors of texts; see `host.models.embedding.Embedder`."""

    @property
    def model_id(self) -> str:
        """The model."""
        ...

    def embed_texts(
        self,
        texts: Sequence[str],
        *,
        lane: Lane = "background",
        cancelled: threading.Event | None = None,
        fast: bool = False,
    ) -> NDArray[np.float32]:
        """float32 of shape (len(texts), dimensions), each row of length 1."""
        ...


class VectorCache:
    """Remembers the vectors of the texts seen last, by their hash; safe to use from several threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._rows: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def embed(
        self,
        embedder: TextEmbedder,
        texts: Sequence[str],
        *,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float32]:
        """The vector of each text.

        Args:
            embedder: the model.
            texts: at least one; an empty one has a vector of noughts.
            lane: "interactive" when a person waits.
            cancelled: stops it between two batches.

        Returns:
            float32 of shape (len(texts), dimensions), each row of length 1.

        Raises:
            Cancelled, ModelUnavailable, WorkerDied, Timeout.
        """
        keys = [_hash(embedder.model_id, text) for text in texts]
        found: dict[bytes, NDArray[np.float32]] = {}
        with self._lock:
            for key in keys:
                row = self._rows.get(key)
                if row is not None:
                    self._rows.move_to_end(key)
                    found[key] = row
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found and text}
        if new:
            rows = embedder.embed_texts(list(new.values()), lane=lane, cancelled=cancelled, fast=True)
            found.update(zip(new, rows, strict=True))
            with self._lock:
                self._rows.update((key, found[key].copy()) for key in new)
                while len(self._rows) > self._kept:
                    self._rows.popitem(last=False)
        # Where no text says anything, the model has to be asked how long its vectors are.
        some = next(iter(found.values()), None)
        dimensions = len(embedder.embed_texts(["-"], lane=lane)[0]) if some is None else len(some)
        nothing = np.zeros(dimensions, dtype=np.float32)
        return np.stack([found.get(key, nothing) for key in keys])

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._rows.clear()


def _hash(model_id: str, text: str) -> bytes:
    return hashlib.blake2b(f"{model_id}\n{text}".encode(errors="surrogatepass"), digest_size=16).digest()
