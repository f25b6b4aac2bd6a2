"""Rates tabs by a model of natural-language inference: does what the tab shows say that it belongs there?

Yin, Hay, Roth, "Benchmarking Zero-shot Text Classification", 2019: the tab is the premise, and what each
category says of itself a hypothesis. A tab from which no hypothesis follows belongs into none of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.classify.calibration import softmax
from host.classify.classifier import check_cancelled
from host.core.text import clean_line
from host.tabs.wording import describe_tab

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.tabs.exchange import EngineKind, Tab, TabCategory
    from host.workers.client import Lane

HYPOTHESIS = "This web page is about {}."
# A hypothesis is shorter than what speaks for it, or little follows from anything.
HYPOTHESIS_CHARACTERS = 120
_FIRST_CLAUSE = re.compile(r"[^:;.]+")
_ENTAILMENT = 0
_LEAST = 1e-6


class Entailer(Protocol):
    """Judges hypotheses; see `host.models.entailment.Entailment`."""

    @property
    def model_id(self) -> str:
        """The model."""
        ...

    def entail(
        self,
        text: str,
        hypotheses: Sequence[str],
        cancelled: threading.Event | None = None,
        *,
        lane: Lane = "background",
    ) -> NDArray[np.float32]:
        """float32 of shape (len(hypotheses), 3): probabilities of entailment, neutral, contradiction."""
        ...


class EntailmentEngine:
    """Rates tabs by whether they say that they belong into each category."""

    kind: EngineKind = "nli"

    def __init__(self, entailer: Entailer, *, lane: Lane = "interactive") -> None:
        """Wrap a model.

        Args:
            entailer: the model.
            lane: "background" when nobody waits.
        """
        self._entailer = entailer
        self._lane: Lane = lane

    @property
    def model_id(self) -> str:
        """The model."""
        return self._entailer.model_id

    def rate(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """Calibrated probabilities; see `TabEngine.rate`."""
        hypotheses = [write_hypothesis(category) for category in categories]
        table = np.zeros((len(tabs), len(categories) + 1))
        for row, tab in zip(table, tabs, strict=True):
            check_cancelled(cancelled)
            premise = write_premise(tab)
            if premise:
                judged = self._entailer.entail(premise, hypotheses, cancelled, lane=self._lane)
                row[:] = share_out(judged[:, _ENTAILMENT])
            else:
                row[-1] = 1.0
        return table


def write_premise(tab: Tab) -> str:
    """What a tab shows; empty when it shows nothing."""
    words = describe_tab(tab)
    return "\n".join(part for part in (words.title, words.address, words.lead) if part)


def write_hypothesis(category: TabCategory) -> str:
    """What would follow from a tab of the category: the first clause of its description, else its name."""
    said = _FIRST_CLAUSE.match(category.description)
    subject = clean_line(said[0] if said else "", limit=HYPOTHESIS_CHARACTERS)
    return HYPOTHESIS.format(subject or clean_line(category.name, limit=HYPOTHESIS_CHARACTERS))


def share_out(entailed: NDArray[np.floating]) -> NDArray[np.float64]:
    """Probabilities of categories that exclude each other, from judgements that do not.

    Args:
        entailed: probability that each hypothesis follows, shape (categories,).

    Returns:
        Shape (categories + 1,): in the ratio of the odds of each, "none of these" with even odds, so that it
        is the likeliest where nothing follows.
    """
    yes = np.clip(np.asarray(entailed, dtype=np.float64), _LEAST, 1.0 - _LEAST)
    return softmax(np.append(np.log(yes) - np.log1p(-yes), 0.0))
