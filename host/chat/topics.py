"""Requests for what was read about a subject, told apart from questions that want a fact. Pure.

"What did I read about beehives?" is answered when there is something on beehives; no sentence has to say
what was read. So the subject is what is searched for and held against the pages.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

from host.chat.wording import read_wording

# What stands behind the subject without being part of it: German and Dutch verbs, courtesies.
_TAIL = re.compile(
    r"[\s,]+(?:(?:schon |alles )?(?:gelesen|gesehen|gelernt)(?: habe)?|weiß|zusammen"
    r"|(?:heb )?gelezen(?: heb)?|please|bitte|for me|so far|in my history|in meinem verlauf)\s*$",
    re.IGNORECASE,
)
_ENDS = " \t\n?!.,:;¿¡"


def find_topic(question: str) -> str | None:
    """The subject of a request for what was read about it.

    Args:
        question: one that stands by itself.

    Returns:
        the subject in the words of the request; None for any other question, and where nothing is left.
    """
    rest = question.strip(_ENDS)
    found = False
    # "Please tell me about …" opens twice.
    while (opening := _openings().match(rest)) is not None:
        courtesy = opening.lastgroup == "courtesy"
        rest, found = rest[opening.end() :].strip(_ENDS), found or not courtesy
    while (shorter := _TAIL.sub("", rest)) != rest:
        rest = shorter.strip(_ENDS)
    return rest if found and read_wording(rest).stems else None


@cache
def _openings() -> re.Pattern[str]:
    text = resources.files("host.chat").joinpath("topic_openings.json").read_text(encoding="utf-8")
    known = json.loads(text)
    courtesies = "|".join(known["courtesies"])
    openings = "|".join(pattern for patterns in known["openings"].values() for pattern in patterns)
    return re.compile(rf"(?:(?P<topic>{openings})|(?P<courtesy>{courtesies}))(?=[\s,]|$)", re.IGNORECASE)
