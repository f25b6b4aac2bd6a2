"""Tiny models with random weights, as transformers and as GGUF, with adapters that peft has made.

`python -m tests.models.lora.peft_models FOLDER` writes for each of `FAMILIES` a folder with `base.gguf`, the
adapter, and what transformers computes with and without it. In a process of its own: torch takes seconds.

The GGUF files are written here by hand, with the order of rows spelt out row by row, so that a mistake in the
conversion is not made here once more.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HIDDEN, MIDDLE, HEADS, SHARED_HEADS, LAYERS, CONTEXT = 64, 96, 4, 2, 2, 256
TOKENS = 24
TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


@dataclass(frozen=True)
class Family:
    """A model and an adapter of it.

    Attributes:
        architecture: as in GGUF.
        config: class of transformers' configuration.
        shared_heads: heads of the key.
        options: of the configuration.
        numbers: what GGUF says beside the usual.
        lora: options of the adapter.
        shift: what GGUF adds to the scales of norms.
        tied: whether the output layer is the embedding of the words.
        paired: whether rows of query and key stand in pairs in GGUF.
    """

    architecture: str
    config: str
    shared_heads: int = SHARED_HEADS
    options: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, float | int | bool] = field(default_factory=dict)
    lora: dict[str, Any] = field(default_factory=dict)
    shift: float = 0.0
    tied: bool = False
    paired: bool = False


FAMILIES = {
    "llama": Family("llama", "LlamaConfig", paired=True),
    # Every head of the query with a key of its own, the output layer too, and unequal ranks and strengths.
    "llama-patterns": Family(
        "llama",
        "LlamaConfig",
        HEADS,
        lora={
            "use_rslora": True,
            "rank_pattern": {"v_proj": 2},
            "alpha_pattern": {"v_proj": 5},
            "target_modules": ["q_proj", "k_proj", "v_proj", "down_proj", "lm_head"],
        },
        paired=True,
    ),
    "smollm3": Family("smollm3", "SmolLM3Config", paired=True),
    "granite": Family(
        "granite",
        "GraniteConfig",
        options={
            "attention_multiplier": 0.25,
            "embedding_multiplier": 1.5,
            "residual_multiplier": 0.5,
            "logits_scaling": 2.0,
        },
        numbers={
            "attention.scale": 0.25,
            "embedding_scale": 1.5,
            "residual_scale": 0.5,
            "logit_scale": 2.0,
        },
        paired=True,
    ),
    # Mistral is told as llama.
    "mistral": Family("llama", "MistralConfig", paired=True),
    "qwen2": Family("qwen2", "Qwen2Config"),
    "qwen3": Family("qwen3", "Qwen3Config", options={"head_dim": HIDDEN // HEADS}),
    "phi2": Family("phi2", "PhiConfig", HEADS, options={"partial_rotary_factor": 0.5}),
    "phi3": Family("phi3", "Phi3Config"),
    "gemma2": Family(
        "gemma2",
        "Gemma2Config",
        options={
            "head_dim": HIDDEN // HEADS,
            "query_pre_attn_scalar": HIDDEN // HEADS,
            "sliding_window": 512,
        },
        numbers={
            "attention.key_length": HIDDEN // HEADS,
            "attention.value_length": HIDDEN // HEADS,
            "attention.sliding_window": 512,
            "attn_logit_softcapping": 50.0,
            "final_logit_softcapping": 30.0,
        },
        shift=1.0,
        tied=True,
    ),
    "starcoder2": Family("starcoder2", "Starcoder2Config"),
    "stablelm": Family(
        "stablelm",
        "StableLmConfig",
        options={"partial_rotary_factor": 0.5, "use_qkv_bias": True},
        numbers={"use_parallel_residual": False},
    ),
}


def make_family(folder: Path, name: str, words: Path) -> None:
    """Write the model, the adapter and what they compute."""
    import peft
    import torch
    import transformers

    family = FAMILIES[name]
    torch.manual_seed(5)
    vocabulary = read_vocabulary(words)["tokenizer.ggml.tokens"][0]
    config = getattr(transformers, family.config)(
        vocab_size=len(vocabulary),
        hidden_size=HIDDEN,
        intermediate_size=MIDDLE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=family.shared_heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=family.tied,
        bos_token_id=0,
        pad_token_id=0,
        eos_token_id=len(vocabulary) - 1,
        **family.options,
    )
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for key, weight in model.named_parameters():
            # Larger than the usual beginning: what is turned wrongly must move the answers.
            scale = "norm" in key and key.endswith(".weight")
            drawn = torch.randn_like(weight) * (0.1 if scale else 0.25) + (1.0 if scale else 0.0)
            # What half precision can hold, so that both have the same weights.
            weight.copy_(drawn.half().float())
    write_gguf(folder / "base.gguf", family, config, model.state_dict(), words)
    tokens = torch.randint(0, len(vocabulary), (1, TOKENS), generator=torch.Generator().manual_seed(3))
    np.save(folder / "tokens.npy", tokens[0].numpy())
    with torch.no_grad():
        np.save(folder / "base.npy", model(tokens).logits[0].numpy())
    options = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", **family.lora}
    adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **options)).eval()
    with torch.no_grad():
        for key, weight in adapted.named_parameters():
            if "lora_" in key:
                weight.copy_(torch.randn_like(weight) * 0.1)
        np.save(folder / "adapted.npy", adapted(tokens).logits[0].numpy())
    adapted.save_pretrained(folder / "adapter")


def write_gguf(path: Path, family: Family, config: Any, weights: dict[str, Any], words: Path) -> None:
    """Write a model of transformers as GGUF."""
    import gguf

    writer = gguf.GGUFWriter(path, family.architecture)
    name = family.architecture
    writer.add_name("Tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(MIDDLE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(family.shared_heads)
    writer.add_rope_dimension_count(
        int(HIDDEN // HEADS * family.options.get("partial_rotary_factor", 1.0)),
    )
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    writer.add_layer_norm_rms_eps(float(getattr(config, "rms_norm_eps", 0.0)))
    writer.add_layer_norm_eps(float(getattr(config, "layer_norm_eps", 0.0)))
    kinds = {float: writer.add_float32, int: writer.add_uint32, bool: writer.add_bool}
    for key, number in family.numbers.items():
        kinds[type(number)](f"{name}.{key}", number)
    for key, (value, kind, inner) in read_vocabulary(words).items():
        writer.add_key_value(key, value, kind, inner)
    writer.add_chat_template(TEMPLATE)
    architecture = next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)
    names = gguf.get_tensor_name_map(architecture, LAYERS)
    for key, weight in weights.items():
        array = weight.float().numpy()
        if family.tied and key == "lm_head.weight":
            continue
        if family.paired and (".q_proj." in key or ".k_proj." in key):
            array = array[list_rows(array.shape[0], HIDDEN // HEADS)]
        if "norm" in key and key.endswith(".weight"):
            array = array + np.float32(family.shift)
        tensor = names.get_name(key, try_suffixes=(".weight", ".bias"))
        assert tensor is not None, key
        writer.add_tensor(tensor, array.astype(np.float32))
    with closing(writer):
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()


def list_rows(rows: int, head: int) -> list[int]:
    """Which row of transformers' stands where in llama.cpp's: of each head the first of either half, ..."""
    order = []
    for begin in range(0, rows, head):
        for place in range(head // 2):
            order += [begin + place, begin + head // 2 + place]
    return order


def read_vocabulary(words: Path) -> dict[str, Any]:
    """The keys of a GGUF file about its tokens, each with its value and types."""
    import gguf

    found = {}
    for key, entry in gguf.GGUFReader(words).fields.items():
        if key.startswith("tokenizer.") and key != "tokenizer.chat_template":
            inner = entry.types[-1] if len(entry.types) > 1 else None
            found[key] = entry.contents(), entry.types[0], inner
    return found


def main() -> None:
    """Write every family that is named, by default all."""
    from tests.tiny_language_models import write_language_model

    folder = Path(sys.argv[1])
    words = folder / "words.gguf"
    write_language_model(words, "smollm2")
    for name in sys.argv[2:] or FAMILIES:
        (folder / name).mkdir()
        make_family(folder / name, name, words)
    (folder / "made.json").write_text(json.dumps(sorted(FAMILIES)), encoding="utf-8")


if __name__ == "__main__":
    main()
