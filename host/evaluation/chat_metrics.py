"""How near an answer comes to a reference. Pure.

Answers are given without their citation marks.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ARTICLES = {
    "en": frozenset({"a", "an", "the"}),
    "de": frozenset(
        {"ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"}
    ),
    "es": frozenset({"un", "una", "unos", "unas", "el", "la", "los", "las"}),
}
_WORD = re.compile(r"\w+")


def normalise(text: str, language: str = "en") -> list[str]:
    """Tokens as the SQuAD evaluation compares them (Rajpurkar et al. 2016): lower case, no punctuation.

    Articles are left out, too. Punctuation of every script and the articles of German and Spanish are as
    in MLQA (Lewis et al. 2020), the same evaluation for more languages.

    Args:
        text: anything.
        language: of the text; its articles are left out, in a language that is not known none.
    """
    bare = "".join(sign for sign in text.lower() if not _is_punctuation(sign))
    articles = _ARTICLES.get(language, frozenset())
    return [token for token in bare.split() if token not in articles]


def token_f1(answer: str, reference: str, language: str = "en") -> float:
    """Harmonic mean of precision and recall of the reference's tokens, 0 to 1 (SQuAD, Rajpurkar et al. 2016).

    A text without tokens equals only another without them.
    """
    ours, theirs = normalise(answer, language), normalise(reference, language)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return _harmonic_mean(common, len(ours), len(theirs))


def rouge_l(answer: str, reference: str) -> float:
    """F-measure of the longest common subsequence of words, 0 to 1 (Lin 2004, beta = 1; no stemming).

    A text without words equals only another without them.
    """
    ours, theirs = _WORD.findall(answer.lower()), _WORD.findall(reference.lower())
    return _harmonic_mean(LCSseq.similarity(ours, theirs), len(ours), len(theirs))


def holds(answer: str, reference: str, language: str = "en") -> bool:
    """Whether the tokens of a reference stand in the answer, in a row.

    Recall of short answers by strings, as in ALCE (Gao et al. 2023), between whole tokens here.
    """
    ours, theirs = normalise(answer, language), normalise(reference, language)
    return bool(theirs) and f" {' '.join(theirs)} " in f" {' '.join(ours)} "


def best(measure: Callable[[str], float], references: Iterable[str]) -> float:
    """The highest value over the references, as SQuAD and ALCE take it; 0 without any."""
    return max((float(measure(reference)) for reference in references), default=0.0)


def _harmonic_mean(common: int, ours: int, theirs: int) -> float:
    """Of common / ours and common / theirs."""
    return 2 * common / (ours + theirs) if ours + theirs else 1.0


def _is_punctuation(sign: str) -> bool:
    # The ASCII signs that SQuAD removes and Unicode counts as symbols, such as "$" and "+".
    return unicodedata.category(sign).startswith("P") or sign in "$+<=>^`|~"
