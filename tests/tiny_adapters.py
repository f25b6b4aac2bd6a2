"""LoRA adapters for the tiny language models, and the same change written into the model itself."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import gguf
import numpy as np

from tests.tiny_language_models import EMBEDDING, LAYERS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RANK = 4
ALPHA = 8.0


def write_adapter(path: Path, *, architecture: str = "llama", width: int = EMBEDDING, seed: int = 3) -> None:
    """Write an adapter that changes how each layer mixes what attention has found.

    Args:
        path: the GGUF file.
        architecture: what it says that it was made for.
        width: of the model; another than `EMBEDDING` fits no model of the tests.
        seed: the same seed gives the same bytes.
    """
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", ALPHA)
    for layer, (down, up) in enumerate(_make_parts(width, seed)):
        writer.add_tensor(f"blk.{layer}.attn_output.weight.lora_a", down)
        writer.add_tensor(f"blk.{layer}.attn_output.weight.lora_b", up)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def merge_adapter(model: Path, target: Path, *, seed: int = 3) -> None:
    """Write a model that has the adapter's change in its own weights."""
    shutil.copyfile(model, target)
    reader = gguf.GGUFReader(target, mode="r+")
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    for layer, (down, up) in enumerate(_make_parts(EMBEDDING, seed)):
        tensors[f"blk.{layer}.attn_output.weight"].data[:] += (up @ down) * (ALPHA / RANK)
    reader.data.flush()


def _make_parts(width: int, seed: int) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """For each layer the matrices A, shape (rank, width), and B, shape (width, rank)."""
    dice = np.random.default_rng(seed)

    def make(*shape: int) -> NDArray[np.float32]:
        return dice.normal(0.0, 0.3, shape).astype(np.float32)

    return [(make(RANK, width), make(width, RANK)) for _ in range(LAYERS)]
