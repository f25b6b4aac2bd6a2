from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import InvalidInput
from host.finetune import product_steps
from host.finetune.category_file import read_builtin_categories
from host.finetune.own_data import OwnData
from host.finetune.pipeline_options import PipelineOptions
from host.finetune.product_steps import DATASET, DEPLOY, TRAIN, ProductSteps
from host.finetune.rows import Row
from host.models.lora.options import TrainOptions
from tests.finetune.training_folders import TALKER

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
    steps = {step.name: step for step in ProductSteps(options, store).make()}
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


def test_who_only_wants_to_measure_deploys_nothing(talker: ModelStore) -> None:
    names = [step.name for step in ProductSteps(replace(OPTIONS, deploy=False), talker).make()]
    assert DEPLOY not in names
    assert DEPLOY in [step.name for step in ProductSteps(OPTIONS, talker).make()]


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
