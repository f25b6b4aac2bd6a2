"""For each entry of the registry a tiny model of the same architecture, under the same names of files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from host.models.registry import HubSource, ModelEntry, ModelFile
from tests.tiny_gte import write_gte
from tests.tiny_language_models import write_language_model
from tests.tiny_models import DIMENSIONS, WINDOW

if TYPE_CHECKING:
    from pathlib import Path

# The maker in `tests.tiny_models` of each model that torch computes.
MAKERS = {
    "multilingual-e5-small": "bert_embedder_with_sentencepiece",
    "granite-embedding-97m-multilingual-r2": "modernbert_embedder",
    "bge-m3": "xlm_roberta_embedder",
    "mdeberta-v3-base-mnli-xnli": "deberta_nli",
    "ms-marco-minilm-l6-v2": "bert_cross_encoder",
    "mmarco-mminilmv2-l12-h384-v1": "xlm_roberta_cross_encoder",
}
# The family in `tests.tiny_language_models` of each that llama.cpp computes.
FAMILIES = {
    "smollm2-360m-instruct": "smollm2",
    "qwen2.5-0.5b-instruct": "qwen2",
    "qwen2.5-1.5b-instruct": "qwen2",
    "llama-3.2-1b-instruct": "llama",
    "qwen3-4b-instruct-2507": "qwen3",
}
GTE = "gte-multilingual"
# What the real files call themselves.
ARCHITECTURES = {
    "multilingual-e5-small": "BertModel",
    "granite-embedding-97m-multilingual-r2": "ModernBertModel",
    "gte-multilingual": "NewForTokenClassification",
    "bge-m3": "XLMRobertaModel",
    "mdeberta-v3-base-mnli-xnli": "DebertaV2ForSequenceClassification",
    "ms-marco-minilm-l6-v2": "BertForSequenceClassification",
    "mmarco-mminilmv2-l12-h384-v1": "XLMRobertaForSequenceClassification",
    "smollm2-360m-instruct": "llama",
    "qwen2.5-0.5b-instruct": "qwen2",
    "llama-3.2-1b-instruct": "llama",
    "qwen2.5-1.5b-instruct": "qwen2",
    "qwen3-4b-instruct-2507": "qwen3",
}
# What no tiny model has beside its fast tokenizer: the same vocabulary in other forms, and prompts.
_FORMS = {
    "added_tokens.json",
    "config_sentence_transformers.json",
    "sentencepiece.bpe.model",
    "spm.model",
    "vocab.txt",
}


def make_tiny_files(entry: ModelEntry, made: dict[str, Path], folder: Path) -> dict[str, bytes]:
    """The files of a tiny relative of a model.

    Args:
        entry: the real model.
        made: folders of `tests.tiny_models` by maker.
        folder: an empty one, for what is made here.

    Returns:
        Contents by path: those files, and only those, that the registry names.
    """
    if entry.id in FAMILIES:
        (file,) = entry.files
        write_language_model(folder / file.path, FAMILIES[entry.id])
        return {file.path: (folder / file.path).read_bytes()}
    if entry.id == GTE:
        write_gte(folder)
    source = folder if entry.id == GTE else made[MAKERS[entry.id]]
    named = {file.path for file in entry.files}
    files = {path: (source / path).read_bytes() for path in named if (source / path).is_file()}
    assert named - set(files) <= _FORMS, "the tiny model lacks files of the real one"
    return files


def shrink(entry: ModelEntry, files: dict[str, bytes], *, known: bool) -> ModelEntry:
    """A model's entry with its tiny relative's files, sizes and figures; all else is as it is shipped.

    Args:
        entry: the real model.
        files: of the tiny one.
        known: whether sizes and checksums stand in the entry, or only the hub has them.
    """
    pinned = tuple(
        ModelFile(path, len(content), hashlib.sha256(content).hexdigest()) if known else ModelFile(path)
        for path, content in files.items()
    )
    return replace(
        entry,
        files=pinned,
        size=sum(len(content) for content in files.values()),
        memory=1_000_000,
        dimensions=DIMENSIONS if entry.dimensions else None,
        context=min(entry.context, WINDOW) if entry.type != "instruction" else entry.context,
    )


def pinned_source(entry: ModelEntry) -> HubSource:
    """The repository and commit that the registry names first."""
    first = entry.sources[0]
    assert isinstance(first, HubSource)
    return first
