"""From a parsed query to what full text is asked for, with the words that occur nowhere corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from host.history.profiles import Profile
from host.search.query_language import ParsedQuery
from host.search.spelling import correct
from host.storage import fulltext
from host.storage.filters import PageFilter
from host.storage.fulltext import Match, Term, TextHit

_SHORTEST_CORRECTED = 4


@dataclass(frozen=True)
class WordMatch:
    """What full text is asked for.

    Attributes:
        match: for the index.
        words: the plain words with the number of pages that hold each.
        corrected: (as typed, also searched for).
    """

    match: Match
    words: tuple[tuple[Term, int], ...]
    corrected: tuple[tuple[str, str], ...] = ()


def match_words(profile: Profile, connection: apsw.Connection, parsed: ParsedQuery) -> WordMatch:
    """Decide what to ask full text for.

    Every word counts for the score and one is enough to be found; phrases, title words and exclusions are
    conditions. A word that no page holds brings its nearest known spelling along.
    """
    terms = [Term(term) for term in parsed.terms]
    if terms and parsed.last_term_is_prefix:
        terms[-1] = Term(terms[-1].text, prefix=True)
    conditions = (
        *(Term(phrase) for phrase in parsed.phrases),
        *(Term(term, column="title") for term in parsed.title_terms),
    )
    refused = tuple(Term(term) for term in parsed.excluded)
    if profile.memory_index is not None:
        match = Match(any_of=tuple(terms), all_of=conditions, none_of=refused)
        return WordMatch(match, tuple((term, 1) for term in terms))
    counts = fulltext.count_pages_with(connection, terms)
    corrected: list[tuple[str, str]] = []
    for term, count in zip(list(terms), counts, strict=True):
        if count == 0 and (better := _find_correction(connection, term)):
            terms.append(Term(better))
            corrected.append((term.text, better))
    counts = fulltext.count_pages_with(connection, terms)
    match = Match(any_of=tuple(terms), all_of=conditions, none_of=refused)
    return WordMatch(match, tuple(zip(terms, counts, strict=True)), tuple(corrected))


def search_words(
    profile: Profile, connection: apsw.Connection, words: WordMatch, page_filter: PageFilter, limit: int
) -> list[TextHit]:
    """The best pages by words, from the index or, without FTS5, from memory."""
    if profile.memory_index is not None:
        return profile.memory_index.search(connection, words.match, limit, page_filter)
    return fulltext.search_text(connection, words.match, limit, page_filter)


def keep_allowed(
    profile: Profile, connection: apsw.Connection, words: WordMatch, page_ids: Sequence[int]
) -> list[int]:
    """Those of `page_ids` that meet the conditions of the query, in the same order."""
    match = words.match
    if not match.all_of and not match.none_of or profile.memory_index is not None:
        return list(page_ids)
    return fulltext.filter_pages(connection, match, page_ids)


def _find_correction(connection: apsw.Connection, term: Term) -> str | None:
    """The known word nearest to one that no page holds; a word of two letters is never corrected."""
    word = term.text.casefold()
    if not word.isalpha() or len(word) < _SHORTEST_CORRECTED:
        return None
    # People get the first letter right nearly always, and it narrows the vocabulary twentyfold.
    return correct(word, fulltext.read_vocabulary(connection, word[0], chr(ord(word[0]) + 1)))
