"""Reads in a model's own configuration what it is and which of its files are needed. Stdlib only."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.models.registry import ModelType

_WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")
_PICKLED = re.compile(r".*\.(bin|pt|pth|ckpt|pkl)")
# Configurations, vocabularies and tokenizers of every kind that is loaded.
_SMALL = re.compile(
    r".*\.json|vocab.*\.txt|merges\.txt|.*\.model|.*\.spm|.*\.tiktoken|special_tokens_map\.json",
    re.IGNORECASE,
)
_OTHER_FORMATS = {"onnx", "openvino", "tf", "flax", "coreml", "original", "gguf"}
_LONGEST_CONTEXT = 1_000_000


@dataclass(frozen=True)
class Facts:
    """What a model says of itself.

    Attributes:
        type: what it can do.
        format: `sentence-transformers`, `transformers` or `gguf`.
        context: longest input in tokens, None when it does not say.
        dimensions: length of an embedding vector, None for other types.
        query_prefix: text that it expects in front of a query.
        passage_prefix: text that it expects in front of a passage.
        licence: empty when it does not say.
    """

    type: ModelType
    format: str
    context: int | None = None
    dimensions: int | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    licence: str = ""


def read_facts(
    label: str, listed: Mapping[str, int], read: Callable[[str], bytes], wanted: ModelType | None
) -> Facts:
    """Find out what a model with safetensors weights is.

    Args:
        label: what to call it in errors.
        listed: size of each of its files.
        read: gives the content of a file.
        wanted: the type that the user says it is of, or None.

    Raises:
        InvalidInput: it cannot be used, and why.
    """

    def read_json(path: str) -> Any:
        if path not in listed:
            return {}
        try:
            return json.loads(read(path))
        except ValueError as error:
            raise InvalidInput(f"{label}: its {path} is damaged.") from error

    config = read_json("config.json")
    if not isinstance(config, dict) or not config:
        raise InvalidInput(
            f"{label} has no config.json, so nothing says what kind of model it is.",
            fix="Give a model with its config.json and safetensors weights, or a GGUF file.",
        )
    _check_weights(label, listed)
    modules = read_json("modules.json")
    found = _find_type(label, config, bool(modules), wanted)
    context = _find_context(
        config, read_json("sentence_bert_config.json"), read_json("tokenizer_config.json")
    )
    if found != "embedding":
        return Facts(type=found, format="transformers", context=context)
    prompts = read_json("config_sentence_transformers.json").get("prompts") or {}
    return Facts(
        type=found,
        format="sentence-transformers",
        context=context,
        dimensions=_find_dimensions(label, config, modules or [], read_json),
        query_prefix=str(prompts.get("query") or ""),
        passage_prefix=str(prompts.get("passage") or prompts.get("document") or ""),
    )


def choose_files(label: str, listed: Mapping[str, int], *, with_code: bool) -> list[str]:
    """The files that are needed to load a model; other formats of the same weights are left out.

    Args:
        label: what to call it in errors.
        listed: size of each of its files.
        with_code: take its Python files too.
    """
    _check_weights(label, listed)
    chosen = []
    for path in listed:
        *folders, name = path.split("/")
        if any(folder.lower() in _OTHER_FORMATS for folder in folders) or name.startswith("."):
            continue
        if _WEIGHTS.fullmatch(name) or _SMALL.fullmatch(name) or (with_code and name.endswith(".py")):
            chosen.append(path)
    return chosen


def _check_weights(label: str, listed: Mapping[str, int]) -> None:
    if any(_WEIGHTS.fullmatch(path) for path in listed):
        return
    pickled = next((path for path in listed if _PICKLED.fullmatch(path)), None)
    if pickled is not None:
        raise InvalidInput(
            f"{label} has its weights only as {pickled}, which may run any code when it is opened.",
            fix="Take one with safetensors weights, or have it converted.",
        )
    raise InvalidInput(
        f"{label} has no weights in a form that can be used.", fix="safetensors or GGUF is needed."
    )


def _find_type(label: str, config: dict[str, Any], has_modules: bool, wanted: ModelType | None) -> ModelType:
    architecture = next(iter(config.get("architectures") or []), "")
    if architecture.endswith("ForSequenceClassification"):
        return _find_classifier_type(label, config, wanted)
    if re.search(r"For(CausalLM|ConditionalGeneration)$", architecture) or wanted == "instruction":
        raise InvalidInput(
            f"{label} writes text; such models are used here as GGUF files only.",
            fix="Look for the same model with GGUF in its name, and give owner/name:file.gguf.",
        )
    if wanted in ("nli", "reranker"):
        raise InvalidInput(f"{label} has no classification head, so it cannot be of type {wanted}.")
    if has_modules or wanted == "embedding" or architecture.endswith("Model"):
        return "embedding"
    raise InvalidInput(
        f"{label} is a {architecture or 'model of a kind that it does not name'}, which has no use here.",
        fix="Embedding, NLI and reranking models and GGUF files can be added.",
    )


def _find_classifier_type(label: str, config: dict[str, Any], wanted: ModelType | None) -> ModelType:
    labels = [str(one).lower() for one in (config.get("id2label") or {}).values()]
    count = len(labels) or int(config.get("num_labels") or 2)
    entails = any("entail" in one for one in labels)
    found: ModelType | None = "nli" if entails else "reranker" if count == 1 else None
    if found is None or (wanted is not None and wanted != found):
        told = ", ".join(labels[:5]) or f"{count} labels"
        raise InvalidInput(
            f"{label} tells {told} apart"
            + (f", so it cannot be of type {wanted}." if wanted else ", which has no use here."),
            fix="A classifier is usable when one of its labels is entailment, or when it has a single score.",
        )
    return found


def _find_context(config: dict[str, Any], sentence: dict[str, Any], tokenizer: dict[str, Any]) -> int | None:
    candidates = (
        sentence.get("max_seq_length"),
        tokenizer.get("model_max_length"),
        config.get("max_position_embeddings"),
    )
    for value in candidates:
        # Tokenizers without a limit write a number with thirty digits.
        if isinstance(value, int | float) and 0 < value <= _LONGEST_CONTEXT:
            return int(value)
    return None


def _find_dimensions(
    label: str, config: dict[str, Any], modules: list[dict[str, Any]], read_json: Callable[[str], Any]
) -> int:
    dimensions = config.get("hidden_size") or config.get("dim") or config.get("d_model")
    for module in modules:
        kind, folder = str(module.get("type", "")), str(module.get("path", ""))
        settings = read_json(f"{folder}/config.json") if folder else {}
        if kind.endswith("Pooling"):
            pooled = settings.get("word_embedding_dimension") or settings.get("embedding_dimension")
            dimensions = pooled or dimensions
        elif kind.endswith("Dense"):
            dimensions = settings.get("out_features") or dimensions
    if not isinstance(dimensions, int):
        raise InvalidInput(f"{label} does not say how long its vectors are.")
    return dimensions
