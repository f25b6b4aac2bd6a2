"""Writes an adapter as the GGUF file that llama.cpp puts on its base model."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Literal

import numpy as np

from host.core.errors import InvalidInput
from host.models.lora.gguf_tensors import BaseFile
from host.models.lora.peft_folder import read_peft_folder
from host.models.lora.whole_files import check_room, tell_short_writes, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from host.models.lora.gguf_tensors import TensorChange

Precision = Literal["f16", "f32"]
_TYPES: dict[str, type[np.float16 | np.float32]] = {"f16": np.float16, "f32": np.float32}


def write_adapter(adapter_folder: Path, base_gguf: Path, target: Path, precision: Precision = "f16") -> None:
    """Write an adapter of peft's as a GGUF file.

    Args:
        adapter_folder: as peft has written it.
        base_gguf: the model that it changes.
        target: the file to write.
        precision: of its values.

    Raises:
        InvalidInput: the adapter or the model cannot be used, or they do not belong together.
        DiskFull, ModelUnavailable: the file cannot be written.
    """
    base = BaseFile(base_gguf)
    changes = base.place_changes(read_peft_folder(adapter_folder))
    check_room(target.parent, sum(change.down.nbytes + change.up.nbytes for change in changes))
    with write_whole(target) as part:
        _write(part, base, changes, precision)


def _write(part: Path, base: BaseFile, changes: list[TensorChange], precision: Precision) -> None:
    from gguf import GGUFType, GGUFWriter, Keys

    # llama.cpp multiplies by alpha / rank, with one alpha for all. What a tensor has beside that goes into B.
    alpha = changes[0].scaling * changes[0].down.shape[0]
    with closing(GGUFWriter(part, base.architecture)) as writer, tell_short_writes():
        writer.add_type(GGUFType.ADAPTER)
        name = base.reader.fields.get("general.name")
        if name is not None:
            writer.add_name(f"{name.contents()}, adapted")
        writer.add_string(Keys.Adapter.TYPE, "lora")
        writer.add_float32(Keys.Adapter.LORA_ALPHA, alpha)
        for change in changes:
            beside = change.scaling * change.down.shape[0] / alpha
            up = change.up if abs(beside - 1.0) < 1e-6 else change.up * np.float32(beside)
            writer.add_tensor(f"{change.name}.lora_a", _round(change.down, precision, change.name))
            writer.add_tensor(f"{change.name}.lora_b", _round(up, precision, change.name))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def _round(
    matrix: NDArray[np.float32], precision: Precision, name: str
) -> NDArray[np.float16] | NDArray[np.float32]:
    if precision == "f16" and np.abs(matrix).max(initial=0.0) > np.finfo(np.float16).max:
        raise InvalidInput(
            f"The adapter holds values too large for half precision ({name}).",
            fix="Train again with a lower learning rate.",
        )
    return np.ascontiguousarray(matrix.astype(_TYPES[precision]))
