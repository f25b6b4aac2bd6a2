"""The base model as a GGUF file, and where in it an adapter's changes belong."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import InvalidInput
from host.models.gguf_header import read_gguf_header

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gguf import GGUFReader, ReaderTensor
    from numpy.typing import NDArray

    from host.models.lora.peft_folder import Change

# llama.cpp turns values that stand side by side in these, and transformers values half a head apart. So the
# rows of query and key stand in another order in the GGUF file.
PAIRED = frozenset({"llama", "granite", "smollm3"})
# Here both turn values half a head apart. Each architecture of both sets is compared with transformers by
# tests/models/lora/test_conversion_numbers.py; one that is not compared is not converted.
HALVED = frozenset({"gemma2", "phi2", "phi3", "qwen2", "qwen3", "stablelm", "starcoder2"})
_TURNED = {"attn_q": "head_count", "attn_k": "head_count_kv"}


@dataclass(frozen=True)
class TensorChange:
    """What is added to a tensor of a GGUF file: `scaling * up @ down`, in its order of rows.

    Attributes:
        name: of the tensor.
        down: float32 of shape (rank, columns).
        up: float32 of shape (rows, rank).
        scaling: a factor.
    """

    name: str
    down: NDArray[np.float32]
    up: NDArray[np.float32]
    scaling: float


class BaseFile:
    """A base model's GGUF file.

    Attributes:
        path: of the file.
        reader: of the file; its tensors are read from the disk when they are looked at.
        architecture: as in `general.architecture`.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            InvalidInput: it is missing, damaged, of an architecture that is not known here, or no model.
        """
        from gguf import GGUFReader

        self.path = path
        try:
            with path.open("rb") as stream:
                header = read_gguf_header(stream)
        except OSError as error:
            raise InvalidInput(
                f"The base model {path} cannot be read ({type(error).__name__}).",
                fix="Name an installed instruction model, or its GGUF file: --base",
            ) from error
        self.architecture = str(header.get("general.architecture", ""))
        self._check(header)
        try:
            self.reader: GGUFReader = GGUFReader(path)
        except (ValueError, IndexError, OverflowError, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"The base model {path} is damaged or cut off.", fix="Download it again."
            ) from error

    def _check(self, header: dict[str, Any]) -> None:
        if header.get("general.type", "model") != "model":
            raise InvalidInput(f"The file {self.path} is no model.", fix="Name the GGUF file of a model.")
        if self.architecture not in PAIRED | HALVED:
            raise InvalidInput(
                f"Models of the kind {self.architecture:.40} cannot be converted;"
                f" known are {', '.join(sorted(PAIRED | HALVED))}.",
                fix="Train a model of one of these kinds.",
            )
        if header.get(f"{self.architecture}.expert_count"):
            raise InvalidInput(
                "Models of several experts cannot be converted.", fix="Train a model without experts."
            )
        if int(header.get("split.count", 1)) > 1:
            raise InvalidInput(
                f"The base model {self.path} is one file of several.",
                fix="Join them with llama.cpp's llama-gguf-split --merge.",
            )

    @cached_property
    def tensors(self) -> dict[str, ReaderTensor]:
        """Every tensor by its name."""
        return {tensor.name: tensor for tensor in self.reader.tensors}

    def read_count(self, key: str, layer: int) -> int:
        """A number of the architecture, such as `attention.head_count`; some files say it for each layer."""
        field = self.reader.fields.get(f"{self.architecture}.{key}")
        value = field.contents() if field is not None else None
        if isinstance(value, list):
            value = value[layer] if layer < len(value) else None
        if not isinstance(value, int) or value < 1:
            raise InvalidInput(
                f"The base model {self.path} does not say its {key}.", fix="Download it again."
            )
        return value

    def place_changes(self, changes: Iterable[Change]) -> list[TensorChange]:
        """Where the changes of an adapter belong, and what they are there.

        Raises:
            InvalidInput: the adapter was made for another model.
        """
        from gguf import MODEL_ARCH, MODEL_ARCH_NAMES, get_tensor_name_map

        numbers: dict[str, MODEL_ARCH] = {name: number for number, name in MODEL_ARCH_NAMES.items()}
        names = get_tensor_name_map(numbers[self.architecture], self.read_count("block_count", 0))
        return [self._place(change, names.get_name(change.module)) for change in changes]

    def _place(self, change: Change, stem: str | None) -> TensorChange:
        tensor = self.tensors.get(f"{stem}.weight")
        if stem is None or tensor is None:
            raise InvalidInput(
                f"The adapter changes {change.module:.80}, which the base model {self.path.name}"
                " does not have.",
                fix="Name the model that it was trained on (--base), or train it on linear layers only.",
            )
        # GGUF names the innermost dimension first.
        columns, rows = (int(size) for size in tensor.shape[:2])
        if (change.up.shape[0], change.down.shape[1]) != (rows, columns):
            raise InvalidInput(
                f"The adapter does not fit the base model {self.path.name}: {change.module:.80} has"
                f" {change.up.shape[0]} x {change.down.shape[1]} weights there and {rows} x {columns} here.",
                fix="Name the model that it was trained on: --base",
            )
        return TensorChange(tensor.name, change.down, self._turn(stem, change.up), change.scaling)

    def _turn(self, stem: str, up: NDArray[np.float32]) -> NDArray[np.float32]:
        key = _TURNED.get(stem.rpartition(".")[2])
        if self.architecture not in PAIRED or key is None:
            return up
        if f"{self.architecture}.attention.{key}" not in self.reader.fields:
            # A file whose queries share no keys need not say so.
            key = "head_count"
        return pair_rows(up, self.read_count(f"attention.{key}", int(stem.split(".")[1])))


def pair_rows(matrix: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of query or key in the order of llama.cpp: those that are turned together stand together.

    Within a head of `d` rows, row `i` of the first half goes to `2 * i`, and row `d / 2 + i` to `2 * i + 1`.

    Args:
        matrix: shape (heads * d, any).
        heads: of the query, or those of the key, which are fewer where queries share them.
    """
    halves = matrix.reshape(heads, 2, matrix.shape[0] // heads // 2, matrix.shape[1])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(matrix.shape))
