"""Names in an answer that its question did not hold. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host.chat.question_words import Question

_PART = r"[^\W\d_a-zß-öø-ÿ][^\W_]*(?:['’.-][^\W_]+)*"
_PARTICLE = r"(?:de la|de|da|di|del|van der|van den|van|von der|von|der|la|le|el|y|e|of)"
_NAME = re.compile(rf"{_PART}(?:\s+(?:{_PARTICLE}\s+)?(?:{_PART}|\d{{1,4}}\b))*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_MOST_SENTENCES = 2


def find_names(answer: str, question: Question, *, people: bool) -> list[str]:
    """The first name in an answer that is new; at most one.

    Args:
        answer: to the question.
        question: what it answers.
        people: whether a person's name is wanted: then one of several words is preferred.
    """
    known = {word.folded for word in question.words}
    found: list[tuple[str, bool]] = []
    for sentence in _SENTENCE_END.split(answer)[:_MOST_SENTENCES]:
        for match in _NAME.finditer(sentence):
            parts = match[0].split()
            while parts and parts[0].casefold() in question.lists.functions:
                parts = parts[1:]
            if not parts or any(part.casefold().strip(".’'") in known for part in parts):
                continue
            found.append((" ".join(parts), len(parts) > 1))
    if people:
        found.sort(key=lambda name: not name[1])
    return [name for name, _ in found[:1]]
