from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable
from host.finetune.figures import Failure
from host.finetune.judging import decide
from host.finetune.plots import draw_all
from host.finetune.report import write_report
from tests.finetune.made_figures import make_engine, make_measured, make_test

if TYPE_CHECKING:
    from pathlib import Path

    from host.finetune.judging import Judgement

TRAINING = {
    "base": {"id": "tiny"},
    "device": "cpu",
    "took_s": 1800,
    "options": {"rank": 16},
    "history": [
        {"step": 1, "train_loss": 2.0, "val_loss": 2.1, "val_accuracy": 0.2},
        {"step": 2, "train_loss": 1.0},
    ],
}


@pytest.fixture
def judgement() -> Judgement:
    test = make_test()
    head = make_engine(test, "trained head", 0.9, role="head", p95_ms=5.0)
    base = make_engine(test, "base", 0.2, role="base")
    new = make_engine(test, "fine-tuned adapter", 0.7, p95_ms=40.0)
    sites = make_engine(test, "known sites", 0.4, role="peer", p95_ms=None)
    failures = [Failure("fine-tuned merged", "It cannot be loaded.")]
    measured = make_measured(head, base, new, sites, current="trained head", failures=failures)
    return decide(test, measured, {"fine-tuned adapter": "base", "fine-tuned merged": "base"})


def test_the_page_says_the_verdict_first_and_shows_everything_side_by_side(
    judgement: Judgement, tmp_path: Path
) -> None:
    page = write_report(judgement, tmp_path / "out", training=TRAINING, command="run this", plot=False)
    text = page.read_text(encoding="utf-8")
    assert text.index("it stays.") < text.index("## Side by side")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines() if line.startswith("| ")]
    for name in ("trained head", "base", "fine-tuned adapter", "known sites"):
        assert name in rows
        assert f"### {name}" in text
    for words in (
        "run this",
        "120 tabs",
        "fine-tuned merged could not be measured: It cannot be loaded.",
        "Against the base model",
        "The fine-tuned adapter is better than the base",
        "→ My cats",
        "| rank | 16 |",
        "| took | 30 min |",
        "(wanted: <= 50): met",
    ):
        assert words in text
    assert "![" not in text
    # Every line of a table has as many cells as its head.
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1


def test_the_page_says_how_sure_a_difference_is_where_several_forms_are_compared(tmp_path: Path) -> None:
    test = make_test()
    forms = [make_engine(test, f"form {number}", 0.9) for number in range(2)]
    old = make_engine(test, "old", 0.5, role="head")
    found = decide(test, make_measured(old, *forms, current="old"), {one.name: "" for one in forms})
    text = write_report(found, tmp_path, plot=False).read_text(encoding="utf-8")
    assert "the interval of each is one of 97.5 %, that of all together one of 95 %" in text
    alone = decide(test, make_measured(old, forms[0], current="old"), {forms[0].name: ""})
    assert "Bonferroni" not in write_report(alone, tmp_path, plot=False).read_text(encoding="utf-8")


def test_the_figures_can_be_read_by_a_program(judgement: Judgement, tmp_path: Path) -> None:
    write_report(judgement, tmp_path, plot=False)
    document = json.loads((tmp_path / "evaluation.json").read_text(encoding="utf-8"))
    assert document["current"] == "trained head"
    assert document["deploy"] is False
    assert document["machine"]["cores"] >= 1
    named = {one["name"]: one for one in document["engines"]}
    assert named["fine-tuned adapter"]["speed"]["p95_ms"] == 40.0
    assert document["failures"] == [{"name": "fine-tuned merged", "reason": "It cannot be loaded."}]


def test_pictures_are_drawn_of_everything_and_stand_in_the_page(judgement: Judgement, tmp_path: Path) -> None:
    page = write_report(judgement, tmp_path, training=TRAINING)
    text = page.read_text(encoding="utf-8")
    files = sorted((tmp_path / "plots").iterdir())
    assert [file.name for file in files] == [
        "categories.png",
        "confusion-base.png",
        "confusion-fine-tuned-adapter.png",
        "confusion-known-sites.png",
        "confusion-trained-head.png",
        "quality-and-time.png",
        "reliability.png",
        "training.png",
    ]
    for file in files:
        assert f"(plots/{file.name})" in text
        content = file.read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        # Width and height stand in the first block: none is a mere stub, none fills a page.
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        assert 500 < width < 1600
        assert 300 < height < 1600


def test_what_was_not_measured_has_no_picture(judgement: Judgement, tmp_path: Path) -> None:
    test = judgement.test
    slow = make_engine(test, "head", 0.9, role="head", p95_ms=None)
    files = draw_all(decide(test, make_measured(slow, current="head"), {}), tmp_path)
    assert {file.name for file in files} == {"categories.png", "reliability.png", "confusion-head.png"}


def test_without_the_library_the_way_to_it_is_said(
    judgement: Judgement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModelUnavailable) as refused:
        write_report(judgement, tmp_path)
    assert "--extra finetune" in (refused.value.fix or "")
    # What was measured is not lost with the pictures.
    assert (tmp_path / "evaluation.json").is_file()
