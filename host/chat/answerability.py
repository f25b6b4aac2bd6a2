"""Whether passages answer a question: a probability from what can be seen of both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host.chat.evidence import Evidence

THRESHOLD = 0.5


def answers(evidence: Evidence) -> bool:
    """Whether the passages answer their question well enough to be answered from."""
    return evidence.answerability >= THRESHOLD


def rate_answer(evidence: Evidence) -> float:
    """How likely the passages answer the question, 0 to 1; see `Evidence.answerability`."""
    if not evidence.sentences or not evidence.asked.stems:
        return 0.0
    total = sum(evidence.weights.values())
    held = {stem for number in evidence.sentences_of(0) for stem in evidence.sentences[number].wording.stems}
    held |= set(evidence.titles[0].stems)
    coverage = sum(weight for stem, weight in evidence.weights.items() if stem in held) / total
    cosines = [
        cosine
        for number in evidence.sentences_of(0)
        if (cosine := evidence.cosine(number, evidence.question_vector)) is not None
    ]
    if not cosines:
        return coverage
    return 1 / (1 + math.exp(-(8 * max(cosines) + 3 * coverage - 6.5)))
