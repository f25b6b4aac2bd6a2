"""Which passages say what a sentence of an answer says.

A sentence is held against the sentences of the passages, and their neighbours, because an answer often says
in one sentence what a page says in two. Meaning alone does not tell "in 1998" from "in 1989", nor one name
from another; words alone do not know a paraphrase. So both count, and what can be checked word by word must
be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.chat.wording import Wording, read_wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from host.chat.evidence import Evidence

# Passages that a sentence is compared with by meaning: those that share most of its words.
COMPARED_PASSAGES = 4
MOST_CITATIONS = 2
# What meaning and words count; they add up to 1.
_COSINE, _WORDS = 0.55, 0.45
# From here on a sentence counts as said.
_ENOUGH = 0.62
# A second passage is cited only where it says as much, within this.
_CLOSE = 0.03
# What a number, or a name, that the passage does not have takes away.
_NUMBER_MISSING, _NAMES_MISSING = 0.4, 0.2


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
    passage: int
    sentence: int
    score: float


def judge_support(evidence: Evidence, text: str) -> Support:
    """Which passages say what a sentence says; see `Evidence.find_support`."""
    said = read_wording(text)
    if not said.stems or not evidence.passages:
        return Support((), "", 0.0)
    shares = [_share(said, evidence, passage) for passage in range(len(evidence.passages))]
    nearest = sorted(range(len(shares)), key=lambda passage: (-shares[passage], passage))[:COMPARED_PASSAGES]
    vector = evidence.embed_sentences(nearest, text)
    ratings = [rating for passage in nearest if (rating := _rate(evidence, passage, said, vector))]
    ratings.sort(key=lambda rating: (-rating.score, rating.passage))
    if not ratings or ratings[0].score < _ENOUGH:
        return Support((), "", max(0.0, ratings[0].score) if ratings else 0.0)
    best = ratings[0]
    cited = [one for one in ratings if one.score >= max(_ENOUGH, best.score - _CLOSE)][:MOST_CITATIONS]
    return Support(
        tuple(evidence.passages[one.passage].n for one in cited),
        evidence.sentences[best.sentence].text,
        min(1.0, best.score),
    )


def _share(said: Wording, evidence: Evidence, passage: int) -> float:
    """The share of a sentence's words that a passage holds, its title among them."""
    held = set(evidence.titles[passage].stems)
    for number in evidence.sentences_of(passage):
        held.update(evidence.sentences[number].wording.stems)
    return _covered(said.stems, held)


def _rate(
    evidence: Evidence, passage: int, said: Wording, vector: NDArray[np.float32] | None
) -> _Rating | None:
    """How firmly a passage says it, and with which sentence."""
    numbers = evidence.sentences_of(passage)
    title = set(evidence.titles[passage].stems)
    best: _Rating | None = None
    for place, number in enumerate(numbers):
        own = set(evidence.sentences[number].wording.stems)
        beside = own.union(
            *(evidence.sentences[other].wording.stems for other in numbers[max(0, place - 1) : place + 2])
        )
        words = 0.5 * _covered(said.stems, own | title) + 0.5 * _covered(said.stems, beside | title)
        cosine = evidence.cosine(number, vector)
        score = words if cosine is None else _COSINE * max(0.0, cosine) + _WORDS * words
        if best is None or score > best.score:
            best = _Rating(passage, number, score)
    if best is None:
        return None
    return _Rating(passage, best.sentence, best.score - _find_missing(said, evidence, passage))


def _find_missing(said: Wording, evidence: Evidence, passage: int) -> float:
    """What it costs that the passage lacks numbers and names of the sentence."""
    wordings = [evidence.sentences[number].wording for number in evidence.sentences_of(passage)]
    known = frozenset().union(evidence.titles[passage].numbers, *(one.numbers for one in wordings))
    stems = set(evidence.titles[passage].stems).union(*(one.stems for one in wordings))
    lost = _NUMBER_MISSING if said.numbers - known else 0.0
    if said.names:
        lost += _NAMES_MISSING * len(said.names - stems) / len(said.names)
    return lost


def _covered(wanted: Sequence[str], held: set[str]) -> float:
    distinct = set(wanted)
    return len(distinct & held) / len(distinct)
