"""An answer made of sentences of the passages, each quoted as it stands there. No language model is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.chat.exchange import Sentence

if TYPE_CHECKING:
    from host.chat.evidence import Evidence

MOST_SENTENCES = 3
# How far below the best sentence another one still belongs to the answer.
_CLOSE = 0.12
_COSINE, _COVERAGE = 1.0, 0.5


def compose_answer(evidence: Evidence) -> tuple[Sentence, ...]:
    """The sentences that answer best.

    Args:
        evidence: of a question.

    Returns:
        one to three sentences, those of a passage in the order of reading, each with its passage as its only
        citation; none where there is nothing to quote.
    """
    ratings = _rate_sentences(evidence)
    if not ratings:
        return ()
    best = max(ratings.values())
    order = sorted(ratings, key=lambda number: (-ratings[number], number))
    main = evidence.sentences[order[0]].passage
    chosen = [
        number
        for number in order
        if ratings[number] >= best - _CLOSE and evidence.sentences[number].passage == main
    ][:MOST_SENTENCES]
    return tuple(
        Sentence(
            text=f"{' ' if place else ''}{evidence.sentences[number].text}",
            citations=(evidence.passages[evidence.sentences[number].passage].n,),
            quote=evidence.sentences[number].text,
        )
        for place, number in enumerate(sorted(chosen))
    )


def _rate_sentences(evidence: Evidence) -> dict[int, float]:
    """How well each sentence of the best passage answers."""
    evidence.embed_sentences([0] if evidence.passages else [])
    total = sum(evidence.weights.values()) or 1.0
    ratings = {}
    for number in evidence.sentences_of(0) if evidence.passages else []:
        sentence = evidence.sentences[number]
        held = {*sentence.wording.stems, *evidence.titles[sentence.passage].stems}
        coverage = sum(weight for stem, weight in evidence.weights.items() if stem in held) / total
        ratings[number] = _COSINE * (evidence.compare(sentence.text) or 0.0) + _COVERAGE * coverage
    return ratings
