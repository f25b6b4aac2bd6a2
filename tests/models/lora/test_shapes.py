"""How large a model is, without loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.models.lora.base import BaseModel
from host.models.lora.loading import add_adapter, load_network_model
from host.models.lora.options import TrainOptions
from host.models.lora.shapes import find_shape
from tests.tiny_language_models import EMBEDDING, LAYERS, write_language_model

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")


@pytest.mark.parametrize("family", ["smollm2", "qwen2"])
def test_the_sizes_are_those_of_the_loaded_model(tmp_path: Path, family: str) -> None:
    file = tmp_path / "tiny.gguf"
    write_language_model(file, family)
    base = BaseModel("tiny", None, file, None, "llama")
    options = TrainOptions(rank=4, gradient_checkpointing=True)
    found = find_shape(base, options)
    loaded = add_adapter(
        load_network_model(base, device="cpu", precision="float32", quantised="none"), TrainOptions(rank=4)
    )
    sizes = [(tensor.numel(), tensor.requires_grad) for tensor in loaded.parameters()]
    assert found.parameters == sum(size for size, _ in sizes)
    assert found.trained == sum(size for size, learns in sizes if learns) > 0
    assert (found.layers, found.width) == (LAYERS, EMBEDDING)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "none.gguf"
    file.write_bytes(b"GGUF nothing")
    with pytest.raises(InvalidInput, match="cannot be loaded for training") as found:
        find_shape(BaseModel("none", None, file, None, "llama"), TrainOptions())
    assert found.value.fix
