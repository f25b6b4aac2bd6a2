"""Classification by an instruction model, from how likely it finds a text as an example of each category.

Asked which category a text belongs to, a small model answers by habit. Asked for another example of a
category, it shows by its probabilities whether the text at hand could be one. Min, Lewis, Hajishirzi,
Zettlemoyer, "Noisy Channel Language Model Prompting for Few-Shot Text Classification", 2022.
`docs/classification.md` compares the two.
"""

from __future__ import annotations

from collections import OrderedDict
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
from host.classify.texts import find_mark, flatten, split_heading
from host.models.language import Message

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.classify.categories import Category
    from host.models.language_answers import Generation, LabelScores
    from host.workers.client import Lane

# The constants were fitted on one half of the source trees of docs/classification.md.
BODY_WEIGHT = 0.25
TEMPERATURE = 1.75
HEADLESS_TEMPERATURE = 11.0
# How much of a category's liking for whatever comes is taken away, and by how many examples it is measured.
BIAS_STRENGTH = 0.5
BIAS_EXAMPLES = 3
# A heading that leaves less doubt decides alone: a body costs twice as much.
SURE = 0.6
BODY_CHARACTERS = 100
EXAMPLES = 8
# Labels that are scored by one request, and tokens of the longest.
LABELS = 24
LABEL_TOKENS = 60
_HEADING_CHARACTERS = 240
_REASON_CHARACTERS = 600
_REASON_TOKENS = 60
_KEPT_CATEGORIES = 8


