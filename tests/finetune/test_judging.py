from __future__ import annotations

import json
from dataclasses import replace

import pytest

from host.finetune.figures import Failure
from host.finetune.judging import choose_form, decide
from host.finetune.known_categories import name_categories
from tests.finetune.made_figures import make_engine, make_measured, make_test


def test_a_form_that_is_better_fast_and_small_goes_live() -> None:
    test = make_test()
    new, old = make_engine(test, "fine-tuned adapter", 0.9), make_engine(test, "head", 0.5, role="head")
    found = decide(test, make_measured(old, new, current="head"), {"fine-tuned adapter": ""})
    assert found.deploy
    assert found.best == "fine-tuned adapter"
    assert found.words.startswith("The fine-tuned adapter is better than the head")
    assert "goes live" in found.words


def test_a_worse_form_never_goes_live_and_the_faster_one_stays() -> None:
    test = make_test()
    new = make_engine(test, "fine-tuned adapter", 0.5, p95_ms=40.0)
    old = make_engine(test, "trained head", 0.9, role="head", p95_ms=5.0)
    found = decide(test, make_measured(old, new, current="trained head"), {"fine-tuned adapter": ""})
    assert not found.deploy
    assert "The trained head is better and 8 times as fast: it stays." in found.words


def test_a_difference_within_chance_never_goes_live() -> None:
    test = make_test()
    new, old = make_engine(test, "new", 0.80), make_engine(test, "old", 0.79, role="head")
    found = decide(test, make_measured(old, new, current="old"), {"new": ""})
    assert not found.deploy
    assert "no more than chance" in found.words
    assert "it stays" in found.words


@pytest.mark.parametrize(
    ("p95_ms", "file_bytes", "said"),
    [
        (80.0, 1, "80 ms at the 95th percentile"),
        (20.0, 700_000_000, "700 MB"),
        (None, 1, "its speed was not measured"),
    ],
)
def test_a_better_form_beyond_the_limits_does_not_go_live_and_is_told_why(
    p95_ms: float | None, file_bytes: int, said: str
) -> None:
    test = make_test()
    new = make_engine(test, "new", 0.9, p95_ms=p95_ms, file_bytes=file_bytes)
    old = make_engine(test, "old", 0.4, role="head")
    found = decide(test, make_measured(old, new, current="old"), {"new": ""})
    assert found.verdicts["new"].better
    assert not found.deploy
    assert said in found.words


def test_a_busy_computer_is_named_where_it_made_a_form_slow() -> None:
    test = make_test()
    new = make_engine(test, "new", 0.9, p95_ms=80.0)
    assert new.speed is not None
    busy = replace(new, speed=replace(new.speed, load=1000.0))
    old = make_engine(test, "old", 0.4, role="head")
    found = decide(test, make_measured(old, busy, current="old"), {"new": ""})
    assert "other programs were busy" in found.words


def test_of_forms_that_are_equally_good_the_fastest_is_taken() -> None:
    test = make_test()
    slow = make_engine(test, "slow", 0.91, p95_ms=45.0)
    fast = make_engine(test, "fast", 0.90, p95_ms=12.0)
    bad = make_engine(test, "bad", 0.30, p95_ms=2.0)
    assert choose_form(test, [slow, fast, bad]).name == "fast"


def test_a_form_that_is_shown_to_be_better_goes_before_a_faster_one_that_is_not() -> None:
    test = make_test()
    sure = make_engine(test, "sure", 0.90, p95_ms=45.0)
    fast = make_engine(test, "fast", 0.875, p95_ms=12.0)
    old = make_engine(test, "old", 0.85, role="head")
    found = decide(test, make_measured(old, sure, fast, current="old"), {"sure": "", "fast": ""})
    assert (found.verdicts["sure"].better, found.verdicts["fast"].better) == (True, False)
    # Of the two alone the fast one would be taken, for it is as good within chance.
    assert choose_form(test, [sure, fast]).name == "fast"
    assert found.best == "sure"
    assert found.deploy


