"""Tiny models of real architectures, with the files that a repository of the hub has.

They are untrained: every weight is random, and what they answer means nothing, but it is computed as their
large relatives compute it. `python -m tests.tiny_models FOLDER` makes all of them, each in a folder with the
name of its maker, in a process of its own: a test process must not load torch.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

WINDOW = 128
DIMENSIONS = 32
LAYERS = 2
# Where the configuration of the model with code of its own says that the code is.
CODE_REPOSITORY = "tests-of-ai-history/tiny-code"
CODE_FILES = ("configuration.py", "modeling.py")
ENTAILMENT_LABELS = ("entailment", "neutral", "contradiction")

_TEXT = (
    "tea is hot and rain falls on the hill . how to brew a kettle of water ? this text is about code , data "
    ", documentation , configuration , tests or something other : the river rises"
)
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_XLM_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make_bert_embedder(folder: Path) -> None:
    """A sentence-transformers model like all-MiniLM: BERT, mean pooling, vectors of length 1."""
    from transformers import BertConfig, BertModel

    size = _save_wordpiece(folder)
    _save(BertModel(BertConfig(vocab_size=size, **_sizes())), folder)
    _save_modules(folder, pooling="mean")


def make_bert_embedder_with_sentencepiece(folder: Path) -> None:
    """A model like multilingual E5: BERT with the tokenizer of XLM-RoBERTa, mean pooling."""
    from transformers import BertConfig, BertModel

    size = _save_sentencepiece(folder)
    _save(BertModel(BertConfig(vocab_size=size, pad_token_id=0, **_sizes())), folder)
    _save_modules(folder, pooling="mean")


def make_xlm_roberta_embedder(folder: Path) -> None:
    """A model like BGE-M3: XLM-RoBERTa, the first token's vector, of length 1."""
    from transformers import XLMRobertaConfig, XLMRobertaModel

    _save(XLMRobertaModel(XLMRobertaConfig(**_xlm_sizes(_save_sentencepiece(folder)))), folder)
    _save_modules(folder, pooling="cls")


def make_modernbert_embedder(folder: Path) -> None:
    """A model like Granite Embedding R2: ModernBERT, the first token's vector."""
    from transformers import ModernBertConfig, ModernBertModel

    size = _save_byte_pairs(folder)
    settings = ModernBertConfig(
        vocab_size=size,
        pad_token_id=0,
        cls_token_id=2,
        sep_token_id=3,
        bos_token_id=2,
        eos_token_id=3,
        **_sizes(),
    )
    _save(ModernBertModel(settings), folder)
    _save_modules(folder, pooling="cls")


