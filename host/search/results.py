"""From ranked pages to what a person sees: title, snippet with highlights, the best passage, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from host.search.snippets import make_snippet
from host.storage import pages
from host.storage.categories import read_category_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.search.matching import WordMatch
    from host.search.query_language import ParsedQuery
    from host.search.ranking import Ranked
    from host.storage.pages import Page

SNIPPET_CHARACTERS = 240
PASSAGE_CHARACTERS = 1200

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class ResultPassage:
    """The passage that a page was found by; highlights in UTF-16 units."""

    chunk_id: int
    heading: str
    text: str
    highlights: Spans


@dataclass(frozen=True)
class ResultItem:
    """One result; highlights of the snippet in UTF-16 units, `category` by its name."""

    page: Page
    snippet: str
    highlights: Spans
    score: float
    passage: ResultPassage | None
    why: dict[str, Any] | None
    category: str | None = None


def present_results(
    connection: apsw.Connection,
    ranked: Sequence[Ranked],
    parsed: ParsedQuery,
    words: WordMatch | None,
    *,
    explain: bool,
) -> list[ResultItem]:
    """Fill in what is shown for each page; pages that were deleted meanwhile are passed over.

    Args:
        connection: to read from.
        ranked: the pages to show, in order.
        parsed: the query.
        words: what full text was asked for.
        explain: add why each page is there.
    """
    found = pages.read_pages(connection, [item.page_id for item in ranked])
    chunks = pages.read_chunks_by_id(
        connection, [item.chunk_id for item in ranked if item.chunk_id is not None]
    )
    names = read_category_names(connection)
    terms = [*_counting_terms(parsed, words), *parsed.title_terms]
    prefix = parsed.last_term_is_prefix and not (words and words.corrected)
    shorten = partial(make_snippet, terms=terms, phrases=parsed.phrases, prefix=prefix)
    items = []
    for item in ranked:
        page = found.get(item.page_id)
        if page is None:
            continue
        chunk = chunks.get(item.chunk_id) if item.chunk_id is not None else None
        passage = None
        if chunk is not None:
            text, marked = shorten(chunk.text, max_chars=PASSAGE_CHARACTERS)
            passage = ResultPassage(chunk.id, chunk.heading, text, marked)
        snippet, highlights = shorten(page.content_text, max_chars=SNIPPET_CHARACTERS)
        if chunk is not None and not highlights:
            # Found by meaning: the words of the query are not there, so the nearest passage speaks.
            snippet, highlights = shorten(chunk.text, max_chars=SNIPPET_CHARACTERS)
        why = {**item.why, "matched_terms": _matched(page, terms)} if explain else None
        items.append(
            ResultItem(page, snippet, highlights, item.score, passage, why, names.get(page.category or ""))
        )
    return items


def spell_out(stem: str, items: Sequence[ResultItem]) -> str:
    """A word of the results that has this stem: full text knows words by their stems only."""
    word = re.compile(rf"\b{re.escape(stem)}\w{{0,5}}", re.IGNORECASE)
    for item in items:
        for text in (item.snippet, item.page.title, item.page.content_text):
            if found := word.search(text):
                return found[0].casefold()
    return stem


def _counting_terms(parsed: ParsedQuery, words: WordMatch | None) -> list[str]:
    """The words to mark: known spellings, then those that count in the order of the query."""
    if words is None or not words.words:
        return list(parsed.terms)
    return [*(to for _, to in words.corrected), *(word.term.text for word in words.words)]


def _matched(page: Page, terms: Sequence[str]) -> list[str]:
    text = f"{page.title}\n{page.url}\n{page.content_text}".casefold()
    return [term for term in dict.fromkeys(terms) if term.casefold() in text]
