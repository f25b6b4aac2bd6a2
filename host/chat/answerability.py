"""Whether passages answer a question: a probability from what can be seen of both.

A logistic regression over the signs of `read_signs`. The signs of meaning are in units of the model's own
scale (`yardstick`) times how far it can be trusted in the language of the question; where it cannot, the
signs of words count more. How the coefficients were fitted, and how well they judge, is written down in
docs/decisions/refusing-to-answer.md.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from host.chat.questions import find_kind, has_answer, remove_words
from host.chat.retrieval import PASSAGES
from host.core.function_words import find_function_words, is_function_word

if TYPE_CHECKING:
    from collections.abc import Collection

    from host.chat.evidence import Evidence

COEFFICIENTS_FILE = Path(__file__).with_name("answerability.json")
# The kinds of questions that are answered more or less often than others.
_KINDS = ("number", "place", "reason", "thing", "topic")


@dataclass(frozen=True)
class Coefficients:
    """Of a logistic regression.

    Attributes:
        weights: by sign.
        intercept: of the sum.
        threshold: probability from which on a question is answered.
    """

    weights: dict[str, float]
    intercept: float
    threshold: float


def answers(evidence: Evidence) -> bool:
    """Whether the passages answer their question well enough to be answered from."""
    return evidence.answerability >= 0.5


def prepare_rating(evidence: Evidence) -> None:
    """Embed what `rate_answer` looks at."""
    if not evidence.passages:
        return
    best = evidence.passages[0]
    sentences = [evidence.sentences[number].text for number in evidence.sentences_of(0)]
    # Apart: in one batch every sentence would take as long as the whole passage.
    evidence.embed([best.text])
    evidence.embed([best.title, _find_aspect(evidence), *sentences])


def rate_answer(evidence: Evidence) -> float:
    """How likely the passages answer the question, 0 to 1; see `Evidence.answerability`.

    One half is where answering begins to be right more often than refusing, as docs/decisions says.
    """
    signs = read_signs(evidence)
    if not signs:
        return 0.0
    by_meaning = evidence.question_vector is not None
    if not by_meaning and not signs["passage_words"]:
        return 0.0
    known = _read_file()["meaning" if by_meaning else "words"]
    total = known.intercept + sum(weight * signs[name] for name, weight in known.weights.items())
    # Shifted so that the chosen threshold is one half.
    return 1 / (1 + math.exp(-(total - math.log(known.threshold / (1 - known.threshold)))))


def read_signs(evidence: Evidence) -> dict[str, float]:
    """What can be seen of a question and its passages, by name; empty where there is nothing to see."""
    if not evidence.passages or not evidence.sentences_of(0) or not evidence.asked.stems:
        return {}
    return {**_read_words(evidence), **_read_meaning(evidence), **_read_shape(evidence)}


def _read_words(evidence: Evidence) -> dict[str, float]:
    """How much of the question's words is there, and how far the best page is ahead of the others."""
    title = set(evidence.titles[0].stems)
    sentences = [set(evidence.sentences[number].wording.stems) for number in evidence.sentences_of(0)]
    held = title.union(*sentences)
    weights = evidence.weights
    missing = [weight for stem, weight in weights.items() if stem not in held]
    # A narrow search or a small history finds fewer: what is not there is as far off as can be.
    rest = [passage.score for passage in evidence.passages[1:PASSAGES]]
    ahead = evidence.passages[0].score - sum(rest) / (PASSAGES - 1)
    return {
        "sentence_words": max(_cover(weights, own | title) for own in sentences),
        "passage_words": _cover(weights, held),
        "missing_word": max(missing, default=0.0) / max(weights.values()),
        "ahead": ahead,
    }


def _read_meaning(evidence: Evidence) -> dict[str, float]:
    """How near title, passage and sentences are to the question, as far as the model can be trusted."""
    scale = evidence.scale
    if scale is None:
        return {}
    passage = evidence.passages[0]
    trust = scale.trust
    words = _read_words(evidence)

    def rate(cosine: float | None) -> float:
        return trust * scale.rate_answer(cosine) if cosine is not None else 0.0

    texts = [evidence.sentences[number].text for number in evidence.sentences_of(0)]
    aspect = _find_aspect(evidence)
    stored = [one.cosine for one in evidence.passages if one.cosine is not None]
    nearest = max(stored, default=None)
    rest = sorted(stored)[:-1]
    rest += [scale.low] * (PASSAGES - 1 - len(rest))
    return {
        "passage": rate(evidence.compare(passage.text)),
        "title": rate(evidence.compare(passage.title)),
        "sentence": max(rate(evidence.compare(text)) for text in texts),
        "aspect": max(rate(evidence.compare(text, aspect or None)) for text in texts),
        "nearest": rate(nearest),
        "others": rate(fmean(rest)),
        "distrust": 1 - trust,
        "distrust_words": (1 - trust) * words["passage_words"],
        "distrust_missing": (1 - trust) * words["missing_word"],
        "distrust_ahead": (1 - trust) * words["ahead"],
    }


def _read_shape(evidence: Evidence) -> dict[str, float]:
    """What kind of question and what kind of text it is."""
    kind = find_kind(evidence.question)
    numbers = evidence.sentences_of(0)
    best = evidence.sentences[max(numbers, key=lambda number: _rate_sentence(evidence, number))]
    words = evidence.passages[0].text.split()
    silent = find_function_words(words)
    return {
        **{f"asks_{name}": float(kind == name) for name in _KINDS},
        "has_answer": has_answer(kind, best.text, best.wording, evidence.asked),
        "question_length": math.log(1 + len(evidence.question.split())),
        "sentence_length": math.log(len(evidence.passages[0].text) / len(numbers)),
        "prose": fmean([is_function_word(word, silent) for word in words] or [0.0]),
    }


def _rate_sentence(evidence: Evidence, number: int) -> float:
    sentence = evidence.sentences[number]
    held = {*sentence.wording.stems, *evidence.titles[sentence.passage].stems}
    return (evidence.compare(sentence.text) or 0.0) + 0.5 * _cover(evidence.weights, held)


def _find_aspect(evidence: Evidence) -> str:
    """What is asked about the subject that the title names."""
    return remove_words(evidence.question, evidence.titles[0].stems, evidence.asked)


def _cover(weights: dict[str, float], held: Collection[str]) -> float:
    """The share of the weight of some words that a text holds; 1 for no words."""
    total = sum(weights.values())
    return sum(weight for stem, weight in weights.items() if stem in held) / total if total else 1.0


@cache
def _read_file() -> dict[str, Coefficients]:
    data = json.loads(COEFFICIENTS_FILE.read_text(encoding="utf-8"))
    return {name: Coefficients(**values) for name, values in data.items()}