def test_forms_that_are_compared_together_have_wider_intervals() -> None:
    test = make_test()
    forms = [make_engine(test, f"form {number}", 0.9) for number in range(4)]
    old = make_engine(test, "old", 0.6, role="head")
    found = decide(test, make_measured(old, *forms, current="old"), {one.name: "" for one in forms})
    assert {verdict.level for verdict in found.verdicts.values()} == {1 - 0.05 / 4}


def test_a_form_that_is_too_slow_to_go_live_makes_no_interval_wider() -> None:
    test = make_test()
    old = make_engine(test, "old", 0.6, role="head")
    fast, slow = make_engine(test, "a", 0.7, p95_ms=20.0), make_engine(test, "b", 0.7, p95_ms=90.0)
    found = decide(test, make_measured(old, fast, slow, current="old"), {"a": "", "b": ""})
    assert {verdict.level for verdict in found.verdicts.values()} == {0.95}


def test_nothing_goes_live_by_tabs_that_cannot_show_that_it_is_better() -> None:
    test = replace(make_test(), objections=("train.jsonl is gone",))
    new, old = make_engine(test, "new", 0.9), make_engine(test, "old", 0.4, role="head")
    found = decide(test, make_measured(old, new, current="old"), {"new": ""})
    assert found.verdicts["new"].better
    assert not found.deploy
    assert found.words.endswith("It does not go live all the same: train.jsonl is gone.")
    assert "Nothing goes live by these tabs: train.jsonl is gone." in test.notes


def test_what_goes_live_says_which_categories_nobody_asked_about() -> None:
    test = make_test(names=("Dev", "News"))
    test = replace(test, categories=name_categories(["Dev", "News", "My cats"]))
    new, old = make_engine(test, "new", 0.9), make_engine(test, "old", 0.4, role="head")
    found = decide(test, make_measured(old, new, current="old"), {"new": ""})
    assert found.deploy
    assert found.words.endswith("It goes live. Nothing is known of My cats.")


def test_a_form_within_the_limits_goes_before_a_better_one_beyond_them() -> None:
    test = make_test()
    heavy = make_engine(test, "heavy", 0.99, p95_ms=90.0)
    light = make_engine(test, "light", 0.80, p95_ms=30.0)
    assert choose_form(test, [heavy, light]).name == "light"


def test_what_a_training_brought_over_its_base_is_said() -> None:
    test = make_test()
    new = make_engine(test, "new", 0.9)
    base = make_engine(test, "base", 0.3, role="base")
    head = make_engine(test, "head", 0.95, role="head")
    found = decide(test, make_measured(head, new, base, current="head"), {"new": "base"})
    assert found.gains["new"].better
    assert {figure.name: figure.ok for figure in found.figures}["macro-F1 over its base model"]
    assert not found.deploy


def test_a_candidate_that_could_not_be_asked_changes_nothing() -> None:
    test = make_test()
    head = make_engine(test, "head", 0.9, role="head")
    measured = make_measured(head, current="head", failures=[Failure("new", "It cannot be loaded.")])
    found = decide(test, measured, {"new": ""})
    assert found.best is None
    assert not found.deploy
    assert "It cannot be loaded." in found.words


def test_what_is_in_use_is_not_compared_with_itself() -> None:
    test = make_test()
    head = make_engine(test, "head", 0.9, role="named")
    found = decide(test, make_measured(head, current="head"), {"head": ""})
    assert found.verdicts == {}
    assert not found.deploy
    assert "already" in found.words


def test_the_document_is_plain_values_and_holds_no_tab() -> None:
    test = make_test()
    new, old = make_engine(test, "new", 0.9), make_engine(test, "old", 0.5, role="head")
    text = json.dumps(decide(test, make_measured(old, new, current="old"), {"new": ""}).to_json())
    document = json.loads(text)
    assert document["deploy"] is True
    assert document["verdicts"]["new"]["better"] is True
    assert document["engines"][1]["quality"]["macro_f1"] > 0.8
    assert "nobody-" not in text
    assert "Tab 1" not in text
