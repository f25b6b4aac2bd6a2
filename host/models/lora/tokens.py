"""Conversations as tokens, exactly as the model will be asked later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput
from host.models.label_paths import LabelPaths, find_paths
from host.models.llama_engine import LlamaEngine, count_common
from host.models.llama_label_batch import find_end
from host.models.llama_loading import LoadOptions, load_llama
from host.models.llama_session import LlamaSession

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_CONTEXT = 512
# More than the short prompts have; longer ones would only be a mistake.
_LONGEST = 480


@dataclass(frozen=True)
class Conversations:
    """What a model is taught with.

    Attributes:
        head: tokens that all items begin with; may be none.
        items: of each item the tokens behind the head, up to where the answer begins; at least one.
        labels: the tokens of each answer.
        end: the token behind an answer.
    """

    head: tuple[int, ...]
    items: tuple[tuple[int, ...], ...]
    labels: tuple[tuple[int, ...], ...]
    end: int

    @property
    def paths(self) -> LabelPaths:
        """Where the labels part."""
        return find_paths(self.labels, self.end)


def tokenise_gguf(
    file: Path,
    threads: int,
    messages: Sequence[Mapping[str, str]],
    items: Sequence[str],
    labels: Sequence[str],
) -> Conversations:
    """Tokens by llama.cpp, which will read the prompts later.

    Args:
        file: GGUF of the model.
        threads: to load with.
        messages: the conversation; an item is put behind the last.
        items: of every row.
        labels: the answers.

    Raises:
        InvalidInput: an item is too long, or the model's template refuses such a conversation.
    """
    # Nothing is computed: the processor is enough, and holds the weights only meanwhile.
    options = LoadOptions(file.name, _CONTEXT, threads, offload=False)
    loaded = load_llama(file, options)
    session = LlamaSession(LlamaEngine(loaded))
    try:

        def write(item: str) -> str:
            return session.prompt.write(_put(messages, item))

        def tokenise(text: str) -> list[int]:
            return session.add_begin(session.engine.tokenise(text, special=True))

        empty = write("")
        ends = [session.tokenise_label(empty, label) for label in labels]
        return _share(
            tokenise(empty), [tokenise(write(item)) for item in items], ends, find_end(session, messages)
        )
    finally:
        session.engine.close()


def tokenise_folder(
    tokenizer: Any,
    messages: Sequence[Mapping[str, str]],
    items: Sequence[str],
    labels: Sequence[str],
) -> Conversations:
    """Tokens by the tokenizer of a model of safetensors.

    Args:
        tokenizer: of transformers, with a chat template.
        messages: the conversation; an item is put behind the last.
        items: of every row.
        labels: the answers.

    Raises:
        InvalidInput: it has no chat template.
    """
    if not tokenizer.chat_template:
        raise InvalidInput(
            "The model has no chat template, so nobody knows how it is asked.",
            fix="Take a model that was made to answer (Instruct, Chat).",
        )

    def write(item: str) -> str:
        return str(
            tokenizer.apply_chat_template(_put(messages, item), tokenize=False, add_generation_prompt=True)
        )

    def make(text: str) -> list[int]:
        return [int(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]

    empty = make(write(""))
    ends = [make(label) for label in labels]
    return _share(
        empty, [make(write(item)) for item in items], ends, _find_end(tokenizer, messages, write(""))
    )


def _find_end(tokenizer: Any, messages: Sequence[Mapping[str, str]], before: str) -> int:
    """What the template puts behind an answer, else what ends a text."""
    answer = "answer"
    spoken = [*_put(messages, ""), {"role": "assistant", "content": answer}]
    answered = str(tokenizer.apply_chat_template(spoken, tokenize=False))
    if answered.startswith(before + answer):
        behind = tokenizer(answered[len(before + answer) :], add_special_tokens=False)["input_ids"]
        if behind:
            return int(behind[0])
    return int(tokenizer.eos_token_id)


def _put(messages: Sequence[Mapping[str, str]], item: str) -> list[dict[str, str]]:
    last = messages[-1]
    return [*map(dict, messages[:-1]), {**last, "content": last["content"] + item}]


def _share(
    empty: Sequence[int], wholes: Sequence[Sequence[int]], labels: Sequence[Sequence[int]], end: int
) -> Conversations:
    """Take what all begin with apart, which is computed once for a whole batch."""
    longest = max(map(len, wholes), default=0)
    if longest > _LONGEST:
        raise InvalidInput(f"A conversation has {longest} tokens; at most {_LONGEST} can be taught.")
    shared = min((count_common(empty, whole) for whole in wholes), default=0)
    shared = min([shared, *(len(whole) - 1 for whole in wholes)])
    return Conversations(
        tuple(empty[:shared]),
        tuple(tuple(whole[shared:]) for whole in wholes),
        tuple(tuple(label) for label in labels),
        end,
    )
