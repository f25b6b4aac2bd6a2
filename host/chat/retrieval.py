"""The passages that a question is answered from: of the pages of a search, what speaks to the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from host.chat.cleaning import clean_passage, clean_title
from host.chat.exchange import Passage
from host.chat.wording import Wording, fold_stem, read_wording
from host.search.exchange import SearchRequest
from host.search.word_spans import WordFinder
from host.storage import pages, vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    import apsw

    from host.history.profiles import Profile
    from host.search.exchange import DegradedPart, SearchAnswer
    from host.search.query_language import Chip
    from host.search.results import ResultItem
    from host.search.service import Search
    from host.storage.filters import PageFilter
    from host.storage.pages import Chunk, Page

# Pages that are looked into, and passages that come out of them.
PAGES = 12
PASSAGES = 8
MOST_OF_A_PAGE = 2
# Passages of a long page whose vectors are compared exactly.
_COMPARED = 12
# Of two passages of a page, which one speaks to the question: by meaning, and by the words that it holds.
_COSINE, _COVERAGE = 0.5, 0.35
# How far what the passage itself says counts beside the place of its page.
_OWN = 0.5
# What a second passage of a page must be better by than the first of another.
_SECOND = 0.1
# A passage that has so much of its words, and all its numbers, from another one says the same.
_SAME = 0.85


@dataclass(frozen=True)
class Found:
    """What a question is answered from.

    Attributes:
        passages: numbered from 1, best first.
        degraded: what did not work.
        weights: of the stems of the question, what they weigh in this history; empty where that is unknown.
        chips: the parts of the question that were taken for filters.
        asked: the question without what was taken for filters.
    """

    passages: tuple[Passage, ...]
    degraded: tuple[DegradedPart, ...] = ()
    weights: Mapping[str, float] | None = None
    chips: tuple[Chip, ...] = ()
    asked: str = ""


@dataclass(frozen=True)
class _Candidate:
    """A passage that may be chosen.

    Attributes:
        page: its page.
        chunk: the stored passage.
        cosine: with the question.
        page_score: of its page.
        value: of the passage; larger is better.
    """

    page: Page
    chunk: Chunk
    cosine: float | None
    page_score: float
    value: float


def find_passages(
    search: Search,
    profile: Profile,
    text: str,
    *,
    page_filter: PageFilter,
    zone: tzinfo | None = None,
    wait_s: float = 0.0,
    check_cancelled: Callable[[], None] = lambda: None,
) -> Found:
    """Search for a question, and choose what it is answered from.

    Args:
        search: of the product.
        profile: whose history.
        text: the question, in words that can be searched for by themselves.
        page_filter: narrows the pages.
        zone: of the person, for dates in words.
        wait_s: how long to wait for a model that is loading.
        check_cancelled: raises when the caller has lost interest.

    Returns:
        passages of http and https pages only. At most two are of one page, and none says again what a better
        one says. A page of which nothing but its title is known has none.
    """
    # The space says that the last word is finished.
    request = SearchRequest(
        f"{text} ", "hybrid-rerank", limit=PAGES, page_filter=page_filter, wait_s=wait_s, zone=zone
    )
    answer = search.query(profile, request, check_cancelled)
    check_cancelled()
    items = [item for item in answer.results if urlsplit(item.page.url).scheme in ("http", "https")]
    weights = _weigh_stems(answer)
    candidates = profile.database.read(lambda connection: _collect(connection, answer, items, weights))
    return Found(
        passages=tuple(_number(_choose(candidates))),
        degraded=tuple(answer.degraded),
        weights=weights,
        chips=answer.parsed.chips,
        asked=answer.parsed.text,
    )


def _weigh_stems(answer: SearchAnswer) -> dict[str, float]:
    words = answer.words
    if words is None or words.evidence is None:
        return {}
    weights: dict[str, float] = {}
    for word, weight in zip(words.words, words.evidence.weights, strict=True):
        stems = read_wording(word.term.text).stems or (fold_stem(word.term.text),)
        for stem in stems:
            weights[stem] = max(weight, weights.get(stem, 0.0))
    return weights


def _collect(
    connection: apsw.Connection,
    answer: SearchAnswer,
    items: Sequence[ResultItem],
    weights: Mapping[str, float],
) -> list[_Candidate]:
    """The best passages of each page."""
    ids = [item.page.id for item in items]
    cosines: dict[int, float] = {}
    if answer.comparison is not None:
        cosines = vectors.compare_passages(connection, answer.comparison, ids, _COMPARED)
    terms = [word.term.text for word in answer.words.words] if answer.words else list(answer.parsed.terms)
    finder = WordFinder([*terms, *answer.parsed.phrases])
    weigh = [
        max((weights.get(stem, 1.0) for stem in read_wording(term).stems), default=1.0) for term in terms
    ]
    total = sum(weigh) or 1.0
    found = []
    for item in items:
        rated = []
        for chunk in pages.read_chunks(connection, item.page.id):
            held = {span.term for span in finder.find(f"{chunk.heading}\n{chunk.text}")}
            coverage = sum(weigh[term] for term in held if term < len(weigh)) / total
            cosine = cosines.get(chunk.id)
            # One without a vector, or far down by its code, is as near as nothing.
            value = _COSINE * (cosine or 0.0) + _COVERAGE * coverage
            rated.append((value, chunk, cosine))
        rated.sort(key=lambda one: (-one[0], one[1].position))
        for place, (value, chunk, cosine) in enumerate(rated[: 2 * MOST_OF_A_PAGE]):
            worth = item.score + _OWN * value - (_SECOND if place else 0.0)
            found.append(_Candidate(item.page, chunk, cosine, item.score, worth))
    return found


def _choose(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    chosen: list[tuple[_Candidate, Wording]] = []
    for candidate in sorted(candidates, key=lambda one: -one.value):
        if len(chosen) == PASSAGES:
            break
        own = sum(1 for one, _ in chosen if one.page.id == candidate.page.id)
        wording = read_wording(candidate.chunk.text) if own < MOST_OF_A_PAGE else None
        if wording is not None and not any(_says_same(wording, other) for _, other in chosen):
            chosen.append((candidate, wording))
    return [candidate for candidate, _ in chosen]


def _says_same(candidate: Wording, chosen: Wording) -> bool:
    own = set(candidate.stems)
    if not own:
        # Signs and pictures without a word: there is nothing to compare.
        return False
    return len(own.intersection(chosen.stems)) >= _SAME * len(own) and candidate.numbers <= chosen.numbers


def _number(chosen: Sequence[_Candidate]) -> list[Passage]:
    numbered: list[Passage] = []
    for one in chosen:
        text = clean_passage(one.chunk.text)
        if not text:
            continue
        numbered.append(
            Passage(
                n=len(numbered) + 1,
                page_id=one.page.id,
                chunk_id=one.chunk.id,
                url=one.page.url,
                title=clean_title(one.page.title),
                domain=one.page.domain,
                heading=clean_title(one.chunk.heading),
                text=text,
                visited_at=one.page.last_visit_at,
                favicon_url=one.page.favicon_url,
                score=one.page_score,
                cosine=one.cosine,
                language=one.page.language,
            )
        )
    return numbered
