from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.classify.categories import Category
from host.classify.entailment_classifier import (
    LONGEST_HYPOTHESIS,
    WINDOW,
    EntailmentClassifier,
    cut_windows,
    write_hypothesis,
)
from host.core.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COOKING, GARDEN, MUSIC = Category("cooking"), Category("gardens", "plants and beds."), Category("music")


class WordEntailer:
    """Finds a hypothesis entailed when the text holds the first word of its category."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def entail(
        self, text: str, hypotheses: Sequence[str], cancelled: threading.Event | None = None
    ) -> NDArray[np.float32]:
        assert cancelled is None
        self.asked.append((text, list(hypotheses)))
        rows = []
        for hypothesis in hypotheses:
            word = hypothesis.removeprefix("This text is about ").split(",")[0].rstrip(".")
            rows.append([0.9, 0.05, 0.05] if word in text else [0.1, 0.3, 0.6])
        return np.array(rows, dtype=np.float32)


def test_the_category_whose_hypothesis_is_entailed_wins() -> None:
    found = EntailmentClassifier(WordEntailer()).classify(["all about music"], [COOKING, GARDEN, MUSIC])[0]
    assert found.category == "music"
    assert sum(found.scores.values()) == pytest.approx(1.0)
    # Odds of 9 against two of 1/9.
    assert found.confidence == pytest.approx(9 / (9 + 2 / 9), rel=1e-4)


def test_two_entailed_categories_share() -> None:
    found = EntailmentClassifier(WordEntailer()).classify(["cooking to music"], [COOKING, GARDEN, MUSIC])[0]
    assert found.scores["cooking"] == pytest.approx(found.scores["music"])
    assert found.scores["gardens"] < 0.05


def test_an_empty_text_is_asked_nothing() -> None:
    entailer = WordEntailer()
    found = EntailmentClassifier(entailer).classify([" "], [COOKING, MUSIC])[0]
    assert found.confidence == pytest.approx(0.5)
    assert entailer.asked == []


def test_a_description_is_part_of_the_hypothesis_and_is_kept_short() -> None:
    assert write_hypothesis(COOKING) == "This text is about cooking."
    assert write_hypothesis(GARDEN) == "This text is about gardens, which means plants and beds."
    assert len(write_hypothesis(Category("x", "y" * 5000))) == LONGEST_HYPOTHESIS


def test_a_long_text_is_read_at_its_beginning_and_its_middle_with_its_heading() -> None:
    text = "Title\n\n" + "a" * WINDOW + "b" * WINDOW * 2 + "c" * WINDOW
    windows = cut_windows(text)
    assert len(windows) == 2
    assert all(window.startswith("Title\n\n") for window in windows)
    assert set(windows[0][7:]) == {"a"}
    assert set(windows[1][7:]) == {"b"}
    assert cut_windows("short") == ["short"]


def test_a_cancelled_classification_asks_no_more() -> None:
    cancelled = threading.Event()
    cancelled.set()
    entailer = WordEntailer()
    with pytest.raises(Cancelled):
        EntailmentClassifier(entailer).classify(["x"], [COOKING, MUSIC], cancelled=cancelled)
    assert entailer.asked == []
