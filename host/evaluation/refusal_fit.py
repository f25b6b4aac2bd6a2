"""The logistic regression that answerability is judged by: fitted, and tried on what it has not seen."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

import numpy as np

from host.chat.answerability import Coefficients
from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.evaluation.refusal_signs import Example

# Beside the others it brings nothing; where the model is not trusted it counts, as `distrust_missing`.
LEFT_OUT = frozenset({"missing_word"})
# Signs that need an embedding model.
OF_MEANING = frozenset(
    {
        "passage",
        "title",
        "sentence",
        "aspect",
        "nearest",
        "others",
        "distrust",
        "distrust_words",
        "distrust_missing",
        "distrust_ahead",
    }
)
# What people asked and marked themselves; the threshold is set on it, and it counts fully.
MAIN_SET = "clapnq"
# So many of the answerable questions are to be answered.
ANSWERED = 0.95
# How much a question of the other kinds counts, so that no set outweighs the main one.
_OF_KIND = {"page taken away": 0.2, "other subject": 0.12, "keyword": 0.1, "vague": 0.1}
_OF_SET = {MAIN_SET: 1.0, "known_item": 0.2}
_OTHERWISE = 0.1
# Inverse of the strength of the penalty on large weights.
_C = 0.03
_FOLDS = 10
_ROUNDS = 3


def name_signs(examples: Sequence[Example], *, by_meaning: bool) -> list[str]:
    """The signs that are fitted, in the order of `read_signs`.

    Args:
        examples: of questions.
        by_meaning: with those that need an embedding model.
    """
    first = next((one.signs for one in examples if one.signs), {})
    return [name for name in first if name not in LEFT_OUT and (by_meaning or name not in OF_MEANING)]


def fit_coefficients(examples: Sequence[Example], names: Sequence[str]) -> Coefficients:
    """Fit to all examples; the threshold is that of the cross-validation.

    Args:
        examples: of questions.
        names: of the signs.

    Raises:
        InvalidInput: there are too few questions of either kind.
    """
    weights, intercept = _fit([one for one in examples if one.signs], names)
    threshold = find_threshold(examples, cross_validate(examples, names))
    return Coefficients(
        {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        round(intercept, 4),
        round(threshold, 3),
    )


def cross_validate(examples: Sequence[Example], names: Sequence[str]) -> NDArray[np.float64]:
    """The mean probability of each example in fits that have not seen its question, in any variant.

    Args:
        examples: of questions.
        names: of the signs.

    Returns:
        float64 of shape (examples,); 0 for one without signs.

    Raises:
        InvalidInput: there are too few questions of either kind.
    """
    rated = np.zeros(len(examples))
    for turn in range(_ROUNDS):
        folds = np.array([_find_fold(one.group, turn) for one in examples])
        for fold in np.unique(folds):
            seen = [one for one, own in zip(examples, folds, strict=True) if own != fold and one.signs]
            weights, intercept = _fit(seen, names)
            for place in np.flatnonzero(folds == fold).tolist():
                rated[place] += rate(examples[place], names, weights, intercept) / _ROUNDS
    return rated


def hold_out(
    examples: Sequence[Example], names: Sequence[str], set_name: str
) -> tuple[NDArray[np.float64], float]:
    """The probabilities of a set's examples in a fit to the other sets, and the threshold of that fit.

    No question is in that fit that the set has too, in another language or asked of another history.

    Raises:
        InvalidInput: the others have too few questions of either kind.
    """
    own = [one for one in examples if one.set_name == set_name]
    groups = {one.group for one in own}
    others = [one for one in examples if one.set_name != set_name and one.group not in groups]
    fitted = fit_coefficients(others, names)
    weights = np.array([fitted.weights[name] for name in names])
    return np.array([rate(one, names, weights, fitted.intercept) for one in own]), fitted.threshold


def find_threshold(examples: Sequence[Example], rated: NDArray[np.float64]) -> float:
    """From which probability on `ANSWERED` of the answerable full questions are answered.

    Args:
        examples: those of the main set count, if there are any; else all.
        rated: their probabilities, float64 of shape (examples,).

    Raises:
        InvalidInput: no full question is answerable.
    """
    asked = [
        (one, float(value))
        for one, value in zip(examples, rated, strict=True)
        if one.answerable and one.kind == "question"
    ]
    if not asked:
        raise _too_few()
    of_main = [value for one, value in asked if one.set_name == MAIN_SET]
    threshold = float(np.quantile(of_main or [value for _, value in asked], 1 - ANSWERED))
    # Neither end has a logarithm.
    return min(max(threshold, 0.001), 0.999)


def rate(example: Example, names: Sequence[str], weights: NDArray[np.float64], intercept: float) -> float:
    """The probability of an example, 0 to 1; 0 for one without signs."""
    if not example.signs:
        return 0.0
    values = np.array([example.signs[name] for name in names])
    return 1 / (1 + math.exp(-(intercept + float(weights @ values))))


def _fit(examples: Sequence[Example], names: Sequence[str]) -> tuple[NDArray[np.float64], float]:
    """Weights of the signs as they are, and the intercept."""
    # It takes a second to load, and the commands share one program.
    from sklearn.linear_model import LogisticRegression

    labels = np.array([one.answerable for one in examples])
    if not names or len(set(labels.tolist())) < 2:
        raise _too_few()
    values = np.array([[one.signs[name] for name in names] for one in examples])
    middle, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression(C=_C, max_iter=2000)
    model.fit((values - middle) / spread, labels, sample_weight=[_weigh(one) for one in examples])
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - middle @ weights)


def _weigh(example: Example) -> float:
    return _OF_KIND.get(example.kind, _OF_SET.get(example.set_name, _OTHERWISE))


def _find_fold(group: str, turn: int) -> int:
    """The same on every machine."""
    return zlib.crc32(f"{turn} {group}".encode()) % _FOLDS


def _too_few() -> InvalidInput:
    message = "There are too few questions with and without an answer to fit to."
    return InvalidInput(message, fix="Take more sets, or more of their questions.")
