"""Loads a GGUF file with llama.cpp: on the accelerator as far as it has room, else on the processor."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from host.core.errors import Cancelled, ModelUnavailable
from host.models.gguf_header import read_gguf_header
from host.models.llama_abort import AbortFlag
from host.models.llama_adapter import load_adapter, put_on
from host.models.llama_log import take_log
from host.models.llama_room import (
    OVERHEAD,
    SHORTEST_CONTEXT,
    choose_context,
    count_context_bytes,
    plan_offload,
    read_device,
    read_offload,
)
from host.models.memory import check_memory, find_available

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

# Tokens that are computed together. More gain nothing on a processor.
BATCH = 512
# Rows of the vocabulary that are kept at a time; each costs memory in every computation.
OUTPUTS = 64
# Conversations whose beginnings are kept apart, and those that score labels side by side. Classification
# has a prompt or two for each of its categories.
SLOTS = 32
BRANCHES = 16
_FLASH_ATTENTION = 1
_HARDWARE_ACCELERATORS = (1, 2)


@dataclass(frozen=True)
class LoadOptions:
    """What is asked of a load.

    Attributes:
        name: of the model, for messages.
        context: tokens that were asked for, or None.
        threads: to compute with.
        memory: bytes that its registry says it needs.
        offload: whether an accelerator may be used.
        flash_attention: the faster form of attention.
        adapter: file of a LoRA adapter that everything is computed through.
    """

    name: str
    context: int | None = None
    threads: int = 1
    memory: int = 0
    offload: bool = True
    flash_attention: bool = True
    adapter: Path | None = None


@dataclass(frozen=True)
class LoadFacts:
    """What came of a load; see `host.models.language_answers.LanguageFacts`."""

    device: str
    layers_on_device: int
    layers: int
    context: int
    threads: int
    quantisation: str
    file_size: int
    load_s: float
    adapter: bool = False
    adapter_failure: str = ""


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory with its context: llama.cpp's own handles.

    Attributes:
        slots: sequences for conversations; those behind them are for branches.
        partial: whether the end of a sequence can be taken back (not so in recurrent models).
    """

    model: Any
    context: Any
    vocabulary: Any
    metadata: Mapping[str, str]
    facts: LoadFacts
    abort: AbortFlag
    slots: int
    branches: int
    partial: bool

    def close(self) -> None:
        """Free it."""
        import llama_cpp

        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)


def load_llama(
    file: Path,
    options: LoadOptions,
    on_share: Callable[[float], None] = lambda _share: None,
    wanted: Callable[[], bool] = lambda: True,
) -> LoadedModel:
    """Load a model and try a computation.

    Args:
        file: GGUF.
        options: what is asked.
        on_share: told how much is loaded, 0 to 1.
        wanted: looked at while loading; the load ends when it says no.

    Raises:
        ModelUnavailable: it does not fit, or llama.cpp refuses the file.
        InvalidInput: the file is no GGUF file.
        Cancelled: `wanted` said no.
    """
    import llama_cpp

    began = time.perf_counter()
    log = take_log()
    llama_cpp.llama_backend_init()
    with file.open("rb") as stream:
        header = read_gguf_header(stream)
    size = file.stat().st_size
    bytes_a_token = count_context_bytes(header)
    architecture = str(header.get("general.architecture", ""))
    layers = int(header.get(f"{architecture}.block_count", 0)) + 1
    free_on_device = find_device_memory() if options.offload else 0
    needed_there = size + bytes_a_token * min(options.context or SHORTEST_CONTEXT * 4, 8192)
    for on_device in plan_offload(layers, needed_there, free_on_device):
        if on_device == 0:
            needed = size + bytes_a_token * SHORTEST_CONTEXT + OVERHEAD
            check_memory(options.name, max(needed, options.memory))
        log.lines.clear()
        loaded = _try_load(file, options, on_device, bytes_a_token, on_share, wanted)
        if loaded is not None:
            actual, of = read_offload(log.lines)
            facts = replace(
                loaded.facts,
                device=read_device(log.lines, actual),
                layers_on_device=actual,
                layers=of or layers,
                file_size=size,
                load_s=time.perf_counter() - began,
            )
            return replace(loaded, facts=facts)
    raise ModelUnavailable(
        f"llama.cpp cannot load {options.name}.",
        fix="The file may be damaged, or newer than this llama.cpp."
        f" Check it: classify model verify {options.name}",
    )


