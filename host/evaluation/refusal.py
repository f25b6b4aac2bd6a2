"""How well questions without an answer are told from those with one, and the coefficients that do it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from host.evaluation.refusal_fit import (
    cross_validate,
    find_threshold,
    fit_coefficients,
    hold_out,
    name_signs,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.chat.answerability import Coefficients
    from host.evaluation.refusal_signs import Example

# Who judges: the product as it is; fits that have not seen the question, with and without what needs an
# embedding model; a fit that has seen nothing of the whole set.
Judge: TypeAlias = Literal["in use", "cross-validated", "cross-validated, words only", "set held out"]


@dataclass(frozen=True)
class RefusalScores:
    """How the questions of one kind to one history are judged.

    Attributes:
        set_name: of the history.
        kind: of the questions.
        judge: who judges them.
        answerable: how many have an answer there.
        unanswerable: how many have none.
        area: under the curve, 0 to 1; None where there are not both.
        answered: the share of the answerable; None without any.
        refused: the share of the unanswerable; None without any.
    """

    set_name: str
    kind: str
    judge: Judge
    answerable: int
    unanswerable: int
    area: float | None
    answered: float | None
    refused: float | None

    @property
    def balanced(self) -> float | None:
        """The mean of what is answered and what is refused rightly; None where there are not both."""
        return None if self.answered is None or self.refused is None else (self.answered + self.refused) / 2

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "balanced": self.balanced}


def judge_examples(examples: Sequence[Example]) -> list[RefusalScores]:
    """Judge all examples in all ways; a set is held out only where there are others.

    Raises:
        InvalidInput: there are too few questions of either kind.
    """
    scores = score("in use", examples, np.array([one.rating for one in examples]), 0.5)
    for judge, by_meaning in _CROSS_VALIDATED:
        rated = cross_validate(examples, name_signs(examples, by_meaning=by_meaning))
        scores += score(judge, examples, rated, find_threshold(examples, rated))
    names = name_signs(examples, by_meaning=True)
    sets = list(dict.fromkeys(one.set_name for one in examples))
    for set_name in sets if len(sets) > 1 else ():
        own = [one for one in examples if one.set_name == set_name]
        scores += score("set held out", own, *hold_out(examples, names, set_name))
    return scores


_CROSS_VALIDATED: tuple[tuple[Judge, bool], ...] = (
    ("cross-validated", True),
    ("cross-validated, words only", False),
)


def score(
    judge: Judge, examples: Sequence[Example], rated: NDArray[np.float64], threshold: float
) -> list[RefusalScores]:
    """The figures of each kind of question to each history.

    Args:
        judge: who has judged.
        examples: of questions.
        rated: their probabilities, float64 of shape (examples,).
        threshold: from which probability on a question is answered.
    """
    places: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(examples):
        places.setdefault((one.set_name, one.kind), []).append(number)
    found = []
    for (set_name, kind), numbers in places.items():
        labels = np.array([examples[number].answerable for number in numbers])
        of_kind = rated[numbers]
        positive, negative = of_kind[labels], of_kind[~labels]
        found.append(
            RefusalScores(
                set_name,
                kind,
                judge,
                len(positive),
                len(negative),
                _measure_area(labels, of_kind) if len(positive) and len(negative) else None,
                float((positive >= threshold).mean()) if len(positive) else None,
                float((negative < threshold).mean()) if len(negative) else None,
            )
        )
    return found


def fit_all(examples: Sequence[Example]) -> dict[str, Coefficients]:
    """The coefficients with an embedding model ("meaning") and without ("words").

    Raises:
        InvalidInput: there are too few questions of either kind.
    """
    return {
        name: fit_coefficients(examples, name_signs(examples, by_meaning=name == "meaning"))
        for name in ("meaning", "words")
    }


def write_coefficients(fitted: dict[str, Coefficients], file: Path) -> None:
    """Write coefficients as `host.chat.answerability` reads them."""
    text = json.dumps({name: asdict(one) for name, one in fitted.items()}, indent=1)
    file.write_text(f"{text}\n", encoding="utf-8")


def _measure_area(labels: NDArray[np.bool_], rated: NDArray[np.float64]) -> float:
    # It takes a second to load, and the commands share one program.
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, rated))