class LabelScorer(Protocol):
    """An instruction model."""

    def score_labels(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: threading.Event | None = None,
        lane: Lane = "interactive",
    ) -> LabelScores:
        """How likely each label is as the beginning of the answer."""
        ...

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        cancelled: threading.Event | None = None,
        lane: Lane = "interactive",
    ) -> Generation:
        """Answer a conversation."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""
        ...


# A classifier lives for a request, a model for longer: what it thinks of the categories stays with the model.
_kept: WeakKeyDictionary[LabelScorer, OrderedDict[tuple[Category, ...], NDArray[np.float64]]] = (
    WeakKeyDictionary()
)


class InstructionClassifier:
    """Scores a text's heading, and in doubt its body, as the next example of each category."""

    def __init__(self, scorer: LabelScorer, *, lane: Lane = "background") -> None:
        """Wrap a model.

        Args:
            scorer: the model.
            lane: "interactive" when a person waits for it.
        """
        self._scorer = scorer
        self._lane: Lane = lane

    def classify(
        self,
        texts: Sequence[str],
        categories: Sequence[Category],
        *,
        reasoning: bool = False,
        cancelled: threading.Event | None = None,
    ) -> list[Classification]:
        """The category of each text; see `Classifier.classify`.

        The tokens of a result are those that were computed for it: the text's own, once for each category.
        """
        check_categories(categories)
        if not texts:
            return []
        check_cancelled(cancelled)
        probabilities, tokens = self._weigh(texts, categories, cancelled)
        found = []
        for place, text in enumerate(texts):
            row, read, why = probabilities[place], int(tokens[place]), None
            if reasoning:
                chosen = categories[int(np.argmax(row))]
                why, more = self._ask_why(text, chosen, cancelled)
                read += more
            found.append(make_classification(categories, row, reasoning=why, tokens=read))
        return found

    def _weigh(
        self, texts: Sequence[str], categories: Sequence[Category], cancelled: threading.Event | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Probabilities, shape (texts, categories), and tokens, shape (texts,)."""
        mark = find_mark(example for category in categories for example in category.examples)
        parts = [split_heading(text, mark) for text in texts]
        scores = np.zeros((len(texts), len(categories)))
        tokens = np.zeros(len(texts), dtype=np.int64)
        titled = [place for place, (heading, _) in enumerate(parts) if heading]
        headings = [parts[place][0][:_HEADING_CHARACTERS] for place in titled]
        scores[titled], tokens[titled] = self._score(
            headings, [write_prompt(category, body=False) for category in categories], cancelled
        )
        if titled:
            scores[titled] -= BIAS_STRENGTH * self._find_bias(tuple(categories), cancelled)
        probabilities = softmax(scores, TEMPERATURE)
        # Without a heading all categories are alike so far, and the body is looked at.
        doubtful = [
            place
            for place, (_, body) in enumerate(parts)
            if flatten(body, BODY_CHARACTERS) and probabilities[place].max() < SURE
        ]
        bodies = [flatten(parts[place][1], BODY_CHARACTERS) for place in doubtful]
        more, read = self._score(
            bodies, [write_prompt(category, body=True) for category in categories], cancelled
        )
        for row, place in enumerate(doubtful):
            tokens[place] += read[row]
            if parts[place][0]:
                probabilities[place] = softmax(scores[place] + BODY_WEIGHT * more[row], TEMPERATURE)
            else:
                probabilities[place] = softmax(more[row], HEADLESS_TEMPERATURE)
        return probabilities, tokens

    def _find_bias(
        self, categories: tuple[Category, ...], cancelled: threading.Event | None
    ) -> NDArray[np.float64]:
        """How much likelier each category finds the headings of others than the others do, (categories,)."""
        kept = _kept.setdefault(self._scorer, OrderedDict())
        found = kept.get(categories)
        if found is None:
            found = kept[categories] = self._measure_bias(categories, cancelled)
            while len(kept) > _KEPT_CATEGORIES:
                kept.popitem(last=False)
        return found

    def _measure_bias(
        self, categories: tuple[Category, ...], cancelled: threading.Event | None
    ) -> NDArray[np.float64]:
        headings: list[str] = []
        owners: list[int] = []
        for place, category in enumerate(categories):
            own = [split_heading(example)[0][:_HEADING_CHARACTERS] for example in category.examples]
            own = [heading for heading in own if heading][:BIAS_EXAMPLES]
            headings += own
            owners += [place] * len(own)
        prompts = [write_prompt(category, body=False) for category in categories]
        scores, _ = self._score(headings, prompts, cancelled)
        return average_foreign(scores, np.array(owners, dtype=np.int64))

    def _score(
        self, labels: Sequence[str], prompts: Sequence[list[Message]], cancelled: threading.Event | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Logarithm of each label's probability behind each prompt, (labels, prompts), and its tokens."""
        scores = np.zeros((len(labels), len(prompts)))
        tokens = np.zeros(len(labels), dtype=np.int64)
        fitting = self._shorten(labels)
        # One prompt after another and not one text after another: each prompt is read once for all of them.
        for column, prompt in enumerate(prompts):
            for start in range(0, len(fitting), LABELS):
                check_cancelled(cancelled)
                group = fitting[start : start + LABELS]
                found = self._scorer.score_labels(prompt, group, cancelled=cancelled, lane=self._lane)
                scores[start : start + len(group), column] = found.log_probabilities
                tokens[start : start + len(group)] += found.label_tokens
        return scores, tokens

    def _shorten(self, labels: Sequence[str]) -> list[str]:
        """The labels, cut to `LABEL_TOKENS`."""
        fitting = list(labels)
        waiting = list(range(len(fitting)))
        while waiting:
            counts = self._scorer.count_tokens([fitting[place] for place in waiting])
            long = [
                (place, count) for place, count in zip(waiting, counts, strict=True) if count > LABEL_TOKENS
            ]
            for place, count in long:
                fitting[place] = fitting[place][: max(1, len(fitting[place]) * LABEL_TOKENS // (count + 1))]
            waiting = [place for place, _ in long if len(fitting[place]) > 1]
        return fitting

    def _ask_why(self, text: str, category: Category, cancelled: threading.Event | None) -> tuple[str, int]:
        asked = (
            f"{text[:_REASON_CHARACTERS]}\n\nThis belongs to the category {category.name}"
            f"{f' ({category.description})' if category.description else ''}. Say why in one short sentence."
        )
        answer = self._scorer.generate(
            [Message("user", asked)], max_tokens=_REASON_TOKENS, cancelled=cancelled, lane=self._lane
        )
        return " ".join(answer.text.split()), answer.prompt_tokens + answer.generated_tokens


def write_prompt(category: Category, *, body: bool) -> list[Message]:
    """The conversation whose answer would be another example of a category; the same for every text.

    Args:
        category: with as many of its examples as help.
        body: ask for the beginning of a text, not for a heading.
    """
    about = f" It has {category.description}." if category.description else ""
    parts = [split_heading(example) for example in category.examples]
    shown = [
        flatten(rest, BODY_CHARACTERS) if body else heading[:_HEADING_CHARACTERS] for heading, rest in parts
    ]
    examples = "\n\n".join([one for one in shown if one][:EXAMPLES])
    asked = (
        f"Examples of {category.name}:\n\n{examples}\n\nGive another one." if examples else "Give an example."
    )
    return [
        Message("system", f"You list texts of one category: {category.name}.{about}"),
        Message("user", asked),
    ]


def average_foreign(scores: NDArray[np.float64], owners: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each category's scores lie above those of others, over examples that are not its own.

    A category's own examples stand in its prompt, so they would only show that it knows them.

    Args:
        scores: of each example under each category, shape (examples, categories).
        owners: the category of each example, shape (examples,).

    Returns:
        Shape (categories,); nought for a category without foreign examples, or when there are no two others.
    """
    count = scores.shape[1]
    found = np.zeros(count)
    if count < 3:
        return found
    foreign = owners[:, None] != np.arange(count)
    means = (scores * foreign).sum(axis=1) / foreign.sum(axis=1)
    for place in range(count):
        rows = foreign[:, place]
        if rows.any():
            found[place] = float((scores[rows, place] - means[rows]).mean())
    return found
