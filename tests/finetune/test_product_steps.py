from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import InvalidInput, ModelUnavailable
from host.finetune import product_steps
from host.finetune.category_file import read_builtin_categories
from host.finetune.figures import Failure
from host.finetune.judging import decide
from host.finetune.own_data import OwnData
from host.finetune.pipeline_options import PipelineOptions
from host.finetune.product_steps import (
    DATASET,
    DEPLOY,
    EVALUATE,
    TRAIN,
    ProductSteps,
    require_measured,
)
from host.finetune.rows import Row
from host.models.lora.options import TrainOptions
from tests.finetune.made_figures import make_engine, make_measured, make_test
from tests.finetune.training_folders import TALKER, write_training

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.store import ModelStore

OPTIONS = PipelineOptions(base=TALKER)
CORRECTION = Row("My page", "https://mine.example/", "Dev", "und", "correction", "site:mine.example")


class _NoClient:
    """Stands where a connection would be; what it would be asked is answered by the test."""

    def __init__(self, **_: Any) -> None: ...

    def __enter__(self) -> _NoClient:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """What the person said of tabs."""
    rows: list[Row] = []
    own = replace(read_builtin_categories()[0], key="own-cats", name="My cats", builtin=False)

    def read(_: object) -> OwnData:
        return OwnData((*read_builtin_categories()[:-1], own, read_builtin_categories()[-1]), tuple(rows))

    monkeypatch.setattr(product_steps, "Client", _NoClient)
    monkeypatch.setattr(product_steps, "read_own_data", read)
    return rows


def find_inputs(options: PipelineOptions, store: ModelStore, name: str) -> dict[str, Any]:
    """What a step depends on."""
    steps = {step.name: step for step in ProductSteps(options, store).make(store.folder / "training")}
    return steps[name].inputs()


@pytest.mark.usefixtures("said")
def test_without_consent_nothing_that_the_person_said_is_taught(talker: ModelStore, said: list[Row]) -> None:
    before = find_inputs(OPTIONS, talker, DATASET)
    said.append(CORRECTION)
    assert find_inputs(OPTIONS, talker, DATASET) == before
    assert "My cats" not in {name for _, name, _ in before["categories"]}


def test_with_consent_a_new_correction_makes_another_dataset(talker: ModelStore, said: list[Row]) -> None:
    options = replace(OPTIONS, own=True)
    before = find_inputs(options, talker, DATASET)
    said.append(CORRECTION)
    assert find_inputs(options, talker, DATASET) != before
    assert "My cats" in {name for _, name, _ in before["categories"]}


def test_a_job_that_goes_on_keeps_its_rows_whatever_was_said_meanwhile(
    talker: ModelStore, said: list[Row]
) -> None:
    options = replace(OPTIONS, own=True, keep_rows=True)
    before = find_inputs(options, talker, DATASET)
    said.append(CORRECTION)
    assert find_inputs(options, talker, DATASET) == before


def test_another_rank_is_another_training(talker: ModelStore) -> None:
    other = replace(OPTIONS, training=TrainOptions(rank=4))
    assert find_inputs(OPTIONS, talker, TRAIN) != find_inputs(other, talker, TRAIN)


def test_who_only_wants_to_measure_deploys_nothing(talker: ModelStore, tmp_path: Path) -> None:
    names = [step.name for step in ProductSteps(replace(OPTIONS, deploy=False), talker).make(tmp_path)]
    assert DEPLOY not in names
    assert DEPLOY in [step.name for step in ProductSteps(OPTIONS, talker).make(tmp_path)]


@pytest.mark.usefixtures("said")
def test_a_category_that_would_not_be_taught_is_said_before_hours_of_work(
    talker: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enabled = ["Dev", "News", "My cats"]
    monkeypatch.setattr(product_steps, "list_enabled", lambda _: enabled)
    with pytest.raises(InvalidInput, match="your categories My cats") as caught:
        ProductSteps(OPTIONS, talker).check()
    for way in ("--own", "switch them off", "--skip-deploy"):
        assert way in str(caught.value.fix)
    # Only measured, it changes nothing that anybody has.
    ProductSteps(replace(OPTIONS, deploy=False), talker).check()
    ProductSteps(replace(OPTIONS, own=True), talker).check()
    enabled.append("Too few rows")
    with pytest.raises(InvalidInput, match=r"your categories Too few rows\."):
        ProductSteps(replace(OPTIONS, own=True), talker).check()


def test_what_is_in_use_is_not_measured_against_itself(
    talker: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_training(tmp_path / "run")
    found: dict[str, Any] = {"current": "mini", "engines": [{"name": "mini", "model": "all-minilm"}]}
    (folder / "evaluation.json").write_text(json.dumps(found), encoding="utf-8")
    used: list[str] = []
    now = ["all-minilm"]
    monkeypatch.setattr(product_steps, "Client", _NoClient)
    monkeypatch.setattr(product_steps, "find_current", lambda *_: now[0])
    monkeypatch.setattr(product_steps, "find_deployed", lambda *_: {"id": used[0]} if used else None)
    steps = {step.name: step for step in ProductSteps(OPTIONS, talker).make(folder)}
    before = steps[EVALUATE].inputs()
    # It went live, and the same command is given once more.
    used.append("1")
    now[0] = "tiny-talker-tabs-1"
    assert steps[EVALUATE].inputs() == before
    # What was deployed since then is another one.
    used.clear()
    assert steps[EVALUATE].inputs() != before


def test_when_no_form_answers_there_is_no_verdict() -> None:
    test = make_test(60)
    head = make_engine(test, "trained head", 0.5, role="head")
    failed = make_measured(head, current=head.name, failures=[Failure("adapter", "The disk is slow.")])
    with pytest.raises(ModelUnavailable, match=r"adapter: The disk is slow\."):
        require_measured(decide(test, failed, {"adapter": TALKER}), ["adapter"])
    good = make_measured(head, make_engine(test, "adapter", 0.6), current=head.name)
    require_measured(decide(test, good, {"adapter": TALKER}), ["adapter", "merged"])


def test_safetensors_need_the_name_of_their_gguf_before_anything_is_done(
    talker: ModelStore, tmp_path: Path
) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(InvalidInput, match="folder of safetensors") as caught:
        ProductSteps(PipelineOptions(base=str(folder)), talker)
    assert "--base" in str(caught.value.fix)
    assert ProductSteps(PipelineOptions(base=str(folder), gguf=TALKER), talker).base.folder == folder


def test_options_of_a_job_that_make_no_sense_are_an_error() -> None:
    with pytest.raises(InvalidInput, match="cannot be used"):
        PipelineOptions.from_json({"samples": "many"})
    found = PipelineOptions.from_json({"samples": 160, "epochs": 1, "max_samples": None, "own": True})
    assert (found.dataset.samples, found.training.epochs, found.training.most_rows) == (160, 1.0, None)
    assert found.own is True