def find_device_memory() -> int:
    """Bytes that are free on the accelerators that this llama.cpp was built for; 0 without one."""
    import llama_cpp

    if not llama_cpp.llama_supports_gpu_offload():
        return 0
    from llama_cpp._ggml import libggml

    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_memory.argtypes = [
        ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t), ctypes.POINTER(ctypes.c_size_t)
    ]  # fmt: skip
    libggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    best = 0
    for number in range(libggml.ggml_backend_dev_count()):
        device = libggml.ggml_backend_dev_get(number)
        if libggml.ggml_backend_dev_type(device) in _HARDWARE_ACCELERATORS:
            libggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
            best = max(best, free.value)
    return best


def _try_load(
    file: Path,
    options: LoadOptions,
    on_device: int,
    bytes_a_token: int,
    on_share: Callable[[float], None],
    wanted: Callable[[], bool],
) -> LoadedModel | None:
    """The model with so many layers on the accelerator, or None when that fails."""
    import llama_cpp

    stopped = False

    def report(share: float, _: object) -> bool:
        nonlocal stopped
        stopped = not wanted()
        on_share(float(share))
        return not stopped

    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = on_device
    # llama.cpp keeps no reference of its own.
    params.progress_callback = callback = llama_cpp.llama_progress_callback(report)
    model = llama_cpp.llama_model_load_from_file(str(file).encode("utf-8"), params)
    del callback
    if stopped:
        if model:
            llama_cpp.llama_model_free(model)
        raise Cancelled(f"{options.name} is not wanted any more.")
    if not model:
        return None
    adapter = load_adapter(model, options.adapter, _read_metadata(model))
    loaded = _make_context(model, options, on_device, bytes_a_token)
    if loaded is None:
        llama_cpp.llama_model_free(model)
        return None
    adapter = put_on(loaded.context, adapter)
    return replace(
        loaded,
        facts=replace(loaded.facts, adapter=adapter.handle is not None, adapter_failure=adapter.failure),
    )


def _make_context(model: Any, options: LoadOptions, on_device: int, bytes_a_token: int) -> LoadedModel | None:
    import llama_cpp

    limit = int(llama_cpp.llama_model_n_ctx_train(model)) or SHORTEST_CONTEXT
    free = find_device_memory() if on_device else find_available()
    recurrent = bool(llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model))
    # Each sequence of a recurrent model has a state of its own, whether it is used or not.
    slots, branches = (2, 2) if recurrent else (SLOTS, BRANCHES)
    abort = AbortFlag()
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = choose_context(options.context, limit, bytes_a_token, free)
    params.n_batch = params.n_ubatch = BATCH
    params.n_outputs_max = OUTPUTS
    params.n_seq_max = slots + branches
    params.kv_unified = True
    params.n_threads = params.n_threads_batch = options.threads
    params.flash_attn_type = _FLASH_ATTENTION if options.flash_attention else 0
    params.no_perf = True
    params.abort_callback, params.abort_callback_data = abort.callback, abort.data
    context = llama_cpp.llama_init_from_model(model, params)
    if not context:
        return None
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    name = llama_cpp.llama_ftype_name(llama_cpp.llama_model_ftype(model)) or b""
    facts = LoadFacts(
        device="cpu",
        layers_on_device=0,
        layers=0,
        context=int(llama_cpp.llama_n_ctx(context)),
        threads=options.threads,
        quantisation=name.decode("utf-8", "replace"),
        file_size=0,
        load_s=0.0,
    )
    return LoadedModel(
        model=model,
        context=context,
        vocabulary=vocabulary,
        metadata=_read_metadata(model),
        facts=facts,
        abort=abort,
        slots=slots,
        branches=branches,
        partial=not recurrent,
    )


def _read_metadata(model: Any) -> dict[str, str]:
    import llama_cpp

    def read(function: Any, number: int) -> str:
        size = int(function(model, number, None, 0)) + 1
        text = ctypes.create_string_buffer(max(1, size))
        function(model, number, text, size)
        return text.value.decode("utf-8", "replace")

    return {
        read(llama_cpp.llama_model_meta_key_by_index, number): read(
            llama_cpp.llama_model_meta_val_str_by_index, number
        )
        for number in range(llama_cpp.llama_model_meta_count(model))
    }
