"""Zero-shot classification by a model of natural-language inference.

Yin, Hay, Roth, "Benchmarking Zero-shot Text Classification", 2019: a text is the premise, "this text is
about X" the hypothesis, and the probability of entailment the score of X.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.classify.calibration import softmax
from host.classify.classifier import (
    Classification,
    check_cancelled,
    check_categories,
    make_classification,
)
from host.classify.texts import split_heading

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.classify.categories import Category

HYPOTHESIS = "This text is about {}."
DESCRIBED_HYPOTHESIS = "This text is about {}, which means {}."
# About 200 tokens: what a text is about is said early, and the time grows with the square of the length.
WINDOW = 900
LONGEST_HYPOTHESIS = 400
_ENTAILMENT = 0


class Entailer(Protocol):
    """Judges hypotheses about a text."""

    def entail(
        self, text: str, hypotheses: Sequence[str], cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        """float32 of shape (len(hypotheses), 3): probabilities of entailment, neutral, contradiction."""
        ...


class EntailmentClassifier:
    """Asks of each category whether the text says that it belongs there."""

    def __init__(self, entailer: Entailer) -> None:
        self._entailer = entailer

    def classify(
        self,
        texts: Sequence[str],
        categories: Sequence[Category],
        *,
        reasoning: bool = False,  # noqa: ARG002 - such a model cannot say why
        cancelled: threading.Event | None = None,
    ) -> list[Classification]:
        """The category of each text; see `Classifier.classify`."""
        check_categories(categories)
        hypotheses = [write_hypothesis(category) for category in categories]
        found = []
        for text in texts:
            check_cancelled(cancelled)
            judged = [self._entailer.entail(window, hypotheses, cancelled) for window in cut_windows(text)]
            # One window that speaks of a category is enough, and a silent one says little: so odds, averaged.
            odds = (
                np.mean([_find_odds(one) for one in judged], axis=0) if judged else np.zeros(len(hypotheses))
            )
            found.append(make_classification(categories, softmax(odds)))
        return found


def write_hypothesis(category: Category) -> str:
    """What is asked of a text."""
    if not category.description:
        return HYPOTHESIS.format(category.name)
    return DESCRIBED_HYPOTHESIS.format(category.name, category.description.rstrip("."))[:LONGEST_HYPOTHESIS]


def cut_windows(text: str) -> list[str]:
    """The parts of a text that are judged: its beginning and, of a long one, its middle; with the heading.

    Returns:
        Nothing for an empty text, else one or two parts.
    """
    heading, body = split_heading(text)
    if len(body) <= WINDOW:
        return [text.strip()] if text.strip() else []
    middle = max(WINDOW, len(body) // 2)
    parts = [body[:WINDOW], body[middle : middle + WINDOW]]
    return [f"{heading}\n\n{part}".strip() for part in parts if part.strip()]


def _find_odds(judged: NDArray[np.float32]) -> NDArray[np.float64]:
    """Logarithm of entailment over contradiction and neutral together, shape (hypotheses,)."""
    yes = np.clip(judged[:, _ENTAILMENT].astype(np.float64), 1e-6, 1.0 - 1e-6)
    odds: NDArray[np.float64] = np.log(yes) - np.log1p(-yes)
    return odds
