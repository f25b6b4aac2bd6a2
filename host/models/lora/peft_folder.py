"""Reads the folder that peft writes an adapter to: `adapter_config.json` and `adapter_model.safetensors`."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

CONFIG_FILE, WEIGHTS_FILE = "adapter_config.json", "adapter_model.safetensors"
_NAME = re.compile(r"(?:base_model\.model\.)?(?P<module>.+)\.lora_(?P<part>[AB])\.weight")
# The unchanged weights of an output layer, which peft saves beside what it has learned there.
_BESIDE = ".base_layer.weight"
# Ways to begin that leave the base model as it is; the others move a part of its weights into the adapter.
_PLAIN_BEGINNINGS = (True, False, None, "gaussian", "eva", "orthogonal")
# What is more than two matrices beside a linear layer.
_CANNOT = {
    "use_dora": "DoRA",
    "use_qalora": "QALoRA",
    "use_bdlora": "block-diagonal LoRA",
    "kasa_config": "KaSA",
    "velora_config": "VeLoRA",
    "monteclora_config": "MonteCLoRA",
    "arrow_config": "Arrow",
    "alora_invocation_tokens": "activated LoRA",
    "lora_bias": "biases of its own",
    "modules_to_save": "whole layers (modules_to_save)",
    "trainable_token_indices": "words of its own (trainable_token_indices)",
    "target_parameters": "parameters that are no layers (target_parameters)",
    "layer_replication": "layers that are repeated (layer_replication)",
    "fan_in_fan_out": "layers that are stored the other way round (fan_in_fan_out)",
}
_FIX = "Train it again as a plain LoRA: ai-history finetune train."


@dataclass(frozen=True)
class Change:
    """What an adapter adds to the weights of a linear layer: `scaling * up @ down`.

    Attributes:
        module: the layer as transformers calls it, such as `model.layers.0.self_attn.q_proj`.
        down: `A`, float32 of shape (rank, inputs).
        up: `B`, float32 of shape (outputs, rank).
        scaling: alpha / rank, or alpha / sqrt(rank) when the adapter is rank-stabilised (Kalajdzievski,
            "A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA", 2023).
    """

    module: str
    down: NDArray[np.float32]
    up: NDArray[np.float32]
    scaling: float

    @property
    def rank(self) -> int:
        """Width of what is learned."""
        return int(self.down.shape[0])


def read_peft_folder(folder: Path) -> list[Change]:
    """The changes that an adapter makes, in the order of the layers' names.

    Args:
        folder: as peft's `save_pretrained` writes it.

    Raises:
        InvalidInput: it is no such folder, a file is damaged, or the adapter holds more than plain LoRA.
    """
    config = _read_config(folder / CONFIG_FILE)
    _check_config(config)
    if not (folder / WEIGHTS_FILE).is_file():
        raise InvalidInput(
            f"The folder {folder} holds no {WEIGHTS_FILE}.",
            fix="Other kinds of file can run programs when they are read. Save it with safetensors.",
        )
    halves: dict[str, dict[str, NDArray[np.float32]]] = {}
    for name, array in _read_weights(folder / WEIGHTS_FILE).items():
        if name.endswith(_BESIDE):
            continue
        found = _NAME.fullmatch(name)
        if found is None or array.ndim != 2:
            raise InvalidInput(f"The adapter changes more than linear layers ({name:.80}).", fix=_FIX)
        halves.setdefault(found["module"], {})[found["part"]] = array
    if not halves:
        raise InvalidInput("The adapter is empty.", fix=_FIX)
    return [_make_change(module, parts, config) for module, parts in sorted(halves.items())]


def _read_config(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InvalidInput(
            f"There is no adapter in {file.parent} ({CONFIG_FILE} is missing).",
            fix="Name the folder of a training, or one that peft has written.",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidInput(f"The file {file} cannot be read ({type(error).__name__}).", fix=_FIX) from error
    if not isinstance(value, dict):
        raise InvalidInput(f"The file {file} holds no settings of an adapter.", fix=_FIX)
    return value


def _check_config(config: Mapping[str, Any]) -> None:
    kind = config.get("peft_type")
    if kind != "LORA":
        raise InvalidInput(f"The adapter is of the kind {kind!s:.20}, and llama.cpp has LoRA only.", fix=_FIX)
    used = [words for key, words in _CANNOT.items() if config.get(key)]
    if config.get("bias", "none") != "none":
        used.append("biases of the model")
    beginning = config.get("init_lora_weights", True)
    if beginning not in _PLAIN_BEGINNINGS:
        used.append(f"a beginning that changes the base model ({beginning!s:.20})")
    if used:
        raise InvalidInput(f"The adapter has {', '.join(used)}; a GGUF adapter cannot hold that.", fix=_FIX)


def _read_weights(file: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as opened:
            names = list(opened.keys())
            plain = {opened.get_slice(name).get_dtype() for name in names} <= {"F16", "F32", "F64"}
            if plain:
                return {name: opened.get_tensor(name).astype(np.float32) for name in names}
        # numpy knows no bfloat16.
        with safe_open(file, framework="pt") as opened:
            return {name: opened.get_tensor(name).float().numpy() for name in names}
    except (SafetensorError, OSError) as error:
        raise InvalidInput(
            f"The file {file} is damaged or cut off.", fix="Train again, or take another copy of it."
        ) from error


def _make_change(module: str, parts: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]) -> Change:
    down, up = parts.get("A"), parts.get("B")
    if down is None or up is None or down.shape[0] != up.shape[1]:
        raise InvalidInput(f"The adapter is not whole: the two halves of {module:.80} do not fit.", fix=_FIX)
    if not (np.isfinite(down).all() and np.isfinite(up).all()):
        raise InvalidInput(
            f"The adapter holds values that are no numbers ({module:.80}).",
            fix="The training went astray. Train again with a lower learning rate.",
        )
    rank, alpha = down.shape[0], _find_alpha(module, config)
    scaling = alpha / math.sqrt(rank) if config.get("use_rslora") else alpha / rank
    return Change(module, down, up, scaling)


def _find_alpha(module: str, config: Mapping[str, Any]) -> float:
    alpha, pattern = config.get("lora_alpha"), config.get("alpha_pattern") or {}
    if pattern:
        from peft.utils.other import get_pattern_key

        alpha = pattern.get(get_pattern_key(list(pattern), module), alpha)
    if not isinstance(alpha, int | float) or isinstance(alpha, bool) or not 0 < alpha < math.inf:
        raise InvalidInput(
            f"The adapter does not say how strong it is (lora_alpha: {alpha!s:.20}).", fix=_FIX
        )
    return float(alpha)
