"""Which passages say what a sentence of an answer says.

A sentence is held against the sentences of the passages, and their neighbours, because an answer often says
in one sentence what a page says in two. Meaning alone does not tell "in 1998" from "in 1989", nor one name
from another; words alone do not know a paraphrase. So both count, and what can be checked word by word must
be there. Where a model of inference is installed, it has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.chat.wording import Wording, denies, read_wording
from host.core.errors import AppError, Cancelled

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Sequence

    from host.chat.evidence import Evidence, TextEntailment

# Passages that a sentence is held against, and their sentences that are compared by meaning: those that share
# most of its words.
COMPARED_PASSAGES = 4
COMPARED_SENTENCES = 8
MOST_CITATIONS = 2
# A page that the search thinks so much less of than of the best has another subject: what it says by chance
# supports nothing.
_OFF_SUBJECT = 0.35
# What meaning and words count; they add up to 1.
_MEANING, _WORDS = 0.55, 0.45
# From here on a sentence counts as said; words alone must prove more.
_ENOUGH, _ENOUGH_WORDS = 0.62, 0.75
# A passage of another page is cited too where it says as much, within this.
_CLOSE = 0.03
# What a number that the passage does not have takes away, a name, all names, and a "not" on one side only.
_NUMBER_MISSING, _NAME_MISSING, _NAMES_MISSING, _OTHER_SENSE = 0.4, 0.35, 0.1, 0.4
_ENTAILED = 0.5


@dataclass(frozen=True)
class Support:
    """What stands behind a sentence.

    Attributes:
        citations: numbers of the passages that say it, best first; empty when none does.
        quote: the sentence of the best passage that says it, exactly as it stands there.
        score: how firmly, 0 to 1.
    """

    citations: tuple[int, ...]
    quote: str
    score: float

    @property
    def supported(self) -> bool:
        """Whether some passage says it."""
        return bool(self.citations)


@dataclass(frozen=True)
class _Rating:
    """How firmly a passage says something, and the sentence that says most of it."""

    passage: int
    sentence: int
    score: float


def judge_support(
    evidence: Evidence,
    text: str,
    entailment: TextEntailment | None = None,
    cancelled: threading.Event | None = None,
) -> Support:
    """Which passages say what a sentence says; see `Evidence.find_support`."""
    text = text.strip()
    said = read_wording(text)
    if not said.stems or not evidence.passages:
        return Support((), "", 0.0)
    ratings = _find_quoted(evidence, text)
    if not ratings:
        ratings = _rate_passages(evidence, text, said)
        if entailment is not None:
            ratings = _ask_entailment(evidence, text, ratings, entailment, cancelled)
    enough = _ENOUGH if evidence.scale is not None else _ENOUGH_WORDS
    best = ratings[0] if ratings else None
    if best is None or best.score < enough:
        return Support((), "", max(0.0, best.score) if best else 0.0)
    cited = [best.passage]
    pages = {evidence.passages[best.passage].page_id}
    for one in ratings[1:]:
        page = evidence.passages[one.passage].page_id
        if page not in pages and one.score >= max(enough, best.score - _CLOSE):
            cited.append(one.passage)
            pages.add(page)
    return Support(
        tuple(evidence.passages[passage].n for passage in cited[:MOST_CITATIONS]),
        evidence.sentences[best.sentence].text,
        min(1.0, best.score),
    )


def _list_relevant(evidence: Evidence) -> list[int]:
    """The passages, by their indices, whose pages have to do with the question."""
    best = max(passage.score for passage in evidence.passages)
    return [index for index, passage in enumerate(evidence.passages) if passage.score >= _OFF_SUBJECT * best]


def _find_quoted(evidence: Evidence, text: str) -> list[_Rating]:
    """The passages of which a text is a sentence, or several that follow each other, word by word.

    A part of a sentence is no quote: what stands before it may change what it says.
    """
    words = text.split()
    found = []
    for passage in _list_relevant(evidence):
        numbers = evidence.sentences_of(passage)
        first = next((number for number in numbers if _begins_quote(evidence, number, numbers, words)), None)
        if first is not None:
            found.append(_Rating(passage, first, 1.0))
    return found


def _begins_quote(evidence: Evidence, first: int, numbers: Sequence[int], words: list[str]) -> bool:
    """Whether the sentences from one on are these words, and no more."""
    at = 0
    for number in numbers:
        if number < first:
            continue
        own = evidence.sentences[number].text.split()
        if words[at : at + len(own)] != own:
            return False
        at += len(own)
        if at == len(words):
            return True
    return False


def _rate_passages(evidence: Evidence, text: str, said: Wording) -> list[_Rating]:
    """The passages that share most words with a sentence, that which says it most firmly first."""
    shares = {
        passage: _cover(said.stems, _read_stems(evidence, passage)) for passage in _list_relevant(evidence)
    }
    nearest = sorted(shares, key=lambda passage: (-shares[passage], passage))[:COMPARED_PASSAGES]
    shared = {number: share for one in nearest for number, share in _share_words(evidence, one, said)}
    compared = sorted(shared, key=lambda number: (-shared[number], number))[:COMPARED_SENTENCES]
    evidence.embed([text, *(evidence.sentences[number].text for number in compared)])
    best: dict[int, _Rating] = {}
    for number, words in shared.items():
        passage = evidence.sentences[number].passage
        score = words
        if evidence.scale is not None:
            cosine = evidence.compare(evidence.sentences[number].text, text)
            meaning = evidence.scale.rate_same(cosine) if cosine is not None else 0.0
            score = _MEANING * meaning + _WORDS * words
        if passage not in best or score > best[passage].score:
            best[passage] = _Rating(passage, number, score)
    ratings = [
        replace(one, score=one.score - _find_missing(evidence, one, text, said)) for one in best.values()
    ]
    return sorted(ratings, key=lambda rating: (-rating.score, rating.passage))


def _share_words(evidence: Evidence, passage: int, said: Wording) -> list[tuple[int, float]]:
    """For each sentence of a passage, how many of the words it has, its neighbours counted half."""
    numbers = evidence.sentences_of(passage)
    title = set(evidence.titles[passage].stems)
    own = [set(evidence.sentences[number].wording.stems) for number in numbers]
    return [
        (
            number,
            0.5 * _cover(said.stems, own[place] | title)
            + 0.5 * _cover(said.stems, title.union(*own[max(0, place - 1) : place + 2])),
        )
        for place, number in enumerate(numbers)
    ]


def _find_missing(evidence: Evidence, rating: _Rating, text: str, said: Wording) -> float:
    """What it costs that the passage lacks numbers and names of the sentence, or says the opposite."""
    passage = rating.passage
    wordings = [evidence.sentences[number].wording for number in evidence.sentences_of(passage)]
    known = frozenset[str]().union(evidence.titles[passage].numbers, *(one.numbers for one in wordings))
    lost = _NUMBER_MISSING if said.numbers - known else 0.0
    if strange := said.names - _read_stems(evidence, passage):
        lost += _NAME_MISSING + _NAMES_MISSING * len(strange) / len(said.names)
    if denies(text) != denies(evidence.sentences[rating.sentence].text):
        lost += _OTHER_SENSE
    return lost


def _ask_entailment(
    evidence: Evidence,
    text: str,
    ratings: Sequence[_Rating],
    entailment: TextEntailment,
    cancelled: threading.Event | None,
) -> list[_Rating]:
    """Those passages that entail a sentence; all as they were where the model fails."""
    judged = []
    for rating in ratings[:MOST_CITATIONS]:
        premise = f"{evidence.passages[rating.passage].title}. {evidence.passages[rating.passage].text}"
        try:
            likely = entailment.entail(premise, [text], cancelled, lane="interactive")[0]
        except Cancelled:
            raise
        except AppError:
            return list(ratings)
        if likely[0] >= _ENTAILED:
            judged.append(_Rating(rating.passage, rating.sentence, max(rating.score, float(likely[0]))))
    return sorted(judged, key=lambda rating: (-rating.score, rating.passage))


def _read_stems(evidence: Evidence, passage: int) -> set[str]:
    """Every word of a passage, its title's among them."""
    return set(evidence.titles[passage].stems).union(
        *(evidence.sentences[number].wording.stems for number in evidence.sentences_of(passage))
    )


def _cover(wanted: Collection[str], held: set[str]) -> float:
    distinct = set(wanted)
    return len(distinct & held) / len(distinct)
