"""An answer made of sentences of the passages, each quoted as it stands there. No language model is asked.

Which sentences, and how many, was measured against answers that people wrote: docs/chat.md.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from host.chat.exchange import Sentence
from host.core.function_words import find_languages

if TYPE_CHECKING:
    from host.chat.evidence import Evidence

MOST_SENTENCES = 3
# Passages that sentences may come from, and how far behind the first in the search they may be.
_PASSAGES, _BEHIND = 3, 0.2
# What the words of the question count beside nearness in meaning, and what the place in the search does.
_COVERAGE, _PLACE = 0.5, 1.0
# How far below the best sentence another one still belongs to the answer, and what standing beside it counts.
_CLOSE, _BESIDE = 0.5, 0.05
# An answer shorter than this takes one more sentence: what a person asks for is rarely said in five words.
_SHORT = 150
# Among sentences that end in a full stop, a line as short as this without one is a heading.
_END, _HEADING = re.compile(r"[.!?:;…。！？؟।][\"'”’»)\]]*\s*$"), 70
_PRONOUNS = Path(__file__).with_name("pronouns.json")


def compose_answer(evidence: Evidence) -> tuple[Sentence, ...]:
    """The sentences that answer best.

    Args:
        evidence: of a question.

    Returns:
        one to three sentences of the passage that answers best, in the order of reading, and one of another
        passage where that holds a better one. Each cites its passage. None where there is nothing to quote.
    """
    if not evidence.passages:
        return ()
    ahead = evidence.passages[0].score - _BEHIND
    candidates = [
        number for number, passage in enumerate(evidence.passages[:_PASSAGES]) if passage.score >= ahead
    ]
    evidence.embed_sentences(candidates)
    rated = {passage: _rate_sentences(evidence, passage) for passage in candidates}
    # Where nothing but headings was found, a heading is better than nothing.
    told = {passage: _drop_headings(evidence, ratings) for passage, ratings in rated.items()}
    rated = {passage: ratings for passage, ratings in told.items() if ratings} or {
        passage: ratings for passage, ratings in rated.items() if ratings
    }
    if not rated:
        return ()
    main = min(rated)
    chosen = _choose(evidence, rated[main])
    best = max(rated, key=lambda one: max(rated[one].values()) + _PLACE * evidence.passages[one].score)
    if evidence.passages[best].page_id != evidence.passages[main].page_id:
        chosen = [*chosen[: MOST_SENTENCES - 1], max(rated[best], key=lambda one: rated[best][one])]
    return tuple(_quote(evidence, number, first=place == 0) for place, number in enumerate(chosen))


def _rate_sentences(evidence: Evidence, passage: int) -> dict[int, float]:
    """How well each sentence of a passage answers, by its index."""
    total = sum(evidence.weights.values()) or 1.0
    title = set(evidence.titles[passage].stems)
    ratings = {}
    for number in evidence.sentences_of(passage):
        sentence = evidence.sentences[number]
        held = title.union(sentence.wording.stems)
        coverage = sum(weight for stem, weight in evidence.weights.items() if stem in held) / total
        cosine = evidence.compare(sentence.text)
        meaning = evidence.scale.rate_answer(cosine) if evidence.scale and cosine is not None else 0.0
        ratings[number] = meaning + _COVERAGE * coverage
    return ratings


def _drop_headings(evidence: Evidence, ratings: dict[int, float]) -> dict[int, float]:
    """Without the sentences that only say what the page or its part is called."""
    ends = any(_END.search(evidence.sentences[number].text) for number in ratings)
    return {number: rating for number, rating in ratings.items() if not _is_heading(evidence, number, ends)}


def _is_heading(evidence: Evidence, number: int, ends: bool) -> bool:
    sentence = evidence.sentences[number]
    if set(sentence.wording.stems) <= set(evidence.titles[sentence.passage].stems):
        return True
    return ends and len(sentence.text) < _HEADING and not _END.search(sentence.text)


def _choose(evidence: Evidence, ratings: dict[int, float]) -> list[int]:
    """The best sentences of one passage and what they need to be understood, in the order of reading."""
    best = max(ratings, key=lambda number: (ratings[number], -number))
    lifted = {
        number: rating + (_BESIDE if abs(number - best) == 1 else 0.0) for number, rating in ratings.items()
    }
    order = sorted(lifted, key=lambda number: (number != best, -lifted[number], number))
    close = [number for number in order if lifted[number] >= ratings[best] - _CLOSE]
    chosen = close[:MOST_SENTENCES]
    length = sum(len(evidence.sentences[number].text) for number in chosen)
    if length < _SHORT and len(chosen) < min(len(order), MOST_SENTENCES):
        chosen.append(next(number for number in order if number not in chosen))
    first = min(chosen)
    if len(chosen) < MOST_SENTENCES and first - 1 in ratings and _leans_back(evidence.sentences[first].text):
        chosen.append(first - 1)
    return sorted(chosen)


def _quote(evidence: Evidence, number: int, *, first: bool) -> Sentence:
    sentence = evidence.sentences[number]
    text = " ".join(sentence.text.split())
    return Sentence(
        text=text if first else f" {text}",
        citations=(evidence.passages[sentence.passage].n,),
        quote=sentence.text,
    )


def _leans_back(text: str) -> bool:
    """Whether a sentence begins with a pronoun, so that the one before says who is meant."""
    words = text.casefold().split()
    known = _read_pronouns()
    return bool(words) and any(
        words[0].strip(",") in known.get(language, ()) for language in find_languages(words)[:1]
    )


@cache
def _read_pronouns() -> dict[str, frozenset[str]]:
    data = json.loads(_PRONOUNS.read_text(encoding="utf-8"))
    return {language: frozenset(words.split()) for language, words in data.items()}
