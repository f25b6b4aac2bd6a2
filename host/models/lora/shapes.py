"""How large a model and its adapter are, found out without loading them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.models.lora.loading import add_adapter, place_of, tell_loading_errors
from host.models.lora.memory_need import Shape

if TYPE_CHECKING:
    from host.models.lora.base import BaseModel
    from host.models.lora.options import TrainOptions


def find_shape(base: BaseModel, options: TrainOptions) -> Shape:
    """The sizes of a model with an adapter: everything is made but the numbers.

    Args:
        base: the model.
        options: rank of the adapter.

    Raises:
        InvalidInput: it is of a kind, or in a form, that cannot be trained.
        ModelUnavailable: peft is not installed.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    folder, file = place_of(base)
    extra: dict[str, Any] = {"gguf_file": file} if file else {}
    with tell_loading_errors(base), torch.device("meta"):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, **extra)
        plain = replace(options, quantised="none", gradient_checkpointing=False)
        model = add_adapter(AutoModelForCausalLM.from_config(config), plain)
    text = config.get_text_config()
    tensors = list(model.parameters())
    return Shape(
        parameters=sum(int(tensor.numel()) for tensor in tensors),
        trained=sum(int(tensor.numel()) for tensor in tensors if tensor.requires_grad),
        layers=int(text.num_hidden_layers),
        width=int(text.hidden_size),
        vocabulary=int(text.vocab_size),
    )
