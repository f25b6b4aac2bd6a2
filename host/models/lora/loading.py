"""Loads a model with torch and puts a new adapter on it."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from host.models.lora.base import BaseModel
    from host.models.lora.options import TrainOptions

_NO_EXTRA = "Run: python3 -m host.install --extra finetune"


def list_devices() -> list[str]:
    """The devices that torch finds here, the best first."""
    import torch

    found = ["cpu"]
    if torch.backends.mps.is_available():
        found.insert(0, "mps")
    if torch.cuda.is_available():
        found.insert(0, "cuda")
    return found


def check_quantised(base: BaseModel, devices: Sequence[str], quantised: str) -> None:
    """Make sure that a model can be trained in few bits here, if that is asked for.

    Args:
        base: which model.
        devices: that it may compute on.
        quantised: "none", "4bit" or "8bit".

    Raises:
        InvalidInput: it cannot.
    """
    if quantised == "none":
        return
    if "cuda" not in devices:
        raise InvalidInput(
            "Training in 4 or 8 bits needs an NVIDIA card.", fix="Leave out --use-4bit and --use-8bit."
        )
    if base.gguf is not None:
        raise InvalidInput(
            "A GGUF file cannot be trained in 4 or 8 bits.",
            fix="Give a folder with safetensors, or leave out --use-4bit and --use-8bit.",
        )


def load_network_model(base: BaseModel, *, device: str, precision: str, quantised: str) -> Any:
    """The model's weights, ready to be trained beside.

    Args:
        base: which model.
        device: where it computes.
        precision: with which numbers.
        quantised: "none", "4bit" or "8bit".

    Raises:
        InvalidInput: such a model cannot be loaded so.
        ModelUnavailable: what is needed for it is missing.
    """
    import torch
    from transformers import AutoModelForCausalLM, logging

    logging.disable_progress_bar()
    check_quantised(base, [device], quantised)
    options: dict[str, Any] = {
        "dtype": getattr(torch, precision),
        # Of short texts the plain form of attention is the fastest on a processor, by half.
        "attn_implementation": "eager" if device == "cpu" else "sdpa",
        "local_files_only": True,
    }
    if quantised != "none":
        options["quantization_config"] = _describe_quantisation(quantised, precision)
        options["device_map"] = device
    folder, file = place_of(base)
    if file:
        options["gguf_file"] = file
    with tell_loading_errors(base):
        model = AutoModelForCausalLM.from_pretrained(folder, **options)
    if file:
        # Its weights are plain numbers now, and can be saved as such.
        model.is_quantized, model.hf_quantizer = False, None
        model.config.quantization_config = None
        del model.config.quantization_config
    return model if quantised != "none" else model.to(device)


def add_adapter(model: Any, options: TrainOptions) -> Any:
    """A new LoRA adapter on all linear layers of a model.

    Hu, Shen, Wallis, Allen-Zhu, Li, Wang, Chen, "LoRA: Low-Rank Adaptation of Large Language Models", 2021.

    Args:
        model: of transformers.
        options: rank, alpha, dropout, checkpoints.

    Raises:
        ModelUnavailable: peft is not installed.
        InvalidInput: the model has no linear layers that can be adapted.
    """
    try:
        from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    except ImportError as error:
        raise ModelUnavailable("The library for training (peft) is not installed.", fix=_NO_EXTRA) from error
    if options.quantised != "none":
        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=options.gradient_checkpointing
        )
    elif options.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha,
        lora_dropout=options.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    try:
        # In the model's own precision: to turn every input to another takes longer than what is learned.
        return get_peft_model(model, config, autocast_adapter_dtype=False)
    except ValueError as error:
        raise InvalidInput("The model has no layers that an adapter could be put on.") from error


@contextmanager
def tell_loading_errors(base: BaseModel) -> Iterator[None]:
    """Say in words that a model cannot be loaded.

    Raises:
        InvalidInput: it is of a kind, or in a form, that transformers cannot read.
    """
    try:
        yield
    # Weights that do not fit their description end in a RuntimeError, and a file that is cut off in others.
    except (ValueError, LookupError, OSError, EOFError, ImportError, RuntimeError, struct.error) as error:
        if is_out_of_memory(error):
            raise
        raise InvalidInput(
            f"{base.name} cannot be loaded for training ({type(error).__name__}).",
            fix="Its architecture or its form is not one that can be trained here; choose another model.",
        ) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch says, in one of its ways, that there is no memory left."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in text or "can't allocate" in text


def load_tokenizer(base: BaseModel) -> Any:
    """The tokenizer of a model of safetensors."""
    from transformers import AutoTokenizer

    folder, _ = place_of(base)
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def place_of(base: BaseModel) -> tuple[str, str | None]:
    """The folder that transformers reads a model from, and the GGUF file in it, if it is one."""
    if base.gguf is not None:
        return str(base.gguf.parent), base.gguf.name
    return str(base.folder), None


def _describe_quantisation(quantised: str, precision: str) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    if find_spec("bitsandbytes") is None:
        raise ModelUnavailable(
            "The library for 4 and 8 bits (bitsandbytes) is not installed.",
            fix="Run: pip install bitsandbytes — or leave out --use-4bit and --use-8bit.",
        )
    if quantised == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, precision),
    )
