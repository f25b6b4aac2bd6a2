"""What is answered without an engine: that nothing was found, or the pages that were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.chat.exchange import Draft, Problem, Sentence
from host.chat.plain_markdown import quote_statement
from host.core.errors import ModelLoading, ModelUnavailable
from host.core.text import truncate_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import Passage
    from host.core.errors import AppError

SNIPPET_CHARACTERS = 200
MOST_PAGES = 5
# A page that the search thinks so much less of than of the best is none that was looked for.
_LEAST_OF_BEST = 0.4


def no_language_model() -> ModelUnavailable:
    """The error when an answer is to be written and there is nobody to write it."""
    return ModelUnavailable(
        "No language model is installed, so the pages found are listed.",
        fix="Choose one that fits this machine: classify model recommend",
    )


def no_embedding_model() -> ModelUnavailable:
    """The error when nothing can tell what the passages have to do with the question."""
    return ModelUnavailable(
        "No embedding model is installed, so the pages found are listed and nothing is answered from them.",
        fix="Install one: classify model download all-minilm-l6-v2",
    )


def say_nothing_found(passages: Sequence[Passage], *, narrowed: bool) -> Draft:
    """The answer when the history has none.

    Args:
        passages: what is nearest, listed beside the answer.
        narrowed: whether the search was narrowed to a site or a time.
    """
    said = (
        "Nothing in this part of your history answers that."
        if narrowed
        else "Nothing in your history answers that."
    )
    more = " The closest pages are listed below." if passages else ""
    return Draft((Sentence(said + more),), "none")


def list_results(passages: Sequence[Passage]) -> Draft:
    """The structured answer: the best pages, each with its title and the beginning of its passage."""
    best: dict[int, Passage] = {}
    for passage in passages:
        best.setdefault(passage.page_id, passage)
    if not best:
        return Draft((Sentence("Nothing was found in your history."),), "results")
    least = _LEAST_OF_BEST * max(passage.score for passage in best.values())
    listed = [passage for passage in best.values() if passage.score >= least][:MOST_PAGES]
    sentences = [Sentence("These pages of your history come closest:\n")]
    for passage in listed:
        title = quote_statement(passage.title or passage.domain)
        text = " ".join(passage.text.split()).removeprefix(" ".join(passage.title.split())).lstrip(" .:–-")
        snippet = quote_statement(truncate_text(text, SNIPPET_CHARACTERS))
        sentences.append(Sentence(f"\n- **{title}**: {snippet}", (passage.n,)))
    return Draft(tuple(sentences), "results")


def explain(error: AppError) -> Problem:
    """Why a list of results is all there is."""
    fix = error.fix or ("Ask again in a few seconds." if isinstance(error, ModelLoading) else "Ask again.")
    return Problem(error.kind, error.message, fix)
