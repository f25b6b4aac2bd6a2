"""From a parsed query to what full text is asked for, and what its words prove of each page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.core.function_words import find_function_words, is_function_word
from host.core.stems import stem_word
from host.core.text import split_unspaced
from host.core.urls import strip_scheme
from host.search.evidence import Evidence, find_neighbours, measure_coverage, measure_phrases, weigh_words
from host.search.spelling import SHORTEST, correct
from host.storage import fulltext
from host.storage.fulltext import Match, Term, TextHit
from host.storage.statistics import count_pages

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import apsw

    from host.history.profiles import Profile
    from host.search.query_language import ParsedQuery
    from host.storage.filters import PageFilter

_NOT_LETTERS = re.compile(r"[\W\d_]+")
# What a page gets for a word that it holds in another form than typed.
CORRECTED_CREDIT = 0.8
PREFIX_CREDIT = 0.9
# Full text is asked for this many pages, so that those which vectors bring have their score too.
SCORED_DEPTH = 1000
# A beginning of one or two letters is on nearly every page: it is looked for in titles only.
SHORTEST_PREFIX = 3


@dataclass(frozen=True)
class QueryWord:
    """A word of the query that counts.

    Attributes:
        term: as typed.
        holding: pages that hold it so.
        other: the known spelling, or the word that its beginning is expanded to, and the pages that hold it.
        credit: what a page gets that holds only `other`.
    """

    term: Term
    holding: frozenset[int] = frozenset()
    other: Term | None = None
    other_holding: frozenset[int] = frozenset()
    credit: float = 1.0

    @property
    def asked(self) -> tuple[Term, ...]:
        """What full text is asked for first."""
        if self.other is None:
            return (self.term,)
        if self.other.prefix:
            return (self.term,) if self.holding else (self.other,)
        return (self.term, self.other)


@dataclass(frozen=True)
class WordMatch:
    """What full text is asked for.

    Attributes:
        match: for the index.
        filler: with the unfinished last word taken for a beginning; its pages come behind those of `match`.
        words: those that count.
        evidence: what they weigh; None without FTS5, where that is unknown.
        pairs: neighbouring words: what they weigh together and the pages on which they are neighbours too.
        corrected: (as typed, also searched for).
    """

    match: Match
    filler: Match | None = None
    words: tuple[QueryWord, ...] = ()
    evidence: Evidence | None = None
    pairs: tuple[tuple[float, frozenset[int]], ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()

    def measure(self, page_id: int) -> tuple[float, float]:
        """(coverage, phrase) of a page; see `evidence`."""
        if self.evidence is None:
            return 0.0, 0.0
        matched: dict[int, float] = {}
        for index, word in enumerate(self.words):
            if page_id in word.holding:
                matched[index] = 1.0
            elif page_id in word.other_holding:
                matched[index] = word.credit
        found = [index for index, (_, pages) in enumerate(self.pairs) if page_id in pages]
        return measure_coverage(self.evidence, matched), measure_phrases(
            [weight for weight, _ in self.pairs], found
        )


@dataclass
class TextHits:
    """Pages by words: the best of them in order, and the score of many more."""

    best: list[TextHit] = field(default_factory=list)
    bm25: dict[int, float] = field(default_factory=dict)


def match_words(profile: Profile, connection: apsw.Connection, parsed: ParsedQuery) -> WordMatch:
    """Decide what to ask full text for, and look up where each word is.

    Words that say nothing are left out when others remain. Every other word counts for the score and one is
    enough to be found; phrases, title words and exclusions are conditions. A word that no page holds brings
    its nearest known spelling along.
    """
    conditions = (
        *(Term(phrase) for phrase in parsed.phrases),
        *(Term(term, column="title") for term in parsed.title_terms),
    )
    refused = tuple(Term(term) for term in parsed.excluded)
    silent = find_function_words(parsed.terms)
    last = len(parsed.terms) - 1
    terms = [
        (piece, parsed.last_term_is_prefix and index == last and piece == term)
        for index, term in enumerate(parsed.terms)
        if not is_function_word(term, silent) or (parsed.last_term_is_prefix and index == last)
        for piece in split_unspaced(strip_scheme(term))
    ]
    if profile.memory_index is not None:
        plain = tuple(Term(term, prefix=prefix) for term, prefix in terms)
        return WordMatch(Match(any_of=plain, all_of=conditions, none_of=refused))
    words = tuple(
        _look_up(connection, term, prefix=prefix)
        for term, prefix in dict.fromkeys(terms)
        if any(character.isalnum() for character in term)
    )
    evidence = weigh_words(
        count_pages(connection), [len(word.holding | word.other_holding) for word in words]
    )
    # A finished word that is on some page is asked for alone: with its beginning it would count twice.
    asked = tuple(term for word in words for term in word.asked)
    begun = tuple(word.other for word in words if word.other and word.other.prefix and word.holding)
    filler = Match(any_of=begun, all_of=conditions, none_of=refused) if begun else None
    return WordMatch(
        match=Match(any_of=asked, all_of=conditions, none_of=refused),
        filler=filler,
        words=words,
        evidence=evidence,
        pairs=_find_pairs(connection, parsed, silent, words, evidence),
        corrected=tuple(
            (word.term.text, word.other.text)
            for word in words
            if word.other is not None and not word.other.prefix
        ),
    )


def search_words(
    profile: Profile, connection: apsw.Connection, words: WordMatch, page_filter: PageFilter, limit: int
) -> TextHits:
    """The best pages by words, from the index or, without FTS5, from memory."""
    if profile.memory_index is not None:
        hits = profile.memory_index.search(connection, words.match, SCORED_DEPTH, page_filter)
    else:
        hits = fulltext.search_text(connection, words.match, SCORED_DEPTH, page_filter)
        if words.filler is not None and len(hits) < limit:
            found = {hit.page_id for hit in hits}
            more = fulltext.search_text(connection, words.filler, limit, page_filter)
            hits += [hit for hit in more if hit.page_id not in found]
    return TextHits(hits[:limit], {hit.page_id: hit.bm25 for hit in hits})


def keep_allowed(
    profile: Profile, connection: apsw.Connection, words: WordMatch, page_ids: Sequence[int]
) -> list[int]:
    """Those of `page_ids` that meet the conditions of the query, in the same order."""
    match = words.match
    if not match.all_of and not match.none_of:
        return list(page_ids)
    if profile.memory_index is not None:
        return profile.memory_index.keep_allowed(connection, match, page_ids)
    return fulltext.filter_pages(connection, match, page_ids)


def _look_up(connection: apsw.Connection, text: str, *, prefix: bool) -> QueryWord:
    whole = Term(text)
    holding = fulltext.find_pages_with(connection, whole)
    if prefix and len(text) >= SHORTEST_PREFIX:
        longer = Term(text, prefix=True)
        found = fulltext.find_pages_with(connection, longer)
        if found or holding:
            return QueryWord(whole, holding, longer, found, PREFIX_CREDIT)
    elif prefix:
        begun = Term(text, prefix=True, column="title")
        return QueryWord(whole, holding, begun, fulltext.find_pages_with(connection, begun), PREFIX_CREDIT)
    if not holding and (better := _find_correction(connection, text)):
        other = Term(better)
        return QueryWord(whole, holding, other, fulltext.find_pages_with(connection, other), CORRECTED_CREDIT)
    return QueryWord(whole, holding)


def _find_pairs(
    connection: apsw.Connection,
    parsed: ParsedQuery,
    silent: Collection[str],
    words: Sequence[QueryWord],
    evidence: Evidence,
) -> tuple[tuple[float, frozenset[int]], ...]:
    """Neighbouring words of the query, what they weigh, and where they are neighbours."""
    weights = {word.term.text: weight for word, weight in zip(words, evidence.weights, strict=True)}
    known = {word.term.text: word.holding for word in words}
    spoken = [is_function_word(term, frozenset(silent)) for term in parsed.terms]
    pairs = []
    for left, right in find_neighbours(spoken):
        one, two = parsed.terms[left], parsed.terms[right]
        weight = weights.get(one, 0.0) + weights.get(two, 0.0)
        # A word that no page holds has no neighbours; asking costs time.
        possible = known.get(one, True) and known.get(two, True)
        together = fulltext.find_pages_with(connection, Term(f"{one} {two}")) if possible else frozenset()
        pairs.append((weight, frozenset(together)))
    return tuple(pairs)


def _find_correction(connection: apsw.Connection, text: str) -> str | None:
    """The known word (its stem) nearest to one that no page holds."""
    word = stem_word(_NOT_LETTERS.sub("", text.casefold()))
    if len(word) < SHORTEST:
        return None
    # People get the first letter right nearly always, and it narrows the vocabulary twentyfold.
    vocabulary = fulltext.read_vocabulary(connection, word[0], chr(ord(word[0]) + 1))
    if any(known.startswith(word) for known in vocabulary):
        # "warm" where only "warmer" is known is no misspelling.
        return None
    return correct(word, vocabulary)
