"""The engine by vectors and words: what was learned from examples, and a person's own categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from host.tabs.examples import KEYS, NONE
from host.tabs.heads import load_word_head
from host.tabs.mixing import LEAD_SHARE, find_site_keys, load_mixtures, mark_sites
from host.tabs.vector_training import write_tab
from host.tabs.word_features import find_word_features
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.tabs.exchange import EngineKind, Tab, TabCategory
    from host.tabs.own_categories import OwnCategories
    from host.tabs.vector_training import HeadSource
    from host.tabs.vectors import TextEmbedder, VectorCache
    from host.tabs.wording import TabWords
    from host.workers.client import Lane


class WordEngine:
    """Rates tabs by their words and sites alone, where there is no model."""

    kind: EngineKind = "words"
    model_id = "words"

    def rate(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,  # noqa: ARG002 - it takes no time
    ) -> NDArray[np.float64]:
        """See `TabEngine.rate`."""
        words = [describe_tab(tab) for tab in tabs]
        learned = _mix(words, None)
        return join_categories(learned, categories, np.zeros((len(tabs), len(categories))))


class EmbeddingEngine:
    """Rates tabs by the vectors of a model, their words and their sites."""

    kind: EngineKind = "embedding"

    def __init__(
        self,
        embedder: TextEmbedder,
        heads: HeadSource,
        cache: VectorCache,
        own: OwnCategories,
        *,
        lane: Lane = "interactive",
    ) -> None:
        """Wire it.

        Args:
            embedder: the model.
            heads: where its head comes from; until there is one, words decide.
            cache: vectors that were made before.
            own: rates by a person's own categories.
            lane: "interactive" when a person waits.
        """
        self._embedder = embedder
        self._heads = heads
        self._cache = cache
        self._own = own
        self._lane: Lane = lane

    @property
    def model_id(self) -> str:
        """The model."""
        return self._embedder.model_id

    @property
    def embedder(self) -> TextEmbedder:
        """The model itself."""
        return self._embedder

    def compare(
        self, tabs: Sequence[Tab], others: Sequence[Tab], cancelled: threading.Event | None = None
    ) -> NDArray[np.float64]:
        """How alike tabs are: standard deviations above the cosine of unrelated ones, (tabs, others)."""
        low, spread = self._own.measure_usual(
            self._embedder, self._cache, lane=self._lane, cancelled=cancelled
        )
        cosines = self.embed(tabs, cancelled) @ self.embed(others, cancelled).T
        return ((cosines - low) / spread).astype(np.float64)

    def embed(self, tabs: Sequence[Tab], cancelled: threading.Event | None = None) -> NDArray[np.float32]:
        """What the tabs are about: shape (tabs, dimensions), rows of length 1 (or 0)."""
        texts = [write_tab(describe_tab(tab)) for tab in tabs]
        return self._cache.embed(self._embedder, texts, lane=self._lane, cancelled=cancelled)

    def rate(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """See `TabEngine.rate`."""
        if not tabs:
            return np.zeros((0, len(categories) + 1))
        words = [describe_tab(tab) for tab in tabs]
        leads = [place for place, each in enumerate(words) if each.lead]
        texts = [write_tab(each) for each in words] + [words[place].lead for place in leads]
        vectors = self._cache.embed(self._embedder, texts, lane=self._lane, cancelled=cancelled)
        head = self._heads.find(self._embedder, vectors.shape[1])
        by_vectors = None
        if head is not None:
            by_vectors = head.rate(vectors[: len(tabs)])
            if leads:
                of_leads = head.rate(vectors[len(tabs) :])
                by_vectors[leads] = (1 - LEAD_SHARE) * by_vectors[leads] + LEAD_SHARE * of_leads
        learned = _mix(words, by_vectors)
        own = self._own.rate(
            vectors[: len(tabs)],
            categories,
            self._embedder,
            self._cache,
            lane=self._lane,
            cancelled=cancelled,
        )
        return join_categories(learned, categories, own)


def join_categories(
    learned: NDArray[np.float64], categories: Sequence[TabCategory], own: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One table for the learned categories and a person's own.

    An own category was made on purpose, so it has the first claim: what it does not take is left for the
    learned ones. The share of a learned category that is switched off is that of "none of these".

    Args:
        learned: probabilities of `KEYS`, shape (tabs, len(KEYS)).
        categories: those that are wanted.
        own: probability that a tab belongs into a category, each for itself, shape (tabs, categories); nought
            for built-in ones.

    Returns:
        See `TabEngine.rate`.
    """
    table = np.zeros((len(learned), len(categories) + 1))
    # Two own categories that both want a tab share it.
    wanted = own.sum(axis=1, keepdims=True)
    taken = 1 - np.prod(1 - own, axis=1, keepdims=True)
    shares = own * (taken / np.maximum(wanted, 1e-12))
    for place, category in enumerate(categories):
        if category.builtin and category.key in KEYS:
            table[:, place] = learned[:, KEYS.index(category.key)] * (1 - taken[:, 0])
        else:
            table[:, place] = shares[:, place]
    table[:, -1] = np.maximum(0.0, 1 - table[:, :-1].sum(axis=1))
    return table


def _mix(words: Sequence[TabWords], by_vectors: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Probabilities of `KEYS`, shape (tabs, len(KEYS))."""
    by_words = load_word_head().rate([find_word_features(each) for each in words])
    sites = mark_sites(find_site_keys([each.host for each in words]))
    with_vectors, without = load_mixtures()
    mixed = (with_vectors if by_vectors is not None else without).combine(by_vectors, by_words, sites)
    # A tab that says nothing belongs nowhere.
    silent = [place for place, each in enumerate(words) if not each.title and not each.address]
    mixed[silent] = 0.0
    mixed[silent, KEYS.index(NONE)] = 1.0
    return mixed
