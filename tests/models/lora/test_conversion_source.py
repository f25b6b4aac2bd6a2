"""Which adapter and which base model a folder leads to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.models.lora.conversion_source import find_conversion_source
from host.models.store import ModelStore
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def training(tmp_path: Path) -> Path:
    folder = tmp_path / "training"
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "adapter_config.json").write_text("{}", encoding="utf-8")
    write_language_model(tmp_path / "base.gguf", "llama")
    write_record(folder, {"id": None, "gguf": str(tmp_path / "base.gguf"), "architecture": "llama"})
    return folder


def write_record(folder: Path, base: dict[str, object], *, finished: bool = True) -> None:
    record = {"base": base, "finished": finished}
    (folder / "training.json").write_text(json.dumps(record), encoding="utf-8")


def test_a_training_knows_its_adapter_and_its_base(training: Path, store: ModelStore, tmp_path: Path) -> None:
    found = find_conversion_source(training, None, store)
    assert (found.adapter, found.folder) == (training / "adapter", training)
    assert found.base == tmp_path / "base.gguf"
    assert found.finished
    write_record(training, {"gguf": str(tmp_path / "base.gguf")}, finished=False)
    assert not find_conversion_source(training, None, store).finished


def test_an_adapter_alone_needs_its_base_named(training: Path, store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="does not say") as caught:
        find_conversion_source(training / "adapter", None, store)
    assert "--base" in str(caught.value.fix)
    found = find_conversion_source(training / "adapter", str(tmp_path / "base.gguf"), store)
    assert (found.adapter, found.folder) == (training / "adapter", training / "adapter")


def test_a_base_that_is_gone_or_unknown_is_said(training: Path, store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        find_conversion_source(training, "no-such-model", store)
    with pytest.raises(NotFound, match="not installed"):
        find_conversion_source(training, "smollm2-135m-instruct", store)
    (tmp_path / "base.gguf").unlink()
    with pytest.raises(InvalidInput, match="not there any more"):
        find_conversion_source(training, None, store)


def test_a_base_of_another_kind_is_refused(training: Path, store: ModelStore, tmp_path: Path) -> None:
    write_language_model(tmp_path / "other.gguf", "qwen2")
    with pytest.raises(InvalidInput, match="of the kind llama"):
        find_conversion_source(training, str(tmp_path / "other.gguf"), store)
    write_record(training, {"gguf": str(tmp_path / "base.gguf"), "architecture": "mistral"})
    assert find_conversion_source(training, None, store).base.name == "base.gguf"


def test_a_folder_without_an_adapter_is_refused(tmp_path: Path, store: ModelStore) -> None:
    with pytest.raises(InvalidInput, match="no trained adapter"):
        find_conversion_source(tmp_path, None, store)
