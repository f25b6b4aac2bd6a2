"""Puts a LoRA adapter on a model that llama.cpp has loaded.

An adapter that cannot be used leaves the model as it is, which then answers alone.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.models.gguf_header import read_gguf_header

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The bytes of no adapter that anybody makes for a model that runs here.
_LARGEST = 4 * 1024**3


@dataclass(frozen=True)
class Adapter:
    """An adapter that was asked for.

    Attributes:
        handle: llama.cpp's own, which lives as long as its model; None when it cannot be used.
        failure: why not; empty when it can.
    """

    handle: Any = None
    failure: str = ""


def check_adapter(file: Path, architecture: str) -> None:
    """Make sure that a file is an adapter for models of an architecture, by what it says of itself.

    llama.cpp ends the process at some values that it does not expect, so they are looked at before.

    Args:
        file: GGUF.
        architecture: `general.architecture` of the model.

    Raises:
        InvalidInput: it is not, and why.
    """
    try:
        with file.open("rb") as stream:
            header = read_gguf_header(stream)
        size = file.stat().st_size
    except OSError as error:
        raise InvalidInput(f"The adapter cannot be read ({type(error).__name__}).") from error
    if size > _LARGEST:
        raise InvalidInput("The adapter is too large to be one.")
    if header.get("general.type") != "adapter" or header.get("adapter.type") != "lora":
        raise InvalidInput("The file is not a LoRA adapter.", fix="Give the GGUF file of an adapter.")
    if header.get("general.architecture") != architecture:
        raise InvalidInput(
            f"The adapter was made for a model of the kind {header.get('general.architecture')!s:.40};"
            f" this one is of the kind {architecture:.40}."
        )
    if not isinstance(header.get("adapter.lora.alpha"), float):
        raise InvalidInput("The adapter does not say how strong it is (adapter.lora.alpha).")


def load_adapter(model: Any, file: Path | None, metadata: Mapping[str, object]) -> Adapter:
    """Load an adapter for a model; before the model's context is made, which has room for it then.

    Args:
        model: llama.cpp's handle.
        file: of the adapter, or None.
        metadata: of the model's file.
    """
    import llama_cpp

    if file is None:
        return Adapter()
    try:
        check_adapter(file, str(metadata.get("general.architecture", "")))
    except InvalidInput as error:
        return Adapter(failure=error.message)
    handle = llama_cpp.llama_adapter_lora_init(model, str(file).encode("utf-8"))
    if not handle:
        return Adapter(failure="The adapter is damaged, or was made for another model.")
    return Adapter(handle)


def put_on(context: Any, adapter: Adapter) -> Adapter:
    """Have everything that a context computes go through the adapter; what came of it."""
    import llama_cpp

    if adapter.handle is None:
        return adapter
    handles = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(adapter.handle)
    if llama_cpp.llama_set_adapters_lora(context, handles, 1, (ctypes.c_float * 1)(1.0)):
        return Adapter(failure="llama.cpp does not take the adapter.")
    return adapter
