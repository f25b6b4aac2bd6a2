"""An adapter that is really trained, in its own process, on a model of some hundred kilobytes."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from host.core.errors import Cancelled, InvalidInput
from host.models.language import Message
from host.models.lora.base import BaseModel
from host.models.lora.options import TrainOptions
from host.models.lora.trainer import Teaching, Trained, train_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("python code", "election results", "rain tomorrow")
LABELS = ("Dev", "News", "Other")
OPTIONS = TrainOptions(
    epochs=6,
    rank=4,
    dropout=0.0,
    learning_rate=2e-2,
    batch_size=8,
    validations=1,
    patience=99,
    device="cpu",
    precision="float32",
)


def make_teaching(repeats: int = 8) -> Teaching:
    rows = tuple((text, label) for label, text in enumerate(KINDS))
    head = (Message("system", "Sort."), Message("user", ""))
    return Teaching(head, LABELS, rows * repeats, rows)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    file = tmp_path_factory.mktemp("base") / "tiny.gguf"
    write_language_model(file, "smollm2")
    return BaseModel("tiny", None, file, None, "llama")


@pytest.fixture(scope="module")
def whole(
    base: BaseModel, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Trained, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("whole")
    told: list[dict[str, Any]] = []
    return folder, train_adapter(base, make_teaching(), OPTIONS, folder, on_progress=told.append), told


def read_adapter(folder: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return dict(load_file(folder / "adapter" / "adapter_model.safetensors"))


def test_what_was_taught_is_answered(whole: tuple[Path, Trained, list[dict[str, Any]]]) -> None:
    folder, trained, _ = whole
    assert trained.scores.argmax(axis=1).tolist() == [0, 1, 2]
    assert np.exp(trained.scores).sum(axis=1) == pytest.approx(np.ones(3))
    config = json.loads((folder / "adapter" / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["r"], config["lora_alpha"], config["peft_type"]) == (4, OPTIONS.alpha, "LORA")
    assert not list(folder.glob("*.part"))


def test_a_training_says_how_far_it_is_and_what_it_takes(
    whole: tuple[Path, Trained, list[dict[str, Any]]],
) -> None:
    _, trained, told = whole
    stages = [value["stage"] for value in told]
    assert [stage for at, stage in enumerate(stages) if stage not in stages[:at]] == [
        "loading",
        "training",
        "validating",
        "testing",
    ]
    steps = [value for value in told if value["stage"] == "training"]
    assert [value["step"] for value in steps] == list(range(1, steps[-1]["steps"] + 1))
    assert steps[-1]["loss"] < steps[0]["loss"]
    assert steps[-1]["remaining_s"] == 0
    facts = trained.facts
    assert facts["device"] == "cpu"
    assert facts["precision"] == "float32"
    assert 0 < facts["memory"]["peak"] < facts["memory"]["estimated"] * 2
    losses = [look["val_loss"] for look in facts["history"]]
    assert facts["best_step"] == facts["history"][losses.index(min(losses))]["step"]


@pytest.fixture(scope="module")
def stopped(base: BaseModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training that was stopped in the middle."""
    folder, stop = tmp_path_factory.mktemp("stopped"), threading.Event()

    def watch(value: dict[str, Any]) -> None:
        if value.get("step") == 5:
            stop.set()

    with pytest.raises(Cancelled):
        train_adapter(base, make_teaching(), OPTIONS, folder, on_progress=watch, cancelled=stop)
    assert not (folder / "adapter").exists()
    return folder


def test_a_training_that_was_stopped_ends_where_one_in_one_go_does(
    base: BaseModel,
    whole: tuple[Path, Trained, list[dict[str, Any]]],
    stopped: Path,
    tmp_path: Path,
) -> None:
    shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)
    told: list[dict[str, Any]] = []
    trained = train_adapter(base, make_teaching(), OPTIONS, tmp_path, resume=True, on_progress=told.append)
    first = next(value["step"] for value in told if value["stage"] == "training")
    assert first > 1
    folder, in_one_go, _ = whole
    assert trained.scores == pytest.approx(in_one_go.scores, abs=1e-4)
    for name, weights in read_adapter(folder).items():
        assert read_adapter(tmp_path)[name] == pytest.approx(weights, abs=1e-5)
    assert not (tmp_path / "checkpoints").exists()


def test_the_state_of_another_training_is_not_gone_on_with(
    base: BaseModel, stopped: Path, tmp_path: Path
) -> None:
    shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)
    teaching = make_teaching()
    other = replace(teaching, lessons=(("other words", 0), *teaching.lessons[1:]))
    with pytest.raises(InvalidInput, match="another training") as found:
        train_adapter(base, other, OPTIONS, tmp_path, resume=True)
    assert "--resume" in (found.value.fix or "")
    with pytest.raises(InvalidInput, match="another training"):
        train_adapter(base, teaching, replace(OPTIONS, rank=8), tmp_path, resume=True)
    (tmp_path / "checkpoints" / "newest.pt").write_bytes(b"half a file")
    with pytest.raises(InvalidInput, match="is damaged"):
        train_adapter(base, teaching, OPTIONS, tmp_path, resume=True)


def test_what_would_not_fit_is_refused_before_it_is_loaded(base: BaseModel, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    with pytest.raises(InvalidInput, match=r"takes about .* GB") as found:
        train_adapter(
            base, make_teaching(), replace(OPTIONS, batch_size=10**8), tmp_path, on_progress=told.append
        )
    assert "--batch-size" in (found.value.fix or "")
    memory = next(value["memory"] for value in told if "memory" in value)
    assert memory["estimated"] > memory["available"]
    assert "training" not in [value["stage"] for value in told]


def test_a_model_that_does_not_fit_its_description_is_told(base: BaseModel, tmp_path: Path) -> None:
    assert base.gguf is not None
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(base.gguf.read_bytes()[:-20_000])
    with pytest.raises(Exception, match=r"cannot load|cannot be loaded|damaged") as found:
        train_adapter(replace(base, gguf=broken), make_teaching(), OPTIONS, tmp_path)
    assert not isinstance(found.value, AssertionError)


def test_nothing_is_trained_without_rows(base: BaseModel, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nothing to train"):
        train_adapter(base, replace(make_teaching(), examined=()), OPTIONS, tmp_path)


def test_half_precision_and_checkpoints_of_gradients_learn_too(base: BaseModel, tmp_path: Path) -> None:
    options = replace(OPTIONS, precision="bfloat16", gradient_checkpointing=True)
    from host.models.lora.devices import run_trial

    if run_trial("cpu", "bfloat16") is None:
        options = replace(options, precision="float32")
    trained = train_adapter(base, make_teaching(), options, tmp_path, merge=True)
    assert trained.scores.argmax(axis=1).tolist() == [0, 1, 2]
    assert (tmp_path / "merged" / "model.safetensors").is_file()
