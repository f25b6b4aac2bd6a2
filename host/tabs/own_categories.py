"""A person's own categories, told from their names, descriptions and example tabs.

What a cosine is worth differs from model to model, so it is compared with the cosines of tabs that belong
elsewhere: how many standard deviations it lies above them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from host.tabs.examples import KEYS, read_examples
from host.tabs.exchange import Tab
from host.tabs.vector_training import write_examples, write_tab
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.tabs.exchange import TabCategory
    from host.tabs.vectors import TextEmbedder, VectorCache
    from host.workers.client import Lane

# Tabs of each learned category that a cosine is compared with.
REFERENCES = 30
# So many standard deviations above them the chances are even, and how fast they grow with one more.
# Measured on subjects that no category was made for; docs/decisions/tabs-by-vectors-and-words.md has figures.
EVEN = 3.2
STEEPNESS = 2.2
# Examples show a kind of tab, a description only speaks of it.
EXAMPLE_EVEN = 3.6


class OwnCategories:
    """Rates vectors of tabs by categories that were not learned from the shipped examples."""

    def __init__(self) -> None:
        self._usual: dict[str, tuple[float, float]] = {}

    def rate(
        self,
        vectors: NDArray[np.float32],
        categories: Sequence[TabCategory],
        embedder: TextEmbedder,
        kept: VectorCache,
        *,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """The probability that a tab belongs into a category, each category for itself.

        Args:
            vectors: of tabs, shape (tabs, dimensions).
            categories: all that are wanted; the built-in ones get nought.
            embedder: the model that made the vectors.
            kept: vectors that were made before.
            lane: "interactive" when a person waits.
            cancelled: stops it.

        Returns:
            Shape (tabs, categories).
        """
        found = np.zeros((len(vectors), len(categories)))
        own = [place for place, category in enumerate(categories) if not category.builtin]
        if not own or not len(vectors):
            return found
        references = kept.embed(embedder, _pick_references(), lane=lane, cancelled=cancelled)
        for place in own:
            texts, evens = _describe(categories[place])
            prototypes = kept.embed(embedder, texts, lane=lane, cancelled=cancelled)
            usual = references @ prototypes.T
            spread = np.maximum(usual.std(axis=0), 1e-3)
            above = (vectors @ prototypes.T - usual.mean(axis=0)) / spread
            chances = 1 / (1 + np.exp(np.clip(-STEEPNESS * (above - evens), -60, 60)))
            found[:, place] = chances.max(axis=1)
        return found

    def measure_usual(
        self,
        embedder: TextEmbedder,
        kept: VectorCache,
        *,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> tuple[float, float]:
        """Mean and standard deviation of the cosines of tabs that have nothing to do with each other."""
        if embedder.model_id not in self._usual:
            references = kept.embed(embedder, _pick_references(), lane=lane, cancelled=cancelled)
            cosines = (references @ references.T)[~np.eye(len(references), dtype=bool)]
            self._usual[embedder.model_id] = (float(cosines.mean()), max(float(cosines.std()), 1e-3))
        return self._usual[embedder.model_id]


def _describe(category: TabCategory) -> tuple[list[str], NDArray[np.float64]]:
    """What a category is compared by, and how far above the usual each has to be."""
    texts = [f"{category.name}: {category.description}" if category.description else category.name]
    evens = [EVEN]
    for example in category.examples:
        words = write_tab(describe_tab(Tab(0, "", example)))
        if words:
            texts.append(words)
            evens.append(EXAMPLE_EVEN)
    return texts, np.array(evens)


@cache
def _pick_references() -> tuple[str, ...]:
    """Tabs of all kinds, spread over the examples."""
    picked = []
    examples = read_examples()
    for key in KEYS:
        of_key = [example for example in examples if example.key == key]
        picked += of_key[:: max(1, len(of_key) // REFERENCES)][:REFERENCES]
    return tuple(write_examples(picked))
