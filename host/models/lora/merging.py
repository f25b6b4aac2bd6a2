"""Writes a base model with an adapter's changes in its own weights."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from host.core.errors import InvalidInput
from host.models.lora.gguf_tensors import BaseFile
from host.models.lora.peft_folder import read_peft_folder
from host.models.lora.whole_files import check_room, tell_short_writes, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from gguf import GGUFWriter, ReaderTensor
    from numpy.typing import NDArray

    from host.models.lora.gguf_tensors import TensorChange

# llama.cpp's number for files of half precision.
_MOSTLY_F16 = 1
# Values that are computed with at a time: 64 MB of them.
_BLOCK = 1 << 24
# What the writer says itself, and what is not true of the merged model any more.
_OWN_KEYS = ("general.architecture", "general.file_type", "general.quantization_version", "general.alignment")
_OWN_PREFIXES = ("GGUF.", "split.", "quantize.")
# Small tables that llama.cpp wants in full precision.
_FULL = ("_norm.weight", ".ffn_gate_inp.weight")


def merge_adapter(
    base_gguf: Path,
    adapter_folder: Path,
    target: Path,
    on_share: Callable[[float], None] = lambda _share: None,
) -> None:
    """Write a model in half precision whose weights hold an adapter's changes.

    Everything else the base model's file says stays: its settings, its vocabulary, its chat template. One
    tensor at a time is in memory, and of a quantised one only the half-precision form at once.

    Args:
        base_gguf: the model.
        adapter_folder: as peft has written it.
        target: the file to write.
        on_share: told how much is done, 0 to 1; what it raises ends the writing.

    Raises:
        InvalidInput: the adapter or the model cannot be used, or they do not belong together.
        DiskFull, ModelUnavailable: the file cannot be written.
    """
    base = BaseFile(base_gguf)
    changes = {change.name: change for change in base.place_changes(read_peft_folder(adapter_folder))}
    tensors = base.reader.tensors
    sizes = [_count_bytes(tensor) for tensor in tensors]
    check_room(target.parent, sum(sizes))
    with (
        write_whole(target) as part,
        closing(_open_writer(part, base)) as writer,
        tell_short_writes(),
    ):
        for tensor, size in zip(tensors, sizes, strict=True):
            kind = np.dtype(np.float16) if _is_halved(tensor) else tensor.data.dtype
            shape = _shape(tensor) if _is_halved(tensor) else tensor.data.shape
            raw = None if _is_halved(tensor) else tensor.tensor_type
            writer.add_tensor_info(tensor.name, shape, kind, size, raw)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        done = 0
        for tensor, size in zip(tensors, sizes, strict=True):
            writer.write_tensor_data(_make(tensor, changes.get(tensor.name)))
            done += size
            on_share(done / sum(sizes))


def _open_writer(part: Path, base: BaseFile) -> GGUFWriter:
    from gguf import GGUFValueType, GGUFWriter

    writer = GGUFWriter(part, base.architecture)
    writer.add_file_type(_MOSTLY_F16)
    for key, field in base.reader.fields.items():
        if key in _OWN_KEYS or key.startswith(_OWN_PREFIXES):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, inner)
    return writer


def _is_halved(tensor: ReaderTensor) -> bool:
    """Whether a tensor is written in half precision; lists and small tables stay as they are."""
    return len(tensor.shape) > 1 and not tensor.name.endswith(_FULL)


def _shape(tensor: ReaderTensor) -> tuple[int, ...]:
    return tuple(int(size) for size in reversed(tensor.shape))


def _count_bytes(tensor: ReaderTensor) -> int:
    return int(tensor.n_elements) * 2 if _is_halved(tensor) else int(tensor.n_bytes)


def _make(tensor: ReaderTensor, change: TensorChange | None) -> NDArray[Any]:
    """A tensor with its change, in the form in which it is written."""
    if not _is_halved(tensor):
        whole: NDArray[Any] = tensor.data
        return whole
    from gguf.quants import dequantize

    made = np.empty(_shape(tensor), np.float16)
    step = max(1, _BLOCK // int(np.prod(made.shape[1:])))
    for begin in range(0, len(made), step):
        try:
            part: NDArray[np.float32] = dequantize(tensor.data[begin : begin + step], tensor.tensor_type)
        except NotImplementedError as error:
            raise InvalidInput(
                f"The base model is quantised in a way that cannot be undone ({tensor.tensor_type.name}).",
                fix="Name another quantisation of the same model (--base), or use the adapter: --adapter",
            ) from error
        if change is not None:
            part = part + change.scaling * (change.up[begin : begin + step] @ change.down)
        if not np.abs(part).max(initial=0.0) <= np.finfo(np.float16).max:
            raise InvalidInput(
                f"Merged, the model has values too large for half precision ({tensor.name}).",
                fix="Use the adapter beside the model: --adapter",
            )
        made[begin : begin + step] = part
    return made
