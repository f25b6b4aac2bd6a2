"""What classifies texts: one interface for every kind of model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.core.errors import Cancelled, InvalidInput

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CATEGORIES = 100


@dataclass(frozen=True)
class Category:
    """A class that texts may belong to.

    Attributes:
        name: short and unique; it is what a result says.
        description: what belongs into it.
        examples: texts that do, in the form in which texts are classified.
    """

    name: str
    description: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classification:
    """What a text was found to be.

    Attributes:
        category: name of the most probable category.
        confidence: its probability, 0 to 1.
        scores: probability of every category by name; they sum to 1.
        reasoning: why, in a model's words, where that was asked for and the model can write.
        tokens: how many tokens (of the model) were read for this text.
    """

    category: str
    confidence: float
    scores: dict[str, float] = field(default_factory=dict)
    reasoning: str | None = None
    tokens: int = 0


class Classifier(Protocol):
    """Classifies texts into categories."""

    def classify(
        self,
        texts: Sequence[str],
        categories: Sequence[Category],
        *,
        reasoning: bool = False,
        cancelled: threading.Event | None = None,
    ) -> list[Classification]:
        """The category of each text, in the order of the texts.

        Args:
            texts: what is classified; what is too long for the model is cut.
            categories: at least two, with names that differ.
            reasoning: ask why, where the model can write.
            cancelled: set by the caller to end early.

        Raises:
            InvalidInput: the categories cannot be used.
            Cancelled: `cancelled` was set.
            WorkerError: the model failed.
        """
        ...


def check_categories(categories: Sequence[Category]) -> None:
    """Refuse categories that nothing can be sorted into.

    Raises:
        InvalidInput: too few, too many, without a name, or two of one name.
    """
    names = [category.name for category in categories]
    if not 2 <= len(names) <= MOST_CATEGORIES:
        message = f"Between 2 and {MOST_CATEGORIES} categories are needed, not {len(names)}."
        raise InvalidInput(message)
    if any(not name.strip() for name in names):
        message = "A category has no name."
        raise InvalidInput(message)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        message = f"The category {twice[0]!r} is there twice."
        raise InvalidInput(message)


def check_cancelled(cancelled: threading.Event | None) -> None:
    """Raise `Cancelled` when it is set."""
    if cancelled is not None and cancelled.is_set():
        message = "The classification was cancelled."
        raise Cancelled(message)


def make_classification(
    categories: Sequence[Category],
    probabilities: NDArray[np.floating],
    *,
    reasoning: str | None = None,
    tokens: int = 0,
) -> Classification:
    """A result out of one probability for each category.

    Args:
        categories: those that were asked for.
        probabilities: shape (categories,), 0 to 1, summing to 1.
        reasoning: why.
        tokens: read for it.
    """
    best = int(np.argmax(probabilities))
    scores = {category.name: float(value) for category, value in zip(categories, probabilities, strict=True)}
    return Classification(categories[best].name, float(probabilities[best]), scores, reasoning, tokens)
