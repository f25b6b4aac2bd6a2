"""Fits the head of an embedding model to the examples, on the machine of its user when none was shipped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.core.errors import AppError
from host.core.log import describe_exception, get_logger
from host.tabs.examples import KEYS, read_examples
from host.tabs.exchange import Tab
from host.tabs.heads import SHIPPED, VectorHead, load_vector_head, save_vector_head
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.tabs.analysis import Analysis
    from host.tabs.examples import Example
    from host.tabs.vectors import TextEmbedder
    from host.tabs.wording import TabWords

# Inverse of the L2 regularisation; anything from 1 to 10 does about the same.
STRENGTH = 4.0
_log = get_logger("tabs")


class HeadSource(Protocol):
    """Where heads come from."""

    def find(self, embedder: TextEmbedder, dimensions: int) -> VectorHead | None:
        """The head of a model; None while there is none."""


class TrainedHeads:
    """The heads of embedding models: shipped, kept from before, or fitted in the background."""

    def __init__(
        self, folder: Path, analysis: Analysis, name_of: Callable[[str], str] = lambda model_id: model_id
    ) -> None:
        """Know where heads are kept.

        Args:
            folder: for those that are fitted here.
            analysis: fits them.
            name_of: what tells a model from another that bore its name before.
        """
        self._folder = folder
        self._analysis = analysis
        self._name_of = name_of
        self._heads: dict[str, VectorHead] = {}
        self._tried: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()

    def find(self, embedder: TextEmbedder, dimensions: int) -> VectorHead | None:
        """The head of a model; when there is none yet, one begins to be fitted.

        Args:
            embedder: the model.
            dimensions: of its vectors.
        """
        name = self._name_of(embedder.model_id)
        with self._lock:
            if name in self._heads:
                return self._heads[name]
            for folder in (SHIPPED, self._folder):
                head = load_vector_head(folder / f"{name}.npz", dimensions)
                if head is not None:
                    self._heads[name] = head
                    return head
            if name not in self._tried and not self._closing.is_set():
                self._tried.add(name)
                thread = threading.Thread(
                    target=self._fit, args=(embedder, name), name="fit-head", daemon=True
                )
                self._threads.append(thread)
                thread.start()
        return None

    def has(self, model_id: str) -> bool:
        """Whether there is a head of a model, as far as its file tells."""
        name = self._name_of(model_id)
        with self._lock:
            return name in self._heads or any(
                (folder / f"{name}.npz").exists() for folder in (SHIPPED, self._folder)
            )

    def wait(self, timeout: float) -> None:
        """Wait so many seconds at most until nothing is being fitted."""
        for thread in list(self._threads):
            thread.join(timeout)

    def close(self) -> None:
        """Give up what is being fitted."""
        self._closing.set()
        self.wait(10.0)

    def _fit(self, embedder: TextEmbedder, name: str) -> None:
        try:
            head = fit_head(embedder, self._analysis, self._closing)
            with self._lock:
                self._heads[name] = head
            save_vector_head(self._folder / f"{name}.npz", head)
        except (AppError, OSError) as error:
            _log.warning("a head was not fitted, later again: %s", describe_exception(error))
            with self._lock:
                self._tried.discard(name)


def fit_head(
    embedder: TextEmbedder, analysis: Analysis, cancelled: threading.Event | None = None
) -> VectorHead:
    """The head of a model, fitted to all examples.

    Raises:
        Cancelled, ModelUnavailable, WorkerDied, WorkerError, Timeout.
    """
    examples = read_examples()
    vectors = embedder.embed_texts(
        write_examples(examples), lane="background", cancelled=cancelled, fast=True
    )
    labels = np.array([KEYS.index(example.key) for example in examples], dtype=np.int64)
    weights = analysis.fit_head(
        vectors,
        labels,
        np.ones(len(labels), dtype=np.float32),
        classes=len(KEYS),
        strength=STRENGTH,
        cancelled=cancelled,
    )
    return VectorHead(weights)


def write_examples(examples: Sequence[Example]) -> list[str]:
    """The examples as a model reads them."""
    return [write_tab(describe_tab(Tab(0, example.url, example.title))) for example in examples]


def write_tab(words: TabWords) -> str:
    """A tab as an embedding model reads it, in training and in use alike."""
    return f"{words.title} | {words.address}".strip(" |")
