from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from host.evaluation.labelled_tabs import CATEGORIES, LABELS
from host.evaluation.tab_quality import TabAnswers, bootstrap_macro_f1, compare_macro_f1, measure_tabs

pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=2, max_size=60).filter(
    lambda found: any(label != "none" for label, _ in found)
)


def answer(*decided: str, sure: float = 1.0) -> TabAnswers:
    """Answers that are as sure as said, the rest shared evenly."""
    shares = np.full((len(decided), len(LABELS)), (1 - sure) / (len(LABELS) - 1))
    shares[np.arange(len(decided)), [LABELS.index(label) for label in decided]] = sure
    return TabAnswers(shares, decided)


def test_figures_are_what_can_be_counted_by_hand() -> None:
    labels = ["dev", "dev", "news", "none", "none"]
    found = measure_tabs(labels, answer("dev", "news", "news", "none", "dev"))
    # dev: 1 of 2 put there, 1 of 2 found; news: 1 of 2 put there, 1 of 1 found; none: 1 of 1, 1 of 2.
    assert found.categories["dev"].f1 == pytest.approx(0.5)
    assert found.categories["news"].f1 == pytest.approx(2 / 3)
    assert found.macro_f1 == pytest.approx((0.5 + 2 / 3) / 2)
    assert found.macro_f1_none == pytest.approx((0.5 + 2 / 3 + 2 / 3) / 3)
    assert found.coverage == pytest.approx(0.8)
    assert found.precision == pytest.approx(0.5)
    assert found.confusion[LABELS.index("none")][LABELS.index("dev")] == 1
    # Chance: 2/5 * 2/5 + 1/5 * 2/5 + 2/5 * 1/5.
    assert found.kappa == pytest.approx((0.6 - 0.32) / (1 - 0.32))
    # All were sure, and three of five were right.
    assert found.calibration_error == pytest.approx(0.4)


def test_whoever_always_says_the_commonest_scores_almost_nothing() -> None:
    labels = ["social"] * 95 + ["dev", "work", "cloud", "news", "shopping"]
    found = measure_tabs(labels, answer(*["social"] * 100))
    assert found.kappa == 0.0
    assert found.macro_f1 < 0.17


def test_forcing_takes_the_likeliest_of_the_seven_and_asks_nothing_of_the_others() -> None:
    shares = np.array(
        [[0.3, 0, 0, 0, 0, 0, 0.1, 0.6], [0, 0, 0, 0, 0, 0, 0.2, 0.8], [0.9, 0, 0, 0, 0, 0, 0, 0.1]]
    )
    found = measure_tabs(["dev", "news", "none"], TabAnswers(shares, ("none", "none", "dev")))
    assert found.macro_f1 == 0.0
    assert found.macro_f1_forced == 1.0


@given(pairs)
@settings(max_examples=60, deadline=None)
def test_macro_f1_is_that_of_the_library_over_the_categories_that_there_are(
    found: list[tuple[str, str]],
) -> None:
    labels, decided = zip(*found, strict=True)
    quality = measure_tabs(labels, answer(*decided))
    there = [label for label in CATEGORIES if label in labels]
    assert quality.macro_f1 == pytest.approx(
        f1_score(labels, decided, labels=there, average="macro", zero_division=0)
    )
    assert quality.interval.low <= quality.interval.high
    assert 0.0 <= quality.calibration_error <= 1.0
    assert -1.0 <= quality.kappa <= 1.0
    assert sum(map(sum, quality.confusion)) == len(labels)


@given(pairs)
@settings(max_examples=30, deadline=None)
def test_right_answers_score_one_and_nothing_above(found: list[tuple[str, str]]) -> None:
    labels = [label for label, _ in found]
    quality = measure_tabs(labels, answer(*labels))
    assert quality.macro_f1 == quality.macro_f1_forced == 1.0
    assert quality.kappa == 1.0
    assert quality.calibration_error == 0.0


def test_a_temperature_takes_away_the_error_of_an_engine_that_is_always_too_sure() -> None:
    labels = (["dev"] * 3 + ["news"] * 2) * 40
    found = measure_tabs(labels, answer(*["dev"] * 200, sure=0.99))
    assert found.calibration_error == pytest.approx(0.39)
    assert found.calibration_error_refit < 0.05


def test_the_interval_holds_the_figure_and_narrows_with_more_tabs() -> None:
    labels, decided = ["dev", "dev", "news", "news"], ["dev", "news", "news", "dev"]
    few, many = bootstrap_macro_f1(labels * 5, decided * 5), bootstrap_macro_f1(labels * 80, decided * 80)
    assert few.low < 0.5 < few.high
    assert many.low < 0.5 < many.high
    assert many.high - many.low < few.high - few.low


@given(pairs)
@settings(max_examples=20, deadline=None)
def test_what_did_not_change_has_no_interval(found: list[tuple[str, str]]) -> None:
    labels, decided = zip(*found, strict=True)
    change, interval = compare_macro_f1(labels, decided, decided)
    assert change == interval.low == interval.high == 0.0


def test_a_change_for_the_better_is_told_from_one_for_the_worse() -> None:
    labels = ["dev", "news", "none"] * 30
    bad = ["none"] * 90
    better, interval = compare_macro_f1(labels, bad, labels)
    assert better == 1.0
    assert interval.low > 0
    worse, interval = compare_macro_f1(labels, labels, bad)
    assert worse == -1.0
    assert interval.high < 0


def test_a_surer_interval_is_a_wider_one() -> None:
    labels = ["dev", "news", "none"] * 30
    bad = ["none" if place % 5 == 0 else label for place, label in enumerate(labels)]
    _, usual = compare_macro_f1(labels, bad, labels)
    _, surer = compare_macro_f1(labels, bad, labels, level=0.99)
    assert surer.low < usual.low < usual.high < surer.high


def test_answers_can_be_picked() -> None:
    picked = answer("dev", "news", "none").pick([2, 0])
    assert picked.decided == ("none", "dev")
    assert picked.shares.argmax(axis=1).tolist() == [LABELS.index("none"), LABELS.index("dev")]


def test_a_persons_own_categories_are_measured_like_the_seven() -> None:
    names = ("Dev", "Cats & dogs", "none")
    shares = np.eye(3)[[0, 1, 1, 2]]
    found = measure_tabs(
        ["Dev", "Cats & dogs", "none", "none"],
        TabAnswers(shares, ("Dev", "Cats & dogs", "Cats & dogs", "none")),
        names,
    )
    assert list(found.categories) == list(names)
    assert found.categories["Cats & dogs"].precision == 0.5
    # Dev 1, the other 2/3.
    assert found.macro_f1 == pytest.approx(5 / 6)
    assert found.confusion == ((1, 0, 0), (0, 1, 0), (0, 1, 1))
