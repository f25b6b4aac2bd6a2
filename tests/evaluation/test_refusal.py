"""Whether questions are to be refused: trying the fit out, and a small history with the real model."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.chat.answerability import COEFFICIENTS_FILE, Coefficients, read_signs
from host.chat.evidence import gather_evidence
from host.core.errors import InvalidInput
from host.evaluation.refusal import fit_all, judge_examples, score, write_coefficients
from host.evaluation.refusal_fit import (
    LEFT_OUT,
    OF_MEANING,
    cross_validate,
    find_threshold,
    fit_coefficients,
    hold_out,
    name_signs,
    rate,
)
from host.evaluation.refusal_sets import RefusalQuestion, RefusalSet
from host.evaluation.refusal_signs import Example, collect_examples
from host.evaluation.retrieval_sets import EvaluationPage
from tests.chat.makers import BagEmbedder, make_passage

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
PASSAGES = [make_passage(1, "Green tea is brewed with water of 80 degrees.", "Tea")]
TEXTS = {
    "tea": "Green tea is brewed with water of 80 degrees. Boiling water makes it bitter.",
    "mars": "The planet Mars has two small moons. They are called Phobos and Deimos.",
    "piano": "A modern piano has 88 keys. Bartolomeo Cristofori built the first one about 1700.",
    "bread": "Sourdough bread rises by wild yeast. The dough rests for twelve hours in a cool place.",
    "rhine": "The river Rhine is 1,233 kilometres long. It flows into the North Sea at Rotterdam.",
    "chess": "A game of chess begins with sixteen pieces on each side. White makes the first move.",
    "bees": "A honey bee colony has one queen. She lays up to 2,000 eggs on a summer day.",
    "glass": "Glass is made of sand, soda and lime. It melts at about 1,500 degrees.",
    "volcano": "Mount Etna is the tallest active volcano of Europe. It stands on the island of Sicily.",
    "marathon": "A marathon is run over 42.195 kilometres. The distance was fixed in London in 1908.",
}
ASKED = {
    "mars": "how many moons does Mars have",
    "piano": "who built the first piano",
    "rhine": "how long is the river Rhine",
    "volcano": "where does the volcano Etna stand",
}


def make_examples(
    name: str = "clapnq",
    count: int = 60,
    is_answerable: Callable[[int], bool] = lambda number: number % 2 == 0,
    see: Callable[[int, bool], float] = lambda number, answerable: answerable + number % 5 / 10,
) -> list[Example]:
    """Questions with a sign that tells, one that does not, and one of meaning."""
    dice = np.random.default_rng(len(name))
    made = []
    for number in range(count):
        answerable = is_answerable(number)
        seen = see(number, answerable)
        signs = {"passage_words": seen, "missing_word": 1.0, "prose": dice.random(), "passage": seen}
        made.append(Example(name, "question", f"{name}-{number}", answerable, signs, float(answerable)))
    return made


def test_what_tells_is_learned_and_what_does_not_counts_little() -> None:
    fitted = fit_coefficients(make_examples(), ["passage_words", "prose"])
    assert fitted.weights["passage_words"] > 5 * abs(fitted.weights["prose"])
    assert 0 < fitted.threshold < 1
    good, bad = make_examples()[:2]
    names = list(fitted.weights)
    weights = np.array(list(fitted.weights.values()))
    assert rate(good, names, weights, fitted.intercept) >= fitted.threshold
    assert rate(bad, names, weights, fitted.intercept) < fitted.threshold


def test_a_question_is_judged_without_having_been_seen_in_any_variant() -> None:
    # Each question has a sign of its own that tells everything about it and nothing about others.
    def make(answer_of: Callable[[int], bool]) -> list[Example]:
        made = []
        for number in range(40):
            signs = {f"own{other}": float(other == number) for other in range(40)}
            one = Example("clapnq", "question", f"q{number}", answer_of(number), signs, 0.0)
            made += [one, replace(one, set_name="xquad-en")]
        return made

    examples = make(lambda number: number % 2 == 0)
    rated = cross_validate(examples, list(examples[0].signs))
    changed = make(lambda number: number % 2 == 0 if number else False)
    again = cross_validate(changed, list(changed[0].signs))
    # Its own label changes nothing of how it is judged, but something of how others are.
    assert rated[:2] == pytest.approx(again[:2])
    assert not np.allclose(rated[2:], again[2:])


def test_the_folds_are_the_same_each_time() -> None:
    examples = make_examples()
    first = cross_validate(examples, ["passage_words", "prose"])
    assert first.tolist() == cross_validate(examples, ["passage_words", "prose"]).tolist()


def test_a_held_out_set_is_judged_by_the_others_alone() -> None:
    backwards = make_examples("xquad-en", see=lambda _number, answerable: 1.0 - answerable)
    examples = [*make_examples(), *make_examples("known_item"), *backwards]
    rated, threshold = hold_out(examples, ["passage_words"], "xquad-en")
    answerable = np.array([one.answerable for one in backwards])
    assert (rated[answerable] < threshold).all()
    assert (rated[~answerable] >= threshold).all()


def test_a_question_that_a_held_out_set_has_too_is_not_fitted_to() -> None:
    own = make_examples("xquad-en")
    # They would turn the judgement around.
    translated = [
        replace(one, set_name="xquad-de", answerable=not one.answerable) for _ in range(20) for one in own
    ]
    others = make_examples("known_item")
    with_them = hold_out([*own, *translated, *others], ["passage_words"], "xquad-en")
    without = hold_out([*own, *others], ["passage_words"], "xquad-en")
    assert with_them[0].tolist() == without[0].tolist()
    assert with_them[1] == without[1]


def test_the_threshold_answers_nineteen_of_twenty_of_the_main_set() -> None:
    main = make_examples("clapnq", 200)
    other = make_examples("xquad-en", 200)
    rated = np.array([number / 1000 for number in range(400)])
    threshold = find_threshold([*main, *other], rated)
    answered = [value >= threshold for one, value in zip(main, rated, strict=False) if one.answerable]
    assert sum(answered) / len(answered) == 0.95
    assert find_threshold(other, rated[:200]) == pytest.approx(threshold)


def test_a_question_without_passages_is_refused_and_not_fitted_to() -> None:
    examples = make_examples()
    nothing = [replace(one, group=f"n{n}", signs={}) for n, one in enumerate(examples[::2])]
    names = name_signs([*nothing, *examples], by_meaning=True)
    assert names == ["passage_words", "prose", "passage"]
    rated = cross_validate([*nothing, *examples], names)
    assert rated[: len(nothing)].tolist() == [0.0] * len(nothing)
    weights = fit_coefficients([*nothing, *examples], names).weights
    assert weights == fit_coefficients(examples, names).weights


def test_the_figures_of_each_kind_are_those_of_its_questions() -> None:
    examples = [
        *make_examples(count=4),
        *(replace(one, kind="vague", answerable=True) for one in make_examples(count=2)),
    ]
    question, vague = score("in use", examples, np.array([0.9, 0.6, 0.4, 0.1, 0.9, 0.1]), 0.5)
    assert (question.answerable, question.unanswerable) == (2, 2)
    assert (question.answered, question.refused, question.balanced) == (0.5, 0.5, 0.5)
    # Of the four pairs one is the wrong way around: 0.4 with an answer, 0.6 without.
    assert question.area == 0.75
    assert (vague.answered, vague.refused, vague.area, vague.balanced) == (0.5, None, None, None)
    assert json.loads(json.dumps(question.to_json()))["balanced"] == 0.5


def test_all_ways_of_judging_are_reported_and_a_single_set_is_not_held_out() -> None:
    scores = judge_examples([*make_examples(), *make_examples("xquad-en")])
    ways = ("in use", "cross-validated", "cross-validated, words only", "set held out")
    assert [(one.judge, one.set_name) for one in scores] == [
        (way, name) for way in ways for name in ("clapnq", "xquad-en")
    ]
    assert all(one.area == 1.0 for one in scores)
    assert [one.judge for one in judge_examples(make_examples())] == list(ways[:3])


def test_questions_of_one_kind_only_cannot_be_fitted_to() -> None:
    for examples in ([], make_examples(is_answerable=lambda _number: True)):
        with pytest.raises(InvalidInput, match="too few questions"):
            judge_examples(examples)


def test_the_fit_knows_every_sign_that_is_read_and_so_does_the_file_in_use(tmp_path: Path) -> None:
    read = read_signs(gather_evidence("how hot is green tea brewed", PASSAGES, BagEmbedder()))
    by_words = read_signs(gather_evidence("how hot is green tea brewed", PASSAGES, None))
    assert set(read) - set(by_words) == OF_MEANING
    assert set(read) >= LEFT_OUT
    dice = np.random.default_rng(1)
    examples = [
        replace(one, signs={name: dice.random() + one.answerable for name in read}) for one in make_examples()
    ]
    written = tmp_path / "answerability.json"
    fitted = fit_all(examples)
    write_coefficients(fitted, written)
    for file in (written, COEFFICIENTS_FILE):
        data = json.loads(file.read_text(encoding="utf-8"))
        assert list(data) == ["meaning", "words"]
        assert list(data["meaning"]["weights"]) == [name for name in read if name not in LEFT_OUT]
        assert list(data["words"]["weights"]) == [name for name in by_words if name not in LEFT_OUT]
        # One form: writing what was read changes nothing.
        again = tmp_path / "again.json"
        write_coefficients({name: Coefficients(**values) for name, values in data.items()}, again)
        assert again.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
    data = json.loads(written.read_text(encoding="utf-8"))
    assert {name: Coefficients(**values) for name, values in data.items()} == fitted


@pytest.mark.model
# The daemon outlives by design the object that started it; the measurement ends it over the wire.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("models")
def test_a_small_history_is_asked_with_and_without_the_pages_that_answer() -> None:
    pages = tuple(
        EvaluationPage(key, f"https://{key}.example/", key.title(), "en", text=text)
        for key, text in TEXTS.items()
    )
    questions = (
        *(RefusalQuestion(text, "question", key, gold=frozenset({key})) for key, text in ASKED.items()),
        *(RefusalQuestion(text, "question", key, without=frozenset({key})) for key, text in ASKED.items()),
    )
    steps: list[str] = []
    examples = collect_examples(
        RefusalSet("tiny", pages, questions), lambda what, _done, _total: steps.append(what)
    )
    assert [one.group for one in examples] == [*ASKED, *ASKED]
    assert [one.answerable for one in examples] == [True] * 4 + [False] * 4
    assert [one.rating >= 0.5 for one in examples] == [True] * 4 + [False] * 4
    for there, away in zip(examples[:4], examples[4:], strict=True):
        assert there.signs["passage_words"] > away.signs["passage_words"]
        assert there.signs["sentence"] > away.signs["sentence"]
        # The question is the same.
        assert there.signs["question_length"] == away.signs["question_length"]
    (in_use, *_) = judge_examples(examples)
    assert (in_use.judge, in_use.area, in_use.answered, in_use.refused) == ("in use", 1.0, 1.0, 1.0)
    assert set(steps) == {"capturing", "indexing", "asking"}


def test_coefficients_in_use_are_fitted_to_everything_or_not_at_all(tmp_path: Path) -> None:
    before = COEFFICIENTS_FILE.read_bytes()
    command = [sys.executable, "-m", "host.cli", "evaluate", "refusal", "--data", str(tmp_path), "--fit"]
    for arguments, said in (
        (["--every", "2"], "all questions of all sets"),
        (["--set", "clapnq"], "all questions of all sets"),
        ([], "The data is not there"),
    ):
        done = subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stdout == ""
    assert COEFFICIENTS_FILE.read_bytes() == before
