"""What was read about a subject: of each page that speaks of it, the sentence that says most about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.chat.exchange import Sentence
from host.chat.plain_markdown import quote_statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.evidence import Evidence

MOST_PAGES = 5
# A page speaks of a subject when its rating is over the first and not far below the best page's.
_SPEAKS, _OF_BEST = 0.4, 0.75
# The rating of a page: the place that the search gave it, and how near its best passage is in meaning.
_SCORE, _MEANING = 0.5, 0.7
# The rating of a sentence: its meaning, the subject's words in it, and that it stands first.
_COVERAGE, _FIRST = 0.5, 0.08
# What ends without a full stop is a heading or a piece of a table.
_WHOLE, _BROKEN = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*\s*$"), 0.4
# A sentence with fewer words than its heading does not have says nothing that the heading does not.
_LEAST_WORDS = 4


@dataclass(frozen=True)
class _PageView:
    """A page beside a subject: how much it speaks of it, and which of its passages were found."""

    rating: float
    passages: tuple[int, ...]


def compose_overview(evidence: Evidence) -> tuple[Sentence, ...]:
    """A list of the pages that speak of a subject, a quoted sentence of each.

    Args:
        evidence: gathered for the subject instead of a question.

    Returns:
        items of a Markdown list, each citing its passage; none when no page speaks of it.
    """
    views = sorted(_view_pages(evidence), key=lambda view: -view.rating)
    least = max(_SPEAKS, _OF_BEST * views[0].rating) if views else 0.0
    speaking = [view for view in views if view.rating >= least][:MOST_PAGES]
    evidence.embed_sentences([passage for view in speaking for passage in view.passages])
    found = [number for view in speaking if (number := _choose_sentence(evidence, view.passages)) is not None]
    return tuple(_quote(evidence, number, first=place == 0) for place, number in enumerate(found))


def compose_listing(evidence: Evidence) -> tuple[Sentence, ...]:
    """A list of the pages in the order in which they were found, with the first sentence of each.

    Args:
        evidence: of pages that were found by a time; there is no question to hold against them.
    """
    firsts: dict[int, int] = {}
    for index, passage in enumerate(evidence.passages):
        whole = [
            number
            for number in evidence.sentences_of(index)
            if _WHOLE.search(evidence.sentences[number].text)
            and len(set(evidence.sentences[number].wording.stems)) >= _LEAST_WORDS
        ]
        numbers = whole or evidence.sentences_of(index)
        if numbers:
            firsts.setdefault(passage.page_id, numbers[0])
    return tuple(_quote(evidence, number, first=place == 0) for place, number in enumerate(firsts.values()))


def _view_pages(evidence: Evidence) -> list[_PageView]:
    by_page: dict[int, list[int]] = {}
    for index, passage in enumerate(evidence.passages):
        by_page.setdefault(passage.page_id, []).append(index)
    views = []
    for indices in by_page.values():
        own = [evidence.passages[index] for index in indices]
        cosines = [passage.cosine for passage in own if passage.cosine is not None]
        near = evidence.scale.rate_answer(max(cosines)) if cosines and evidence.scale else 0.0
        rating = _SCORE * max(passage.score for passage in own) + _MEANING * near
        views.append(_PageView(rating, tuple(indices)))
    return views


def _choose_sentence(evidence: Evidence, passages: Sequence[int]) -> int | None:
    total = sum(evidence.weights.values()) or 1.0
    rated: dict[int, float] = {}
    for passage in passages:
        title = set(evidence.titles[passage].stems)
        for place, number in enumerate(evidence.sentences_of(passage)):
            stems = set(evidence.sentences[number].wording.stems)
            if len(stems - title) < _LEAST_WORDS:
                continue
            share = sum(weight for stem, weight in evidence.weights.items() if stem in stems) / total
            cosine = evidence.compare(evidence.sentences[number].text) or 0.0
            rated[number] = (
                cosine
                + _COVERAGE * share
                + (_FIRST if place == 0 else 0.0)
                - (0.0 if _WHOLE.search(evidence.sentences[number].text) else _BROKEN)
            )
    return max(rated, key=lambda number: (rated[number], -number), default=None)


def _quote(evidence: Evidence, number: int, *, first: bool) -> Sentence:
    said = evidence.sentences[number]
    passage = evidence.passages[said.passage]
    words = quote_statement(said.text)
    title = quote_statement(passage.title or passage.domain)
    return Sentence(
        text=f"{'' if first else chr(10)}- **{title}**: {words}", citations=(passage.n,), quote=said.text
    )
