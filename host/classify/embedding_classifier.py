"""Classification by how near a text's vector is to those of the categories."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from host.classify.calibration import softmax
from host.classify.classifier import (
    Classification,
    check_cancelled,
    check_categories,
    make_classification,
)
from host.classify.texts import find_mark, split_heading

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.classify.categories import Category

# What a category without examples is compared with, beside its description.
PROMPTS = ("{name}", "This text is about {name}.", "This is {name}.")
# What a text is about says less of its kind than its heading does, and an example less than the description.
# These and the temperature were fitted on one half of the source trees of docs/classification.md.
BODY_WEIGHT = 0.25
DESCRIPTION_WEIGHT = 1.5
TEMPERATURE = 0.03
HEADLESS_TEMPERATURE = 0.085
# Longer texts are cut by every embedding model that is meant for passages.
LONGEST_BODY = 2500
_KEPT_CATEGORIES = 8


class TextEmbedder(Protocol):
    """Makes vectors of texts."""

    def embed_texts(
        self, texts: Sequence[str], *, cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        """float32 of shape (len(texts), dimensions), each row of length 1."""
        ...


@dataclass(frozen=True)
class _Prototypes:
    """The vectors of categories.

    Attributes:
        descriptions: shape (categories, dimensions).
        headings: of each category's examples, each of shape (examples, dimensions).
        bodies: as above.
        spread: how far the categories are from each other, 0 to 2: the scale of this model's cosines.
    """

    descriptions: NDArray[np.float32]
    headings: tuple[NDArray[np.float32], ...]
    bodies: tuple[NDArray[np.float32], ...]
    spread: float


# A classifier lives for a request, a model for days: the vectors of its categories stay with the model.
_kept: WeakKeyDictionary[TextEmbedder, OrderedDict[tuple[Category, ...], _Prototypes]] = WeakKeyDictionary()


class EmbeddingClassifier:
    """Compares a text's heading and its body with each category's description and its nearest example."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder

    def classify(
        self,
        texts: Sequence[str],
        categories: Sequence[Category],
        *,
        reasoning: bool = False,  # noqa: ARG002 - an embedding model cannot say why
        cancelled: threading.Event | None = None,
    ) -> list[Classification]:
        """The category of each text; see `Classifier.classify`."""
        check_categories(categories)
        if not texts:
            return []
        check_cancelled(cancelled)
        prototypes = self._find_prototypes(tuple(categories), cancelled)
        mark = find_mark(example for category in categories for example in category.examples)
        parts = [split_heading(text, mark) for text in texts]
        wanted = [heading for heading, _ in parts if heading]
        wanted += [body[:LONGEST_BODY] for _, body in parts if body]
        vectors = iter(self._embedder.embed_texts(wanted, cancelled=cancelled) if wanted else ())
        headings = [next(vectors) if heading else None for heading, _ in parts]
        bodies = [next(vectors) if body else None for _, body in parts]
        return [
            make_classification(categories, _find_probabilities(heading, body, prototypes))
            for heading, body in zip(headings, bodies, strict=True)
        ]

    def _find_prototypes(
        self, categories: tuple[Category, ...], cancelled: threading.Event | None
    ) -> _Prototypes:
        kept = _kept.setdefault(self._embedder, OrderedDict())
        found = kept.get(categories)
        if found is None:
            found = kept[categories] = self._embed_categories(categories, cancelled)
            while len(kept) > _KEPT_CATEGORIES:
                kept.popitem(last=False)
        return found

    def _embed_categories(
        self, categories: tuple[Category, ...], cancelled: threading.Event | None
    ) -> _Prototypes:
        descriptions = [describe_category(category) for category in categories]
        headings: list[list[str]] = []
        bodies: list[list[str]] = []
        for category in categories:
            parts = [split_heading(example) for example in category.examples if example.strip()]
            prompts = [prompt.format(name=category.name) for prompt in PROMPTS]
            headings.append([heading for heading, _ in parts if heading] or prompts)
            bodies.append([body for _, body in parts if body] or prompts)
        groups = [descriptions, *headings, *bodies]
        flat = [text for group in groups for text in group]
        vectors = self._embedder.embed_texts(flat, cancelled=cancelled)
        ends = np.cumsum([len(group) for group in groups])[:-1]
        first, *rest = np.split(vectors, ends)
        return _Prototypes(
            first, tuple(rest[: len(categories)]), tuple(rest[len(categories) :]), _measure_spread(first)
        )


def describe_category(category: Category) -> str:
    """A category in one sentence."""
    return f"{category.name}: {category.description}" if category.description else category.name


def _measure_spread(descriptions: NDArray[np.float32]) -> float:
    """The mean distance of two categories: models differ in how much of the scale of cosines they use."""
    count = len(descriptions)
    cosines = descriptions @ descriptions.T
    others = (float(cosines.sum()) - float(np.trace(cosines))) / (count * (count - 1))
    return max(1.0 - others, 1e-3)


def _compare(
    vector: NDArray[np.float32], prototypes: _Prototypes, examples: tuple[NDArray[np.float32], ...]
) -> NDArray[np.float64]:
    """How near a vector is to each category, shape (categories,): a weighted mean of cosines."""
    nearest = np.array([float((group @ vector).max()) for group in examples])
    to_descriptions = (prototypes.descriptions @ vector).astype(np.float64)
    return (nearest + DESCRIPTION_WEIGHT * to_descriptions) / (1.0 + DESCRIPTION_WEIGHT)


def _find_probabilities(
    heading: NDArray[np.float32] | None, body: NDArray[np.float32] | None, prototypes: _Prototypes
) -> NDArray[np.float64]:
    weights = [(heading, prototypes.headings, 1.0), (body, prototypes.bodies, BODY_WEIGHT)]
    there = [(vector, examples, weight) for vector, examples, weight in weights if vector is not None]
    if not there:
        count = len(prototypes.descriptions)
        return np.full(count, 1.0 / count)
    total = sum(weight for _, _, weight in there)
    compared = [weight * _compare(vector, prototypes, examples) for vector, examples, weight in there]
    scores = np.sum(compared, axis=0) / total
    temperature = HEADLESS_TEMPERATURE if heading is None else TEMPERATURE
    return softmax(scores / prototypes.spread, temperature)
