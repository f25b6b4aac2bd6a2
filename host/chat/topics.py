"""What kind of answer a question wants: a fact, what was read on a subject, or what at a time. Pure.

"What did I read about beehives?" is answered when there is something on beehives; no sentence has to say
what was read. So the subject is what is searched for and held against the pages. "What did I read last
week?" is answered by the pages of that time.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

from host.chat.wording import read_wording

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["fact", "subject", "time"]

# What stands behind the subject without being part of it: German and Dutch verbs, courtesies.
_TAIL = re.compile(
    r"[\s,]+(?:(?:schon |alles )?(?:gelesen|gesehen|gelernt)(?: habe)?|weiß|zusammen"
    r"|(?:heb )?gelezen(?: heb)?|please|bitte|for me|so far)\s*$",
    re.IGNORECASE,
)
_ENDS = " \t\n?!.,:;¿¡"
_LATELY = re.compile(
    r"\b(?:lately|recently|neulich|zuletzt|kürzlich|últimamente|récemment|recente)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Want:
    """What a question wants.

    Attributes:
        kind: of answer.
        search: what is to be searched for; dates are still in it, as filters.
        about: the question or the subject, without dates.
    """

    kind: Kind
    search: str
    about: str


def read_want(question: str, dates: Iterable[tuple[int, int]] = ()) -> Want:
    """Tell what a question wants.

    Args:
        question: one that stands by itself.
        dates: (start, end) of the pieces of it that name a time of reading, in characters.
    """
    spans = sorted(dates)
    times = " ".join(question[start:end] for start, end in spans)
    rest = question
    for start, end in reversed(spans):
        rest = f"{rest[:start]} {rest[end:]}"
    opening, subject = _open(_tidy(rest))
    if opening and read_wording(subject).stems:
        return Want("subject", f"{subject} {times}".strip(), subject)
    if opening and (spans or _LATELY.search(question)):
        return Want("time", times, "")
    about = _drop_asides(_tidy(rest)) if spans else _drop_asides(question.strip())
    if not read_wording(about).stems:
        return Want("fact", question.strip(), question.strip())
    return Want("fact", f"{about} {times}".strip(), about)


def _open(text: str) -> tuple[bool, str]:
    """Whether a text opens as a request for what was read, and what follows."""
    rest, found = text.strip(_ENDS), False
    # "Please tell me about …" opens twice.
    while (opening := _read_patterns()[0].match(rest)) is not None:
        found = found or opening.lastgroup != "courtesy"
        rest = rest[opening.end() :].strip(_ENDS)
    while (shorter := _TAIL.sub("", rest)) != rest:
        rest = shorter.strip(_ENDS)
    return found, rest


def _drop_asides(text: str) -> str:
    """The question without the remark that its answer was read; "in the page I read" is on no page."""
    shorter = _tidy(_read_patterns()[1].sub(" ", text))
    return shorter if shorter.strip(_ENDS) else text


def _tidy(text: str) -> str:
    return re.sub(r"\s+(?=[?!.,;:]|$)", "", re.sub(r"\s+", " ", text)).strip()


@cache
def _read_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    text = resources.files("host.chat").joinpath("topic_openings.json").read_text(encoding="utf-8")
    known = json.loads(text)
    courtesies = "|".join(known["courtesies"])
    openings = "|".join(pattern for patterns in known["openings"].values() for pattern in patterns)
    opening = rf"(?:(?P<topic>{openings})|(?P<courtesy>{courtesies}))(?=[\s,]|$)"
    asides = rf",?\s*\b(?:{'|'.join(known['asides'])})\b"
    return re.compile(opening, re.IGNORECASE), re.compile(asides, re.IGNORECASE)
