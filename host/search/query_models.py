"""Which model a query is embedded with: the one that made the vectors which serve in that profile."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from host.search.exchange import DegradedPart
from host.storage.vector_spaces import find_space

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw
    import numpy as np
    from numpy.typing import NDArray

    from host.history.profiles import Profile
    from host.search.exchange import SearchRequest
    from host.storage.vector_spaces import StoredSpace

# How many searches may wait for a model that is loading; the handlers' other threads stay free for typing.
WAITERS = 2
WAIT_STEP_S = 0.05


class QueryEmbedder(Protocol):
    """Makes vectors of queries; see `host.models.embedding.Embedder`."""

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """A vector of length 1."""

    @property
    def resting(self) -> bool:
        """Whether it failed lately and will not start now."""

    def wait_ready(self, timeout: float) -> bool:
        """Start it, and wait so many seconds at most until it can answer."""

    def forget_queries(self) -> None:
        """Drop what is remembered of queries."""


@dataclass(frozen=True)
class QueryModel:
    """The vectors that are searched, and the model that made them."""

    space: StoredSpace
    embedder: QueryEmbedder


class QueryModels:
    """Finds the model for a query, and waits for it."""

    def __init__(self, embedder_for: Callable[[str], QueryEmbedder | None]) -> None:
        """Remember where models come from.

        Args:
            embedder_for: the embedding model of that id, None when it is not installed (any more).
        """
        self._embedder_for = embedder_for
        # Those that may remember a query.
        self._asked: dict[str, QueryEmbedder] = {}
        self._waiters = threading.BoundedSemaphore(WAITERS)

    def find(self, profile: Profile, request: SearchRequest) -> QueryModel | None:
        """What answers by meaning, where that is wanted and there is a model."""
        if request.mode == "text" or not profile.database.features.vectors:
            return None
        space = profile.database.read(_find_active)
        embedder = self._embedder_for(space.model_id) if space else None
        if space is None or embedder is None:
            return None
        self._asked[space.model_id] = embedder
        return QueryModel(space, embedder)

    def find_degraded(self, profile: Profile) -> DegradedPart | None:
        """Why this profile cannot be searched by meaning, whatever is asked; None when it can."""
        if not profile.database.features.vectors:
            reason = "sqlite-vec cannot be loaded here: pages are found by words only."
            return DegradedPart("vector", reason, "Run: python3 -m host.install")
        space = profile.database.read(_find_active)
        if space is None:
            reason = "No embedding model is installed: pages are found by words only."
            return DegradedPart("vector", reason, "Run: python3 -m host.install")
        if self._embedder_for(space.model_id) is None:
            reason = f"The vectors here were made with {space.model_id}, which is not installed any more."
            name = space.model_id.partition("@")[0]
            return DegradedPart("vector", reason, f"Run: classify model download {name}")
        return None

    def wait(self, profile: Profile, request: SearchRequest, check_cancelled: Callable[[], None]) -> None:
        """Wait for a model that is loading, if the caller wants to, and others still find a thread."""
        model = self.find(profile, request) if request.wait_s > 0 else None
        if model is None or not self._waiters.acquire(blocking=False):
            return
        try:
            deadline = time.monotonic() + request.wait_s
            while not model.embedder.wait_ready(WAIT_STEP_S) and not model.embedder.resting:
                check_cancelled()
                if time.monotonic() >= deadline:
                    break
        finally:
            self._waiters.release()

    def forget_queries(self) -> None:
        """Drop what any model remembers of queries."""
        for embedder in list(self._asked.values()):
            embedder.forget_queries()


def _find_active(connection: apsw.Connection) -> StoredSpace | None:
    return find_space(connection, "active")
