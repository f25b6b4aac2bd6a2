"""The real steps, with a model of a few hundred kilobytes."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled, InvalidInput, ModelUnavailable, NotFound
from host.evaluation.bench.home import stop_daemon
from host.finetune import extra
from host.finetune.dataset import DatasetOptions
from host.finetune.pipeline_options import PipelineOptions
from host.finetune.pipeline_run import run_pipeline
from host.models.lora.options import TrainOptions
from tests.finetune.training_folders import TALKER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from host.core.paths import Paths
    from host.finetune.pipeline import PipelineProgress
    from host.models.store import ModelStore

ROWS = "".join(
    json.dumps({"title": f"Number {number}", "url": f"https://{number}.example/", "category": name}) + "\n"
    for number, name in enumerate(["Dev", "News", "Shopping", None] * 6)
)


@pytest.fixture
def running(home: Paths, talker: ModelStore) -> Iterator[Paths]:
    """A home with one tiny model; its daemon is gone in the end."""
    assert talker.folder == home.models
    yield home
    stop_daemon(home)


@pytest.fixture
def options(tmp_path: Path) -> PipelineOptions:
    """Little of everything."""
    test_data = tmp_path / "test.jsonl"
    test_data.write_text(ROWS, encoding="utf-8")
    return PipelineOptions(
        base=TALKER,
        dataset=DatasetOptions(samples=160),
        training=TrainOptions(
            epochs=2, rank=2, batch_size=4, validations=2, most_rows=16, device="cpu", precision="float32"
        ),
        quantisations=("q8_0",),
        test_data=test_data,
        benchmark=False,
        plots=False,
    )


# The daemons are ended over the wire, so nobody waits for their processes.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_stopped_pipeline_goes_on_to_a_decision_and_nothing_is_done_twice(
    running: Paths, options: PipelineOptions, tmp_path: Path
) -> None:
    folder, stop = tmp_path / "training", threading.Event()
    seen: list[PipelineProgress] = []

    def watch(value: PipelineProgress) -> None:
        seen.append(value)
        if value.current.stage == "training":
            stop.set()

    with pytest.raises(Cancelled):
        run_pipeline(options, folder, on_progress=watch, cancelled=stop)
    assert any("memory" in value.current.facts for value in seen)
    assert json.loads((folder / "training.json").read_text(encoding="utf-8"))["finished"] is False

    seen.clear()
    result = run_pipeline(options, folder, on_progress=seen.append)
    assert [step.name for step in result.steps] == ["dataset", "train", "convert", "evaluate", "deploy"]
    assert [step.skipped for step in result.steps] == [True, False, False, False, False]
    assert any(value.current.facts.get("resumed") is True for value in seen)
    # Without a measured speed nothing goes live.
    assert result.state == "refused"
    assert result.report.read_text(encoding="utf-8").strip()
    assert {file.name for file in (folder / "gguf").iterdir()} == {"adapter-f16.gguf", "merged-q8_0.gguf"}
    record = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    assert record["finished"] is True
    assert record["rows"] == 16
    assert len(record["samples"]) == 10
    assert {sample["answer"] for sample in record["samples"]} <= {*record["categories"], "Other"}

    again = run_pipeline(options, folder)
    assert [step.skipped for step in again.steps] == [True] * 5
    assert (again.state, again.text) == (result.state, result.text)


@pytest.mark.usefixtures("running")
def test_a_model_that_is_not_there_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no model named nobody"):
        run_pipeline(PipelineOptions(base="nobody"), tmp_path / "training")
    assert not (tmp_path / "training").exists()


@pytest.mark.usefixtures("running")
def test_missing_packages_are_named_with_the_command_that_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name in {"peft", "gguf"} else name)
    with pytest.raises(ModelUnavailable, match=r"not installed: gguf, peft\.") as caught:
        run_pipeline(PipelineOptions(base=TALKER), tmp_path / "training")
    assert caught.value.fix == "Run: python3 -m host.install --extra finetune"


@pytest.mark.usefixtures("running")
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear Ann", encoding="utf-8")
    with pytest.raises(InvalidInput, match="holds something else"):
        run_pipeline(PipelineOptions(base=TALKER), folder)
    assert [file.name for file in folder.iterdir()] == ["letter.txt"]
