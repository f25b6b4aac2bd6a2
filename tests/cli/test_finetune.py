"""`ai-history finetune`: its commands, `train` and `pipeline`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from host.cli_commands.finetune_output import wait_patiently
from host.core.errors import Cancelled, ModelUnavailable, WorkerDied
from host.finetune import extra, pipeline_run, training
from host.finetune.pipeline import PipelineProgress, StepResult
from host.finetune.pipeline_options import PipelineOptions
from host.finetune.pipeline_run import PipelineResult
from host.finetune.steps import StepProgress
from host.models.store import ModelStore
from tests.cli.conftest import ROOT
from tests.finetune.training_folders import TALKER, install_talker
from tests.makers import wait_until

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from host.core.paths import Paths
    from tests.cli.conftest import Ended

ROWS = "".join(
    json.dumps({"title": f"Tab {number}", "url": f"https://{number}.example/", "category": name}) + "\n"
    for number, name in enumerate(["Dev", "My cats", None] * 20)
)


@pytest.fixture
def finetune(run: Callable[..., Ended], home: Paths) -> Callable[..., Ended]:
    """Runs `ai-history finetune` in a home with one tiny model."""
    install_talker(ModelStore(home.models))
    return lambda *arguments: run("finetune", *arguments, program="ai-history")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Rows to teach, with rows to validate beside them."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("train.jsonl", "val.jsonl"):
        (folder / name).write_text(ROWS, encoding="utf-8")
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[PipelineOptions, dict[str, Any]]]:
    """What pipelines were asked for; each refuses at once."""
    calls: list[tuple[PipelineOptions, dict[str, Any]]] = []

    def run(options: PipelineOptions, folder: Path, **named: Any) -> PipelineResult:
        calls.append((options, named))
        named["on_folder"](folder)
        progress = StepProgress(
            "train", "training", 0.5, 1.25, 60.0, {"memory": {"estimated": 2e9, "available": 8e9}}
        )
        named["on_progress"](PipelineProgress(progress, 2, 5, 0.3))
        steps = (
            StepResult("dataset", "80 rows", 1.0, True, {"warnings": ["My cats: left out."]}),
            StepResult("deploy", "It stays.", 61.0, False, {"state": "refused"}),
        )
        return PipelineResult(folder, "refused", "It stays.", folder / "report.md", steps)

    monkeypatch.setattr(pipeline_run, "run_pipeline", run)
    return calls


@pytest.mark.parametrize("name", ["train", "pipeline"])
def test_a_command_shows_how_it_is_called(finetune: Callable[..., Ended], name: str) -> None:
    ended = finetune(name, "--help")
    assert ended.code == 0
    for option in (
        "--model", "--output", "--epochs", "--lora-r", "--lora-alpha", "--lora-dropout", "--learning-rate",
        "--warmup-steps", "--weight-decay", "--batch-size", "--grad-accum", "--use-4bit", "--use-8bit",
        "--gradient-checkpointing", "--max-samples", "--resume", "--json",
    ):  # fmt: skip
        assert option in ended.out, option
    assert f"  ai-history finetune {name}" in ended.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["train", "--train-data", "nowhere.jsonl"],
        ["train", "--train-data", "DATA", "--epochs", "0"],
        ["train", "--train-data", "DATA", "--use-4bit", "--use-8bit"],
        ["pipeline", "--quantize", "q1"],
        ["pipeline", "--samples", "0"],
        ["pipeline", "--lora-dropout", "1"],
    ],
)
def test_wrong_usage_ends_with_2(finetune: Callable[..., Ended], data: Path, arguments: list[str]) -> None:
    ended = finetune(*(str(data / "train.jsonl") if word == "DATA" else word for word in arguments))
    assert ended.code == 2, ended.err


def test_a_missing_extra_is_said_with_the_command_that_brings_it(
    finetune: Callable[..., Ended], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda _: None)
    ended = finetune("train", "--model", TALKER, "--train-data", data / "train.jsonl")
    assert ended.code == 1
    assert "python3 -m host.install --extra finetune" in ended.err


def test_a_missing_model_is_said(finetune: Callable[..., Ended], data: Path) -> None:
    ended = finetune("train", "--model", "nobody", "--train-data", data / "train.jsonl")
    assert ended.code == 1
    assert "no model named nobody" in ended.err


def test_four_bits_without_a_card_are_refused(
    finetune: Callable[..., Ended], data: Path, tmp_path: Path
) -> None:
    arguments = ["--model", TALKER, "--train-data", data / "train.jsonl", "--output", tmp_path / "run"]
    ended = finetune("train", *arguments, "--use-4bit")
    assert ended.code == 1
    assert "needs an NVIDIA card" in ended.err or "cannot be" in ended.err
    assert "--use-4bit" in ended.err


def test_a_training_says_what_it_needs_and_what_came_of_it(
    finetune: Callable[..., Ended], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def train(base: Any, rows: Any, options: Any, folder: Path, **named: Any) -> dict[str, Any]:
        asked.append((base, rows, options, folder, named))
        memory = {"estimated": 2e9, "available": 8e9, "peak": 1.5e9}
        named["on_progress"](
            {"stage": "loading", "share": 0.9, "device": "cpu", "precision": "float32", "memory": memory}
        )
        return {
            "base": {"name": base.name}, "rows": 60, "examined": 60, "device": "cpu", "precision": "float32",
            "memory": memory, "took_s": 75.0, "tokens_per_s": 250.0, "steps": 8, "best_step": 6,
            "accuracy": 0.75, "notes": ["My cats has only 3 rows."],
            "samples": [{"tab": "Tab 1", "category": "Dev", "answer": "Other", "confidence": 0.5}],
        }  # fmt: skip

    monkeypatch.setattr(training, "train_model", train)
    arguments = ["--model", TALKER, "--train-data", data / "train.jsonl", "--output", tmp_path / "run"]
    ended = finetune("train", *arguments, "--epochs", "3", "--lora-r", "4", "--max-samples", "30")
    assert ended.code == 0, ended.err
    assert "cpu in float32: about 2.0 GB of memory, 8.0 GB are free" in ended.err
    assert "1 min" in ended.out
    assert "75.0% of the validation rows" in ended.out
    assert "My cats has only 3 rows." in ended.err
    base, rows, options, folder, named = asked[0]
    assert base.id == TALKER
    assert [one.name for one in rows.categories] == ["Dev", "My cats"]
    assert (options.epochs, options.rank, options.most_rows) == (3.0, 4, 30)
    assert (folder, named["resume"]) == (tmp_path / "run", False)
    ended = finetune("train", *arguments, "--json")
    assert json.loads(ended.out)["accuracy"] == 0.75


def test_a_pipeline_ends_with_a_table_and_a_verdict(
    finetune: Callable[..., Ended], asked: list[tuple[PipelineOptions, dict[str, Any]]], tmp_path: Path
) -> None:
    ended = finetune("pipeline", "--model", TALKER, "--samples", "500", "--output", tmp_path / "run", "--own")
    assert ended.code == 0, ended.err
    assert "done before" in ended.out
    assert "Refused: It stays." in ended.out
    assert f"Report: {tmp_path / 'run' / 'report.md'}" in ended.out
    assert "My cats: left out." in ended.err
    options, named = asked[0]
    assert (options.base, options.own, options.deploy) == (TALKER, True, True)
    assert options.dataset.samples == 500
    assert options.quantisations == PipelineOptions().quantisations
    assert named["fresh"] is False


def test_a_pipeline_without_a_terminal_prints_one_json_document(
    finetune: Callable[..., Ended], asked: list[tuple[PipelineOptions, dict[str, Any]]], tmp_path: Path
) -> None:
    ended = finetune(
        "pipeline", "--output", tmp_path / "run", "--fresh", "--skip-deploy", "--quantize", "q8_0", "--json"
    )
    found = json.loads(ended.out)
    assert (found["state"], found["folder"]) == ("refused", str(tmp_path / "run"))
    assert [step["name"] for step in found["steps"]] == ["dataset", "deploy"]
    options, named = asked[0]
    assert (options.deploy, options.own, options.quantisations) == (False, False, ("q8_0",))
    assert named["fresh"] is True


def test_a_step_that_fails_ends_with_1_and_its_fix(
    finetune: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> PipelineResult:
        message = "There was not enough memory for the training."
        raise ModelUnavailable(message, fix="Use a smaller --batch-size.")

    monkeypatch.setattr(pipeline_run, "run_pipeline", fail)
    ended = finetune("pipeline", "--output", tmp_path / "run")
    assert ended.code == 1
    assert "not enough memory" in ended.err
    assert "--batch-size" in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt cannot be sent to oneself alone there")
def test_an_interrupt_that_ends_a_process_early_is_no_failure() -> None:
    def work(cancelled: threading.Event) -> None:
        signal.raise_signal(signal.SIGINT)
        assert cancelled.wait(20.0)
        raise WorkerDied("The training stopped (signal 2).")

    with pytest.raises(Cancelled) as caught:
        wait_patiently(work, "Go on with: --resume")
    assert caught.value.fix == "Go on with: --resume"

    def fail(_: threading.Event) -> None:
        raise WorkerDied("The training stopped (signal 9).")

    with pytest.raises(WorkerDied):
        wait_patiently(fail, "Go on with: --resume")


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt cannot be sent to oneself alone there")
def test_an_interrupt_lets_the_work_come_to_a_stop_and_says_how_it_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept: list[str] = []

    def work(cancelled: threading.Event) -> None:
        signal.raise_signal(signal.SIGINT)
        assert cancelled.wait(20.0)
        kept.append("checkpoint")
        message = "It was stopped."
        raise Cancelled(message)

    with pytest.raises(Cancelled) as caught:
        wait_patiently(work, lambda: "Go on with: --resume")
    assert kept == ["checkpoint"]
    assert caught.value.fix == "Go on with: --resume"
    assert "what is done is kept" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no groups of processes like these")
def test_ctrl_c_reaches_every_process_and_the_training_still_ends_in_order(
    home: Paths, data: Path, tmp_path: Path
) -> None:
    install_talker(ModelStore(home.models))
    folder = tmp_path / "run"
    # Many epochs: it would not come to its end by itself.
    command = ["train", "--model", TALKER, "--output", folder, "--train-data", data / "train.jsonl"]
    process = subprocess.Popen(
        [sys.executable, "-m", "host.cli", "finetune", *map(str, command), "--epochs", "100"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        wait_until((folder / "training.json").exists, "the training has begun", 60.0)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 1
    assert "Stopping; what is done is kept." in said
    assert f"--resume --output {folder}" in said
    assert "Traceback" not in said
    assert json.loads((folder / "training.json").read_text(encoding="utf-8"))["finished"] is False
