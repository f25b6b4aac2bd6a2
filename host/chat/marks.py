"""An answer as Markdown: its sentences with the marks of what they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from host.chat.exchange import Sentence

UNSUPPORTED = "[?]"


def mark(sentence: Sentence) -> str:
    """What stands behind a sentence: ` [1] [2]`, ` [?]` where no passage says so, or nothing."""
    if not sentence.text.strip():
        return ""
    if not sentence.supported:
        return f" {UNSUPPORTED}"
    return "".join(f" [{n}]" for n in sentence.citations)


def render_sentence(sentence: Sentence) -> str:
    """A sentence with its marks, before any white space that ends it."""
    body = sentence.text.rstrip()
    return f"{body}{mark(sentence)}{sentence.text[len(body) :]}"


def render_answer(sentences: Iterable[Sentence]) -> str:
    """The whole answer. Equal to the pieces that were streamed, put together."""
    return "".join(render_sentence(sentence) for sentence in sentences)
