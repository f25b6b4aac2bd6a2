"""Instruction models of some hundred kilobytes with random weights, one of each architecture of the registry.

They say nothing sensible, in letters that a terminal can show. What is real is all the rest: the GGUF layout
of the architecture, a byte-level vocabulary with merges, control tokens and a chat template.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gguf
import numpy as np

from host.models.registry import LocalSource, ModelEntry, ModelFile
from host.models.store import ModelStore

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

EMBEDDING, HIDDEN, HEADS, KEY_VALUE_HEADS, LAYERS = 64, 128, 4, 2, 2
HEAD = EMBEDDING // HEADS
CONTEXT = 1024
MERGES = ("t h", "th e", "i n", "a n", "o r", "e r", "Ġ t", "Ġt he", "Ġ a", "r e")

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_HEADERS = (
    "{{ bos_token }}{% for message in messages %}"
    "<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)


@dataclass(frozen=True)
class Family:
    """What sets one family of models apart.

    Attributes:
        architecture: as in `general.architecture`.
        splitter: name of the rule that cuts text into words before the merges.
        controls: control tokens; the last one ends an answer.
        template: chat template.
        begin: the token in front of every text, or None.
        biases: whether query, key and value have one.
        head_norms: whether the heads of query and key are normalised.
    """

    architecture: str
    splitter: str
    controls: tuple[str, ...]
    template: str
    begin: str | None = None
    biases: bool = False
    head_norms: bool = False


FAMILIES = {
    "smollm2": Family("llama", "smollm", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), _CHATML),
    "llama": Family(
        "llama",
        "llama-bpe",
        ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        _HEADERS,
        begin="<|begin_of_text|>",
    ),
    "qwen2": Family("qwen2", "qwen2", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), _CHATML, biases=True),
    "qwen3": Family(
        "qwen3", "qwen2", ("<|endoftext|>", "<|im_start|>", "<|im_end|>"), _CHATML, head_norms=True
    ),
}


def write_language_model(path: Path, family: str, seed: int = 7) -> None:
    """Write a model.

    Args:
        path: the GGUF file.
        family: a key of `FAMILIES`.
        seed: the same seed gives the same bytes.
    """
    kind = FAMILIES[family]
    letters = _byte_letters()
    tokens = [*letters, *(merge.replace(" ", "") for merge in MERGES), *kind.controls]
    writer = gguf.GGUFWriter(path, kind.architecture)
    writer.add_name(f"Tiny {family}")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_VALUE_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(kind.splitter)
    writer.add_token_list(tokens)
    words = len(tokens) - len(kind.controls)
    writer.add_token_types([gguf.TokenType.NORMAL] * words + [gguf.TokenType.CONTROL] * len(kind.controls))
    writer.add_token_merges(list(MERGES))
    writer.add_eos_token_id(len(tokens) - 1)
    writer.add_pad_token_id(words)
    if kind.begin is not None:
        writer.add_bos_token_id(tokens.index(kind.begin))
    writer.add_add_bos_token(kind.begin is not None)
    writer.add_chat_template(kind.template)
    _add_tensors(writer, kind, tokens, np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def install_language_model(models_folder: Path, model_id: str, family: str = "llama") -> Path:
    """Write a model and have it count as installed under this id; returns its file."""
    file = models_folder / model_id / "tiny.gguf"
    file.parent.mkdir()
    write_language_model(file, family)
    content = file.read_bytes()
    entry = ModelEntry(
        id=model_id,
        name=model_id.capitalize(),
        type="instruction",
        format="gguf",
        licence="MIT",
        context=CONTEXT,
        size=len(content),
        memory=0,
        files=(ModelFile(file.name, len(content), hashlib.sha256(content).hexdigest()),),
        sources=(LocalSource("nowhere"),),
        added=True,
    )
    ModelStore(models_folder).add_entry(entry)
    return file


def _add_tensors(writer: gguf.GGUFWriter, kind: Family, tokens: list[str], dice: np.random.Generator) -> None:
    # Neither quantised nor large: rounding in a quantised model of this size moves its answers.
    def make(*shape: int, scale: float = 0.1) -> NDArray[np.float32]:
        return dice.normal(0.0, scale, shape).astype(np.float32)

    def matrix(name: str, rows: int, columns: int) -> None:
        writer.add_tensor(f"{name}.weight", make(rows, columns))

    def norm(name: str, size: int = EMBEDDING) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(size, dtype=np.float32))

    writer.add_tensor("token_embd.weight", make(len(tokens), EMBEDDING, scale=1.0))
    norm("output_norm")
    output = make(len(tokens), EMBEDDING, scale=0.3)
    # Only plain letters are ever the likeliest: an answer is text and does not end at once.
    output[[at for at, token in enumerate(tokens) if not (token.isascii() and token.isalpha())]] = 0.0
    writer.add_tensor("output.weight", output)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        norm(f"{block}.attn_norm")
        norm(f"{block}.ffn_norm")
        for part, rows in (("q", EMBEDDING), ("k", KEY_VALUE_HEADS * HEAD), ("v", KEY_VALUE_HEADS * HEAD)):
            matrix(f"{block}.attn_{part}", rows, EMBEDDING)
            if kind.biases:
                writer.add_tensor(f"{block}.attn_{part}.bias", make(rows))
        matrix(f"{block}.attn_output", EMBEDDING, EMBEDDING)
        if kind.head_norms:
            norm(f"{block}.attn_q_norm", HEAD)
            norm(f"{block}.attn_k_norm", HEAD)
        matrix(f"{block}.ffn_gate", HIDDEN, EMBEDDING)
        matrix(f"{block}.ffn_up", HIDDEN, EMBEDDING)
        matrix(f"{block}.ffn_down", EMBEDDING, HIDDEN)


def _byte_letters() -> list[str]:
    """A letter for each byte: itself where it can be seen, else one beyond the first 256."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in seen]
    return [chr(byte) for byte in seen] + [chr(256 + at) for at, _ in enumerate(hidden)]
