"""Tabs rated by an instruction model: what becomes of its scores."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import Cancelled
from host.models.language_answers import ItemScores
from host.tabs.exchange import Tab, TabCategory
from host.tabs.instruction_engine import (
    CALIBRATION_KEY,
    CHUNK,
    CONTENTLESS,
    TRAINED,
    UNTRAINED,
    InstructionEngine,
    LabelCalibration,
    read_calibration,
)
from tests.tabs.engine_world import open_language_model, read_defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.models.language import Message
    from host.workers.client import Lane

CATEGORIES = [TabCategory("a", "A"), TabCategory("b", "B")]
# Nats by which it likes each label whatever it is shown.
HABIT = np.array([3.0, 0.0, 1.0])
CLEAR = {
    "dev": ["python - How do I sort a list? - Stack Overflow", "Issues · rust-lang/rust"],
    "social": ["(2) Messenger | Facebook", "Home feed | Instagram"],
    "entertainment": ["Stranger Things | Netflix", "Best film scenes - YouTube"],
    "work": ["Meeting notes - Google Docs", "Weekly report - Excel"],
    "cloud": ["EC2 Instances | AWS Console", "Storage accounts - Microsoft Azure"],
    "shopping": ["Running shoes - Buy online | Zalando", "Your cart | Amazon"],
    "news": ["Election results: live updates - CNN", "World news | The Guardian"],
}


class Scorer:
    """Finds the label that a tab's title names two nats likelier, on top of its habits."""

    model_id = "stand-in"

    def __init__(self, on_ask: Callable[[], None] = lambda: None) -> None:
        self.asked: list[tuple[list[str], Lane]] = []
        self._on_ask = on_ask

    def score_items(
        self,
        messages: Sequence[Message],  # noqa: ARG002 - it knows its labels
        items: Sequence[str],
        labels: Sequence[str],
        *,
        cancelled: threading.Event | None = None,  # noqa: ARG002 - it is done at once
        lane: Lane = "interactive",
    ) -> ItemScores:
        self.asked.append((list(items), lane))
        self._on_ask()
        rows = np.array(
            [[2.0 if item.startswith(f"{label} ") else 0.0 for label in labels] for item in items]
        )
        rows += HABIT
        return ItemScores(rows - np.log(np.exp(rows).sum(axis=1, keepdims=True)), 1, 1, 0.0)


def name_tabs(*titles: str) -> list[Tab]:
    return [Tab(at, f"https://{at}.example/", title) for at, title in enumerate(titles)]


def test_what_a_model_says_to_everything_counts_for_nothing() -> None:
    engine = InstructionEngine(Scorer(), calibration=LabelCalibration(1.0, 1.0))
    table = engine.rate(name_tabs("A one", "B two", "neither"), CATEGORIES)
    assert table.argmax(axis=1).tolist()[:2] == [0, 1]
    assert table[2] == pytest.approx(np.full(3, 1 / 3))
    assert table[0, 0] == pytest.approx(table[1, 1])


def test_a_trained_model_keeps_its_habits_and_is_not_asked_about_them() -> None:
    scorer = Scorer()
    table = InstructionEngine(scorer, calibration=LabelCalibration(0.0, 1.0)).rate(
        name_tabs("neither"), CATEGORIES
    )
    assert table[0] == pytest.approx(np.exp(HABIT) / np.exp(HABIT).sum())
    assert len(scorer.asked) == 1


def test_the_temperature_makes_answers_less_sure_and_changes_none() -> None:
    tabs = name_tabs("A one", "B two")
    sharp, mild = (
        InstructionEngine(Scorer(), calibration=LabelCalibration(1.0, temperature)).rate(tabs, CATEGORIES)
        for temperature in (0.5, 4.0)
    )
    assert (sharp.argmax(axis=1) == mild.argmax(axis=1)).all()
    assert (sharp.max(axis=1) > mild.max(axis=1)).all()


def test_habits_are_measured_once_for_the_same_categories_of_the_same_model() -> None:
    scorer = Scorer()
    for _ in range(3):
        InstructionEngine(scorer).rate(name_tabs("A one"), CATEGORIES)
    InstructionEngine(scorer).rate(name_tabs("A one"), CATEGORIES[::-1])
    InstructionEngine(other := Scorer()).rate(name_tabs("A one"), CATEGORIES)
    assert [items for items, _ in scorer.asked].count(list(CONTENTLESS)) == 2
    assert [items for items, _ in other.asked].count(list(CONTENTLESS)) == 1


def test_many_tabs_are_asked_in_parts_and_a_wish_to_stop_is_heard_between_them() -> None:
    cancelled = threading.Event()
    scorer = Scorer(on_ask=cancelled.set)
    with pytest.raises(Cancelled):
        InstructionEngine(scorer).rate(name_tabs(*"ab" * CHUNK), CATEGORIES, cancelled=cancelled)
    assert [len(items) for items, _ in scorer.asked] == [CHUNK]


def test_the_lane_is_that_of_who_waits() -> None:
    scorer = Scorer()
    InstructionEngine(scorer, lane="background").rate(name_tabs("A one"), CATEGORIES)
    assert {lane for _, lane in scorer.asked} == {"background"}


def test_what_was_fitted_for_a_model_is_read_from_its_record() -> None:
    fitted = {CALIBRATION_KEY: {"bias": 0, "temperature": 1.5}}
    assert read_calibration(fitted, adapter=True) == LabelCalibration(0.0, 1.5)
    assert read_calibration({}, adapter=True) == TRAINED
    assert read_calibration({}, adapter=False) == UNTRAINED


@pytest.mark.parametrize(
    "written",
    [None, [], {}, {"bias": "1", "temperature": 1}, {"bias": 2, "temperature": 1}, {"bias": 1},
     {"bias": 1, "temperature": 0}, {"bias": 1, "temperature": float("nan")}],
)  # fmt: skip
def test_a_record_that_makes_no_sense_is_passed_over(written: object) -> None:
    assert read_calibration({CALIBRATION_KEY: written}, adapter=False) == UNTRAINED


@pytest.mark.model
def test_the_starter_model_is_right_more_often_without_its_habits() -> None:
    categories = read_defaults()
    keys = [category.key for category in categories]
    labelled = [(key, title) for key, titles in CLEAR.items() for title in titles]
    tabs = [Tab(at, "", title) for at, (_, title) in enumerate(labelled)]
    right = {}
    with open_language_model() as model:
        for bias in (0.0, 1.0):
            table = InstructionEngine(model, calibration=LabelCalibration(bias, 1.0)).rate(tabs, categories)
            found = [keys[place] for place in table[:, :-1].argmax(axis=1)]
            right[bias] = sum(key == answer for (key, _), answer in zip(labelled, found, strict=True))
    assert right[1.0] > right[0.0]
    # By chance it would be two of fourteen.
    assert right[1.0] >= 6
