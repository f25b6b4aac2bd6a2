"""Which models can be trained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.models.lora.base import find_base
from host.models.store import ModelStore
from tests.tiny_adapters import write_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def test_a_gguf_file_is_trained_from_itself(tmp_path: Path, store: ModelStore) -> None:
    file = tmp_path / "tiny.gguf"
    write_language_model(file, "qwen2")
    base = find_base(str(file), store)
    assert (base.gguf, base.folder, base.architecture, base.id) == (file, None, "qwen2", None)


def test_a_folder_of_safetensors_says_its_kind_itself(tmp_path: Path, store: ModelStore) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}), encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    base = find_base(str(tmp_path), store)
    assert (base.gguf, base.folder, base.architecture) == (None, tmp_path, "llama")


def test_a_folder_is_called_as_its_gguf_file_will_be(tmp_path: Path, store: ModelStore) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "phi"}), encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert find_base(str(tmp_path), store).architecture == "phi2"


@pytest.mark.parametrize(
    ("config", "weights", "said"),
    [
        (None, True, "holds no model"),
        ("{broken", True, "holds no model"),
        ("{}", False, "no safetensors"),
        ('{"model_type": "t5"}', True, "'t5', which cannot be trained"),
        ("[]", True, "which cannot be trained"),
    ],
)
def test_a_folder_that_cannot_be_trained_says_why(
    tmp_path: Path, store: ModelStore, config: str | None, weights: bool, said: str
) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config, encoding="utf-8")
    if weights:
        (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InvalidInput, match=said) as found:
        find_base(str(tmp_path), store)
    assert found.value.fix


def test_an_adapter_is_no_model_to_begin_with(tmp_path: Path, store: ModelStore) -> None:
    write_adapter(tmp_path / "adapter.gguf")
    with pytest.raises(InvalidInput, match="is an adapter already"):
        find_base(str(tmp_path / "adapter.gguf"), store)


def test_a_name_that_nobody_knows_is_told_with_what_to_do(store: ModelStore) -> None:
    with pytest.raises(NotFound, match="no-such-model") as found:
        find_base("no-such-model", store)
    assert "smollm2" in (found.value.fix or "")


def test_a_model_that_is_known_and_not_here_is_to_be_downloaded(store: ModelStore) -> None:
    with pytest.raises(NotFound, match="smollm2-360m-instruct") as found:
        find_base("smollm2-360m-instruct", store)
    assert "classify model download smollm2-360m-instruct" in (found.value.fix or "")


def test_a_file_that_is_no_model_is_told(tmp_path: Path, store: ModelStore) -> None:
    (tmp_path / "picture.gguf").write_bytes(b"GIF89a")
    with pytest.raises(InvalidInput, match="not a GGUF file"):
        find_base(str(tmp_path / "picture.gguf"), store)