def make_remote_code_embedder(folder: Path, code_folder: Path | None = None) -> None:
    """A model like GTE: an architecture that the library lacks, and whose code comes along.

    Args:
        folder: gets the model's files.
        code_folder: gets the code, which the model's configuration then looks for in `CODE_REPOSITORY`, as on
            the hub; without it the code lies beside the weights, as the store puts it.
    """
    import torch
    from safetensors.torch import save_file

    size = _save_wordpiece(folder)
    torch.manual_seed(7)
    weights = {"embeddings.weight": torch.randn(size, DIMENSIONS)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    write_code(code_folder or folder)
    prefix = f"{CODE_REPOSITORY}--" if code_folder else ""
    settings = {
        "architectures": ["TinyModel"],
        "auto_map": {
            "AutoConfig": f"{prefix}configuration.TinyConfig",
            "AutoModel": f"{prefix}modeling.TinyModel",
        },
        "model_type": "tiny-of-our-own",
        "vocab_size": size,
        "hidden_size": DIMENSIONS,
        "max_position_embeddings": WINDOW,
        "pad_token_id": 0,
    }
    _write_json(folder / "config.json", settings)
    _save_modules(folder, pooling="cls")


def write_code(folder: Path, *, on_load: str = "pass", on_forward: str = "pass") -> None:
    """Write the code of `make_remote_code_embedder`.

    Args:
        folder: gets the files.
        on_load: a Python statement that runs when the model is made.
        on_forward: a Python statement that runs in each forward pass.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = (_CONFIGURATION, _MODELING.replace("ON_LOAD", on_load).replace("ON_FORWARD", on_forward))
    for name, text in zip(CODE_FILES, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")


def make_deberta_nli(folder: Path, labels: tuple[str, ...] = ENTAILMENT_LABELS) -> None:
    """A model like mDeBERTa on MNLI and XNLI: DeBERTa v2 with three classes of pairs."""
    from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

    size = _save_sentencepiece(folder, deberta=True)
    settings = DebertaV2Config(
        vocab_size=size,
        relative_attention=True,
        position_biased_input=False,
        pos_att_type=["p2c", "c2p"],
        position_buckets=16,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        type_vocab_size=0,
        pad_token_id=0,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        **_sizes(),
    )
    _save(DebertaV2ForSequenceClassification(settings), folder)


def make_bert_cross_encoder(folder: Path) -> None:
    """A model like MS MARCO MiniLM: BERT with one output for a pair."""
    from transformers import BertConfig, BertForSequenceClassification

    size = _save_wordpiece(folder)
    _save(BertForSequenceClassification(BertConfig(vocab_size=size, num_labels=1, **_sizes())), folder)


def make_xlm_roberta_cross_encoder(folder: Path) -> None:
    """A model like mMARCO MiniLM: XLM-RoBERTa with one output for a pair."""
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

    settings = XLMRobertaConfig(num_labels=1, **_xlm_sizes(_save_sentencepiece(folder)))
    _save(XLMRobertaForSequenceClassification(settings), folder)


MAKERS = {
    "bert_embedder": make_bert_embedder,
    "bert_embedder_with_sentencepiece": make_bert_embedder_with_sentencepiece,
    "xlm_roberta_embedder": make_xlm_roberta_embedder,
    "modernbert_embedder": make_modernbert_embedder,
    "remote_code_embedder": make_remote_code_embedder,
    "deberta_nli": make_deberta_nli,
    "bert_cross_encoder": make_bert_cross_encoder,
    "xlm_roberta_cross_encoder": make_xlm_roberta_cross_encoder,
}

HUB_FORM = "remote_code_embedder_on_the_hub"
CODE = "code_on_the_hub"


def make_all(folder: Path) -> dict[str, Path]:
    """Make every model in a child process.

    Returns:
        Their folders by the names in `MAKERS`; `HUB_FORM` and `CODE` are the two repositories of a model
        whose code is in another one.
    """
    command = [sys.executable, "-m", "tests.tiny_models", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: folder / name for name in (*MAKERS, HUB_FORM, CODE)}


def _sizes() -> dict[str, Any]:
    return {
        "hidden_size": DIMENSIONS,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": 2 * DIMENSIONS,
        "max_position_embeddings": WINDOW,
    }


def _xlm_sizes(vocabulary: int) -> dict[str, Any]:
    # Its positions begin behind that of the padding token.
    return {
        **_sizes(),
        "vocab_size": vocabulary,
        "max_position_embeddings": WINDOW + 2,
        "type_vocab_size": 1,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
    }


def _save(model: Any, folder: Path) -> None:
    import torch

    # Random weights near nought would make every answer the same.
    torch.manual_seed(7)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.copy_(torch.randn_like(weight) * 0.3)
    model.save_pretrained(folder, safe_serialization=True)


def _save_wordpiece(folder: Path) -> int:
    """The tokenizer of BERT; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder.mkdir(parents=True, exist_ok=True)
    pieces = [*_SPECIAL, *dict.fromkeys(_TEXT.split()), *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    inner = Tokenizer(models.WordPiece(vocabulary, unk_token=_SPECIAL[1]))
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    inner.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    inner.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    names = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    _save_tokenizer_settings(folder, "BertTokenizer", {**names, "mask_token": "[MASK]"})
    return len(vocabulary)


def _save_byte_pairs(folder: Path) -> int:
    """The tokenizer of ModernBERT: pairs of bytes; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    folder.mkdir(parents=True, exist_ok=True)
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=_SPECIAL, initial_alphabet=letters, show_progress=False
    )
    inner.train_from_iterator([_TEXT], trainer)
    inner.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    inner.save(str(folder / "tokenizer.json"))
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), _SPECIAL, strict=False))
    _save_tokenizer_settings(folder, "PreTrainedTokenizerFast", {**names, "mask_token": "[MASK]"})
    return int(inner.get_vocab_size())


def _save_sentencepiece(folder: Path, *, deberta: bool = False) -> int:
    """The tokenizer of XLM-RoBERTa, or of DeBERTa v2; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    folder.mkdir(parents=True, exist_ok=True)
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"] if deberta else _XLM_SPECIAL
    pieces = [*special, *(f"▁{word}" for word in dict.fromkeys(_TEXT.split())), "▁", *_LETTERS]
    pieces.append("[MASK]" if deberta else "<mask>")
    scored = [
        (piece, 0.0 if number < 4 else -float(number)) for number, piece in enumerate(dict.fromkeys(pieces))
    ]
    inner = Tokenizer(models.Unigram(scored, unk_id=3))
    inner.normalizer = normalizers.NFKC()
    inner.pre_tokenizer = pre_tokenizers.Metaspace()
    inner.decoder = decoders.Metaspace()
    first, last = ("[CLS]", "[SEP]") if deberta else ("<s>", "</s>")
    pair = f"{first} $A {last} $B:1 {last}:1" if deberta else f"{first} $A {last} {last} $B {last}"
    numbers = [(first, special.index(first)), (last, special.index(last))]
    inner.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", pair=pair, special_tokens=numbers
    )
    inner.add_special_tokens([*special, pieces[-1]])
    inner.save(str(folder / "tokenizer.json"))
    if deberta:
        names = dict(zip(("pad_token", "cls_token", "sep_token", "unk_token"), special, strict=True))
        _save_tokenizer_settings(folder, "DebertaV2Tokenizer", {**names, "mask_token": "[MASK]"})
    else:
        names = dict(zip(("bos_token", "pad_token", "eos_token", "unk_token"), special, strict=True))
        names |= {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
        _save_tokenizer_settings(folder, "XLMRobertaTokenizer", names)
    return len(scored)


def _save_tokenizer_settings(folder: Path, kind: str, names: dict[str, str]) -> None:
    _write_json(folder / "special_tokens_map.json", names)
    _write_json(
        folder / "tokenizer_config.json", {"tokenizer_class": kind, "model_max_length": WINDOW, **names}
    )


def _save_modules(folder: Path, *, pooling: str) -> None:
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(kinds.items())
    ]
    _write_json(folder / "modules.json", modules)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": WINDOW, "do_lower_case": False})
    (folder / "1_Pooling").mkdir(exist_ok=True)
    ways = {"mean": "pooling_mode_mean_tokens", "cls": "pooling_mode_cls_token"}
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": DIMENSIONS, **{key: way == pooling for way, key in ways.items()}},
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")


_CONFIGURATION = """
from transformers import PretrainedConfig


class TinyConfig(PretrainedConfig):
    model_type = "tiny-of-our-own"
"""

_MODELING = '''
import torch
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

from .configuration import TinyConfig


class TinyModel(PreTrainedModel):
    """The mean of the words so far: enough to be a model."""

    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        ON_LOAD
        self.embeddings = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.post_init()

    def forward(self, input_ids, attention_mask=None, **kwargs):
        ON_FORWARD
        states = self.embeddings(input_ids)
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        mask = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True)
        return BaseModelOutput(last_hidden_state=states + mean)
'''


def main() -> None:
    """Make all of them in the folder that is named."""
    parser = argparse.ArgumentParser(description="Make tiny models of every architecture.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, make in MAKERS.items():
        make(folder / name)
    make_remote_code_embedder(folder / HUB_FORM, folder / CODE)


if __name__ == "__main__":
    main()
