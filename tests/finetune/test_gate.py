from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.finetune.gate import LEAST_ROWS, compare

LABELS = ("Dev", "News", "My cats", "none")
answers = st.lists(st.tuples(*[st.sampled_from(LABELS)] * 3), min_size=LEAST_ROWS, max_size=150).filter(
    lambda rows: any(truth != "none" for truth, _, _ in rows)
)


@given(answers)
@settings(max_examples=25)
def test_the_same_answers_are_never_better(rows: list[tuple[str, str, str]]) -> None:
    truth, decided, _ = zip(*rows, strict=True)
    found = compare(truth, decided, decided, LABELS, resamples=2000)
    assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)
    assert not found.better
    assert not found.worse
    assert "equally good" in found.words


@given(answers)
@settings(max_examples=25)
def test_swapping_the_two_changes_the_sign_and_nothing_else(rows: list[tuple[str, str, str]]) -> None:
    truth, one, other = zip(*rows, strict=True)
    forth = compare(truth, one, other, LABELS, resamples=2000)
    back = compare(truth, other, one, LABELS, resamples=2000)
    assert back.difference == pytest.approx(-forth.difference)
    assert (back.low, back.high) == pytest.approx((-forth.high, -forth.low))
    assert forth.low <= forth.high
    assert not (forth.better and forth.worse)
    assert (forth.better, forth.worse) == (back.worse, back.better)


@given(answers)
@settings(max_examples=10)
def test_the_same_question_has_the_same_answer(rows: list[tuple[str, str, str]]) -> None:
    truth, one, other = zip(*rows, strict=True)
    assert compare(truth, one, other, LABELS, resamples=2000) == compare(
        truth, one, other, LABELS, resamples=2000
    )


def test_a_clearly_better_one_is_found_and_said_with_its_interval() -> None:
    truth = list(LABELS) * 40
    wrong = ["none" if place % 5 < 2 else label for place, label in enumerate(truth)]
    found = compare(truth, truth, wrong, LABELS, names=("the new one", "the old one"))
    assert found.better
    assert 0.0 < found.low < found.difference < found.high
    assert found.words.startswith("The new one is better than the old one")
    assert f"{found.difference * 100:.1f} points higher" in found.words
    assert f"({'95 % interval'} {found.low * 100:.1f} to {found.high * 100:.1f})" in found.words


def test_a_worse_one_is_said_to_be_worse() -> None:
    truth = list(LABELS) * 40
    found = compare(truth, ["none"] * 160, truth, LABELS, names=("smollm2", "the head"))
    assert found.worse
    assert found.words.startswith("smollm2 is worse than the head")
    assert "-" not in found.words.split("interval")[1]


def test_one_lucky_answer_is_no_more_than_chance() -> None:
    truth = list(LABELS) * 40
    wrong = ["none", *truth[1:]]
    found = compare(truth, truth, wrong, LABELS)
    assert found.difference > 0
    assert not found.better
    assert "no more than chance" in found.words


def test_with_few_rows_nothing_is_better_however_clear_it_looks() -> None:
    truth = ["Dev", "News", "My cats"] * 4
    found = compare(truth, truth, ["none"] * 12, LABELS)
    assert found.difference == 1.0
    assert not found.better
    assert "only 12 tabs" in found.words


def test_the_more_candidates_the_surer_each_must_be() -> None:
    truth = list(LABELS) * 40
    # As many lucky answers as a single candidate needs, and hardly one more.
    lucky = next(
        count
        for count in range(1, 40)
        if compare(
            truth, truth, ["none" if place < count else label for place, label in enumerate(truth)], LABELS
        ).better
    )
    old = ["none" if place < lucky else label for place, label in enumerate(truth)]
    alone, among = compare(truth, truth, old, LABELS), compare(truth, truth, old, LABELS, candidates=100)
    assert alone.better
    assert not among.better
    assert among.difference == alone.difference
    assert among.low < alone.low
    assert alone.level == 0.95
    assert among.level == pytest.approx(0.9995)
    assert "95 % interval" in alone.words
    two = compare(truth, ["none"] * 160, truth, LABELS, candidates=2)
    assert "(97.5 % interval" in two.words


def test_without_a_tab_of_a_category_nothing_is_known() -> None:
    found = compare(["none"] * 60, ["none"] * 60, ["Dev"] * 60, LABELS)
    assert not found.better
    assert "nothing is known" in found.words
