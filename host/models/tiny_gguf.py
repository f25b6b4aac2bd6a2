"""Writes a language model of a few hundred kilobytes with random weights. Standard library only.

It says nothing sensible, but evaluating it runs the same kernels as a real model: enough to find out
whether a build of llama.cpp works on this processor before any model was downloaded.
"""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ALIGNMENT = 32
VERSION = 3
EMBEDDING, HIDDEN, HEADS, LAYERS = 256, 512, 4, 2
VOCABULARY = 512
CONTEXT = 512
# Numbers of the GGUF format.
UINT32, FLOAT32, STRING, ARRAY, INT32 = 4, 6, 8, 9, 5
F32, Q4_0, Q4_1, Q8_0 = 0, 2, 3, 8
TOKEN_NORMAL, TOKEN_UNKNOWN, TOKEN_CONTROL, TOKEN_BYTE = 1, 2, 3, 6


def write_tiny_gguf(path: Path, seed: int = 7) -> None:
    """Write the model.

    Args:
        path: file to write.
        seed: the same seed gives the same bytes.
    """
    tensors = _make_tensors(random.Random(seed))  # noqa: S311 - weights, not secrets
    metadata = _make_metadata()
    header = b"GGUF" + struct.pack("<IQQ", VERSION, len(tensors), len(metadata)) + b"".join(metadata)
    offset = 0
    body = bytearray()
    for name, shape, kind, data in tensors:
        header += _text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        header += struct.pack("<IQ", kind, offset)
        body += data + bytes(-len(data) % ALIGNMENT)
        offset = len(body)
    path.write_bytes(header + bytes(-len(header) % ALIGNMENT) + bytes(body))


def _make_metadata() -> list[bytes]:
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [TOKEN_UNKNOWN, TOKEN_CONTROL, TOKEN_CONTROL] + [TOKEN_BYTE] * 256
    words = [f"\u2581w{number}" for number in range(VOCABULARY - len(tokens))]
    tokens += words
    kinds += [TOKEN_NORMAL] * len(words)
    numbers = {
        "llama.context_length": CONTEXT,
        "llama.embedding_length": EMBEDDING,
        "llama.block_count": LAYERS,
        "llama.feed_forward_length": HIDDEN,
        "llama.attention.head_count": HEADS,
        "llama.rope.dimension_count": EMBEDDING // HEADS,
        "llama.vocab_size": VOCABULARY,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
    }
    return [
        _text("general.architecture") + struct.pack("<I", STRING) + _text("llama"),
        _text("tokenizer.ggml.model") + struct.pack("<I", STRING) + _text("llama"),
        _text("llama.attention.layer_norm_rms_epsilon") + struct.pack("<If", FLOAT32, 1e-5),
        *(_text(key) + struct.pack("<II", UINT32, value) for key, value in numbers.items()),
        _array("tokenizer.ggml.tokens", STRING, [_text(token) for token in tokens]),
        _array(
            "tokenizer.ggml.scores", FLOAT32, [struct.pack("<f", -float(at)) for at, _ in enumerate(tokens)]
        ),
        _array("tokenizer.ggml.token_type", INT32, [struct.pack("<i", kind) for kind in kinds]),
    ]


def _make_tensors(dice: random.Random) -> list[tuple[str, tuple[int, ...], int, bytes]]:
    ones = struct.pack("<f", 1.0) * EMBEDDING
    square, up, down = (EMBEDDING, EMBEDDING), (EMBEDDING, HIDDEN), (HIDDEN, EMBEDDING)
    matrices = [("token_embd", (EMBEDDING, VOCABULARY), Q8_0), ("output", (EMBEDDING, VOCABULARY), Q8_0)]
    norms = ["output_norm"]
    for layer in range(LAYERS):
        # Each quantisation has kernels of its own, so each is used.
        matrices += [(f"blk.{layer}.attn_{part}", square, Q8_0) for part in ("q", "k")]
        matrices += [(f"blk.{layer}.attn_{part}", square, Q4_0) for part in ("v", "output")]
        matrices += [(f"blk.{layer}.ffn_{part}", up, Q4_1) for part in ("gate", "up")]
        matrices += [(f"blk.{layer}.ffn_down", down, Q4_0)]
        norms += [f"blk.{layer}.attn_norm", f"blk.{layer}.ffn_norm"]
    made = [(f"{name}.weight", shape, kind, _quantised(dice, kind, shape)) for name, shape, kind in matrices]
    return made + [(f"{name}.weight", (EMBEDDING,), F32, ones) for name in norms]


def _quantised(dice: random.Random, kind: int, shape: tuple[int, int]) -> bytes:
    """Blocks of 32 weights: a half-precision scale (and, for Q4_1, a minimum), then the packed numbers."""
    scale, packed = {
        Q8_0: (struct.pack("<e", 0.001), 32),
        Q4_0: (struct.pack("<e", 0.01), 16),
        Q4_1: (struct.pack("<ee", 0.01, -0.08), 16),
    }[kind]
    blocks = shape[0] * shape[1] // 32
    return b"".join(scale + dice.randbytes(packed) for _ in range(blocks))


def _text(value: str) -> bytes:
    data = value.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def _array(key: str, kind: int, items: list[bytes]) -> bytes:
    return _text(key) + struct.pack("<IIQ", ARRAY, kind, len(items)) + b"".join(items)
