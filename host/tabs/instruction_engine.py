"""Rates tabs by an instruction model: how likely it finds each category as the answer.

A small model answers some labels by habit, whatever it is shown. What it answers to tabs that say nothing
is that habit, and is taken away: Zhao, Wallace, Feng, Klein, Singh, "Calibrate Before Use: Improving
Few-Shot Performance of Language Models", 2021. `docs/decisions/label-scoring.md` has the figures.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

import numpy as np

from host.classify.calibration import softmax
from host.classify.classifier import check_cancelled
from host.tabs.label_prompt import LabelPrompt, write_head, write_item, write_short_head, write_short_item

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from host.models.language import Message
    from host.models.language_answers import ItemScores
    from host.tabs.exchange import EngineKind, Tab, TabCategory
    from host.workers.client import Lane

# Tabs that say nothing of where they belong.
CONTENTLESS = ("", "N/A", "New Tab | newtab", "Untitled", "Home | www.example.com", "…")
# Tabs of one request: a wish to stop is heard between two, and the answer is never large.
CHUNK = 128
_KEPT_CATEGORIES = 8
# Of a temperature; its inverse is the highest.
_LEAST = 0.01


@dataclass(frozen=True)
class LabelCalibration:
    """How scores become probabilities that mean something.

    Attributes:
        bias: how much of the model's habit is taken away, 0 to 1. A model that was trained to answer with
            these labels has lost its habits, and needs 0.
        temperature: above 0; a higher one makes the probabilities more alike.
    """

    bias: float = 1.0
    temperature: float = 1.0


# On labelled tabs a model of 135 million parameters wants a temperature of 0.96, one of 500 million 1.43.
UNTRAINED = LabelCalibration(bias=1.0, temperature=1.2)
TRAINED = LabelCalibration(bias=0.0, temperature=1.0)
# In the record beside a model's files: how its scores are to be taken.
CALIBRATION_KEY = "label_calibration"
# There too: "short" for a model that was trained to be asked shortly; see `host.tabs.label_prompt`.
PROMPT_KEY = "label_prompt"
SHORT = "short"


def read_calibration(record: Mapping[str, object], *, adapter: bool) -> LabelCalibration:
    """How the scores of an installed model are to be taken.

    Args:
        record: of the model, with {bias, temperature} below `CALIBRATION_KEY` when it was fitted.
        adapter: whether it is an adapter, which was trained for these labels.
    """
    plain = TRAINED if adapter else UNTRAINED
    fitted = record.get(CALIBRATION_KEY)
    if not isinstance(fitted, dict):
        return plain
    bias, temperature = fitted.get("bias"), fitted.get("temperature")
    if not isinstance(bias, int | float) or not isinstance(temperature, int | float):
        return plain
    if not (0.0 <= bias <= 1.0 and _LEAST <= temperature <= 1 / _LEAST):
        return plain
    return LabelCalibration(float(bias), float(temperature))


class ItemScorer(Protocol):
    """An instruction model; see `host.models.language.LanguageModel`."""

    @property
    def model_id(self) -> str:
        """The model."""
        ...

    def score_items(
        self,
        messages: Sequence[Message],
        items: Sequence[str],
        labels: Sequence[str],
        *,
        cancelled: threading.Event | None = None,
        lane: Lane = "interactive",
    ) -> ItemScores:
        """How likely each label is as the answer to each item."""
        ...


# An engine lives for a request, a model for longer: its habits stay with the model.
_Habits = OrderedDict[LabelPrompt, "NDArray[np.float64]"]
_known: WeakKeyDictionary[ItemScorer, _Habits] = WeakKeyDictionary()
_lock = threading.Lock()


class InstructionEngine:
    """Rates tabs by how likely a language model answers with each category."""

    kind: EngineKind = "instruction"

    def __init__(
        self,
        scorer: ItemScorer,
        *,
        lane: Lane = "interactive",
        calibration: LabelCalibration = UNTRAINED,
        short: bool = False,
    ) -> None:
        """Wrap a model.

        Args:
            scorer: the model.
            lane: "background" when nobody waits.
            calibration: what its scores are made probabilities with.
            short: whether it was trained to be asked shortly.
        """
        self._scorer = scorer
        self._short = short
        self._lane: Lane = lane
        self._calibration = calibration

    @property
    def model_id(self) -> str:
        """The model."""
        return self._scorer.model_id

    def rate(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """Calibrated probabilities; see `TabEngine.rate`."""
        if not tabs:
            return np.zeros((0, len(categories) + 1))
        scores = self.score(tabs, categories, cancelled=cancelled)
        return softmax(scores, self._calibration.temperature)

    def score(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """Log probabilities without the model's habits and before the temperature.

        Args:
            tabs: at least one.
            categories: at least one.
            cancelled: set by the caller to end early.

        Returns:
            Shape (tabs, categories + 1); the last column is "none of these".
        """
        prompt = write_short_head(categories) if self._short else write_head(categories)
        items = [write_short_item(tab) if self._short else write_item(tab) for tab in tabs]
        scores = np.concatenate(
            [
                self._score(prompt, items[start : start + CHUNK], cancelled)
                for start in range(0, len(items), CHUNK)
            ]
        )
        if self._calibration.bias:
            scores -= self._calibration.bias * self._find_habit(prompt, cancelled)
        return scores

    def _find_habit(self, prompt: LabelPrompt, cancelled: threading.Event | None) -> NDArray[np.float64]:
        """What the model answers to tabs that say nothing, shape (labels,)."""
        with _lock:
            kept = _known.setdefault(self._scorer, OrderedDict())
            habit = kept.get(prompt)
        if habit is None:
            habit = self._score(prompt, CONTENTLESS, cancelled).mean(axis=0)
            with _lock:
                kept[prompt] = habit
                while len(kept) > _KEPT_CATEGORIES:
                    kept.popitem(last=False)
        return habit

    def _score(
        self, prompt: LabelPrompt, items: Sequence[str], cancelled: threading.Event | None
    ) -> NDArray[np.float64]:
        check_cancelled(cancelled)
        scores = self._scorer.score_items(
            prompt.messages, items, prompt.labels, cancelled=cancelled, lane=self._lane
        )
        return np.array(scores.log_probabilities)
