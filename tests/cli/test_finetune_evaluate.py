"""`ai-history finetune evaluate`: what it refuses, what it asks for, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from host.finetune import judging
from host.finetune.figures import Failure, Measured
from host.finetune.rows import Row
from host.models.store import ModelStore
from tests.finetune.made_figures import make_engine, make_measured
from tests.finetune.training_folders import install_talker, write_data, write_training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.core.paths import Paths
    from host.finetune.candidates import Candidate
    from host.finetune.test_data import TestData
    from tests.cli.conftest import Ended

ROWS = [
    Row(f"Tab {number}", f"https://{number}.example/", name, source="correction")
    for number, name in enumerate(["Dev", "My cats", None] * 40)
]


@pytest.fixture
def talker(home: Paths) -> ModelStore:
    """One installed model, an instruction model of a few hundred kilobytes."""
    store = ModelStore(home.models)
    install_talker(store)
    return store


@pytest.fixture
def folder(tmp_path: Path, talker: ModelStore) -> Path:
    """A training with held-out data beside it."""
    return write_data(write_training(tmp_path / "run"), ROWS[:60], ROWS[60:])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was to be measured; by made-up answers the first form is good, the second cannot be loaded."""
    calls: list[dict[str, Any]] = []

    def measure(candidates: Sequence[Candidate], test: TestData, **options: Any) -> Measured:
        calls.append({"names": [one.name for one in candidates], "test": test, **options})
        head = make_engine(test, "trained head", 0.5, role="head")
        if options["current"] == "nothing answers":
            failures = [Failure(one.name, "It cannot be loaded.") for one in candidates]
            return make_measured(head, current=head.name, failures=failures)
        new = make_engine(test, candidates[0].name, 0.9)
        failures = [Failure(one.name, "It cannot be loaded.") for one in candidates[1:]]
        return make_measured(head, new, current=head.name, failures=failures)

    monkeypatch.setattr(judging, "measure", measure)
    return calls


def test_a_training_is_measured_and_the_report_lies_beside_it(
    run: Callable[..., Ended], folder: Path, asked: list[dict[str, Any]]
) -> None:
    ended = run("finetune", "evaluate", "--model", folder, "--benchmark", program="ai-history")
    assert ended.code == 0, ended.err
    [call] = asked
    assert call["names"] == ["fine-tuned adapter f16", "fine-tuned merged q4_0"]
    assert call["benchmark"] is True
    assert call["test"].truth.count("My cats") == 20
    assert len(call["corrections"]) == 60
    assert "fine-tuned adapter f16" in ended.out
    assert "It goes live." in ended.out
    assert "could not be measured: It cannot be loaded." in ended.err
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert "`ai-history finetune evaluate --model run --benchmark`" in report
    assert not (folder / "plots").exists()


def test_json_is_the_document_with_the_place_of_the_report(
    run: Callable[..., Ended], folder: Path, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    ended = run(
        "finetune",
        "evaluate",
        "--model",
        folder,
        "--output",
        output,
        "--plot",
        "--json",
        program="ai-history",
    )
    document = json.loads(ended.out)
    assert document["report"] == str(output / "report.md")
    assert document["best"] == "fine-tuned adapter f16"
    kept = json.loads((output / "evaluation.json").read_text(encoding="utf-8"))
    assert kept["engines"] == document["engines"]
    # What it holds for, for who puts one of them to use.
    assert set(kept["candidates"]) == {"fine-tuned adapter f16", "fine-tuned merged q4_0"}
    assert kept["tested_with"] is None
    assert (output / "plots" / "categories.png").is_file()
    assert asked[0]["benchmark"] is False


def test_when_no_model_could_be_measured_it_fails_and_the_report_says_why(
    run: Callable[..., Ended], folder: Path, asked: list[dict[str, Any]]
) -> None:
    ended = run(
        "finetune", "evaluate", "--model", folder, "--against", "nothing answers", program="ai-history"
    )
    assert ended.code == 1
    assert "None of the models" in ended.err
    assert "It cannot be loaded." in (folder / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "--model"),
        (("--model", "nowhere"), 1, "nowhere"),
        (("--model", "tiny-talker", "--test-data", "nowhere.jsonl"), 1, "no test data"),
        (("--model", "tiny-talker", "--test-data", "mozilla_mixed"), 1, "--data"),
    ],
)
def test_what_is_missing_is_said(
    arguments: tuple[str, ...], code: int, said: str, run: Callable[..., Ended], talker: ModelStore
) -> None:
    ended = run("finetune", "evaluate", *arguments, program="ai-history")
    assert ended.code == code
    assert said in ended.err
