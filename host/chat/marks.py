"""An answer as Markdown: its sentences with the marks of what they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.chat.blocks import is_fenced, is_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from host.chat.exchange import Sentence

UNSUPPORTED = "[?]"


def mark(sentence: Sentence) -> str:
    """What stands behind a sentence: ` [1] [2]`, ` [?]` where no passage says so, or nothing.

    Behind a table or fenced code it is a paragraph of its own.
    """
    if not sentence.text.strip():
        return ""
    marks = [f"[{n}]" for n in sentence.citations] if sentence.supported else [UNSUPPORTED]
    if not marks:
        return ""
    if is_table(sentence.text) or is_fenced(sentence.text):
        return f"\n\n{' '.join(marks)}\n"
    return f" {' '.join(marks)}"


def render_sentence(sentence: Sentence) -> str:
    """A sentence with its marks, before any white space that ends it."""
    body = sentence.text.rstrip()
    return f"{body}{mark(sentence)}{sentence.text[len(body) :]}"


def render_answer(sentences: Iterable[Sentence]) -> str:
    """The whole answer. Equal to the pieces that were streamed, put together."""
    return "".join(render_sentence(sentence) for sentence in sentences)
