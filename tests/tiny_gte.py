"""A tiny model with the files and the layout of GTE Multilingual, and what it must compute, in plain NumPy.

Its configuration asks for Python code of another repository, as the original's does. `compute` says what that
code would answer; the formulas are those of BERT with rotary positions and a gated feed-forward part (mGTE:
Zhang et al. 2024, section 3.1).
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.tiny_models import _save_modules, _save_sentencepiece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CODE = "Alibaba-NLP/new-impl"
HIDDEN, INNER, HEADS, LAYERS, WINDOW = 32, 64, 2, 2, 128
BASE, FACTOR = 20_000.0, 8.0
EPSILON = 1e-12


def write_gte(folder: Path, **changes: Any) -> None:
    """Write the model.

    Args:
        folder: gets the files.
        changes: other values in `config.json`.
    """
    vocabulary = _save_sentencepiece(folder)
    settings = {
        "architectures": ["NewForTokenClassification"],
        "auto_map": {
            "AutoConfig": f"{CODE}--configuration.NewConfig",
            "AutoModel": f"{CODE}--modeling.NewModel",
            "AutoModelForTokenClassification": f"{CODE}--modeling.NewForTokenClassification",
        },
        "model_type": "new",
        "attention_probs_dropout_prob": 0.0,
        "classifier_dropout": 0.0,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": HIDDEN,
        "id2label": {"0": "LABEL_0"},
        "initializer_range": 0.02,
        "intermediate_size": INNER,
        "label2id": {"LABEL_0": 0},
        "layer_norm_eps": EPSILON,
        "layer_norm_type": "layer_norm",
        "logn_attention_clip1": False,
        "logn_attention_scale": False,
        "max_position_embeddings": WINDOW,
        "num_attention_heads": HEADS,
        "num_hidden_layers": LAYERS,
        "pack_qkv": True,
        "pad_token_id": 1,
        "position_embedding_type": "rope",
        "rope_scaling": {"factor": FACTOR, "type": "ntk"},
        "rope_theta": BASE,
        "torch_dtype": "float16",
        "type_vocab_size": 1,
        "unpad_inputs": False,
        "use_memory_efficient_attention": False,
        "vocab_size": vocabulary,
    }
    (folder / "config.json").write_text(json.dumps({**settings, **changes}, indent=2), encoding="utf-8")
    save_file(_make_weights(vocabulary), folder / "model.safetensors", metadata={"format": "pt"})
    _save_modules(folder, pooling="cls")


def compute(folder: Path, tokens: Sequence[int]) -> NDArray[np.float64]:
    """The vector of a text: that of its first token, of length 1.

    Args:
        folder: of the model.
        tokens: of the text, with those at its ends.
    """
    weights = {
        name: value.astype(np.float64) for name, value in load_file(folder / "model.safetensors").items()
    }

    def normalise(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = values - values.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return np.asarray(centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"])

    def project(values: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return np.asarray(values @ weights[f"{name}.weight"].T + weights.get(f"{name}.bias", 0.0))

    start = "new.embeddings"
    states = weights[f"{start}.word_embeddings.weight"][list(tokens)]
    states = normalise(states + weights[f"{start}.token_type_embeddings.weight"][0], f"{start}.LayerNorm")
    for layer in range(LAYERS):
        block = f"new.encoder.layer.{layer}"
        packed = project(states, f"{block}.attention.qkv_proj")
        attended = project(_attend(packed), f"{block}.attention.o_proj")
        states = normalise(states + attended, f"{block}.attn_ln")
        up, gate = np.split(states @ weights[f"{block}.mlp.up_gate_proj.weight"].T, 2, axis=-1)
        states = normalise(states + project(up * _gelu(gate), f"{block}.mlp.down_proj"), f"{block}.mlp_ln")
    first = states[0]
    return np.asarray(first / np.linalg.norm(first))


def _attend(packed: NDArray[np.float64]) -> NDArray[np.float64]:
    length, size = len(packed), HIDDEN // HEADS
    query, key, value = (part.reshape(length, HEADS, size) for part in np.split(packed, 3, axis=-1))
    pace = (BASE * FACTOR) ** -(np.arange(0, size, 2) / size) / FACTOR ** (2 / size)
    angle = np.tile(np.arange(length)[:, None] * pace, 2)[:, None]

    def turn(values: NDArray[np.float64]) -> NDArray[np.float64]:
        half = size // 2
        turned = np.concatenate([-values[..., half:], values[..., :half]], axis=-1)
        return np.asarray(values * np.cos(angle) + turned * np.sin(angle))

    scores = np.einsum("ihd,jhd->hij", turn(query), turn(key)) / math.sqrt(size)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return np.asarray(np.einsum("hij,jhd->ihd", shares, value).reshape(length, HIDDEN))


def _gelu(values: NDArray[np.float64]) -> NDArray[np.float64]:
    bell = np.vectorize(lambda value: (1 + math.erf(value / math.sqrt(2))) / 2)
    return np.asarray(values * bell(values))


def _make_weights(vocabulary: int) -> dict[str, NDArray[np.float16]]:
    dice = np.random.default_rng(7)
    made: dict[str, NDArray[np.float64]] = {}

    def linear(name: str, rows: int, columns: int, *, bias: bool = True) -> None:
        made[f"{name}.weight"] = dice.normal(0.0, 0.3, (rows, columns))
        if bias:
            made[f"{name}.bias"] = dice.normal(0.0, 0.3, rows)

    def norm(name: str) -> None:
        made[f"{name}.weight"] = dice.normal(1.0, 0.1, HIDDEN)
        made[f"{name}.bias"] = dice.normal(0.0, 0.1, HIDDEN)

    linear("new.embeddings.word_embeddings", vocabulary, HIDDEN, bias=False)
    linear("new.embeddings.token_type_embeddings", 1, HIDDEN, bias=False)
    norm("new.embeddings.LayerNorm")
    for layer in range(LAYERS):
        block = f"new.encoder.layer.{layer}"
        linear(f"{block}.attention.qkv_proj", 3 * HIDDEN, HIDDEN)
        linear(f"{block}.attention.o_proj", HIDDEN, HIDDEN)
        linear(f"{block}.mlp.up_gate_proj", 2 * INNER, HIDDEN, bias=False)
        linear(f"{block}.mlp.down_proj", HIDDEN, INNER)
        norm(f"{block}.attn_ln")
        norm(f"{block}.mlp_ln")
    linear("classifier", 1, HIDDEN)
    return {name: value.astype(np.float16) for name, value in made.items()}
