"""Words by which a question leans on the conversation before it: "and", "it", "there", "how much".

Pure. The lists are in `follow_up_words.json`, by language; a word that ends in `*` may have an
ending.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.function_words import find_languages, read_function_words

if TYPE_CHECKING:
    from collections.abc import Sequence

# A pattern that matches nothing, where a language has no such words.
NOTHING = r"(?!)"
# Lists whose words say nothing by themselves.
_SMALL = (
    "pronouns", "possessives", "demonstratives", "articles", "places", "questions", "connectives",
    "prepositions", "linking", "auxiliaries", "also", "subjects",
)  # fmt: skip
_FILE = Path(__file__).with_name("follow_up_words.json")


@dataclass(frozen=True)
class FollowUpWords:
    """The words of one language, or of several that a question may be in; case-folded.

    Attributes:
        connectives: begin a question that goes on: "and".
        about: beginnings of questions that only name another thing: "what about".
        changes: say that something else comes: "another question".
        pronouns: stand for something said before.
        possessives: the same, before a noun.
        demonstratives: the same, before a noun or alone.
        articles: before a noun articles, else pronouns: German "das".
        linking: may stand within a name or a noun with its complement: "of the".
        prepositions: before a place, a time or a thing.
        places: stand for a place: "there".
        times: dates that a search does not read as dates.
        units: of time: after a demonstrative a date.
        also: say that the question asks for more of the same.
        auxiliaries: forms of verbs that say nothing, beside the function words.
        copulas: forms of "be" that begin a question whose subject is left out: Spanish "¿es caro?".
        subjects: stand before the object's pronoun that is written like an article: French "on le fait".
        people: those of the pronouns and possessives that stand for persons.
        of_people: verbs that need no pronoun to be about a person, in languages that leave it out.
        asks_who: ask for a person.
        asks_which: ask for one of several, or for a place.
        questions: question words.
        defines: begin questions for what something is: "what", "who".
        selves: the person who asks, or anybody: "how do I" asks for something by itself.
        clauses: begin another clause.
        expletives: where a pronoun stands for nothing: "is it safe to", in words apart by single spaces.
        dependents: words that say nothing without a subject: "price", "born", "expensive".
        functions: function words, all of the above that say nothing by themselves included.
    """

    connectives: frozenset[str]
    about: frozenset[str]
    changes: frozenset[str]
    pronouns: frozenset[str]
    possessives: frozenset[str]
    demonstratives: frozenset[str]
    articles: frozenset[str]
    linking: frozenset[str]
    prepositions: frozenset[str]
    places: frozenset[str]
    times: frozenset[str]
    units: frozenset[str]
    also: frozenset[str]
    auxiliaries: frozenset[str]
    copulas: frozenset[str]
    subjects: frozenset[str]
    people: frozenset[str]
    of_people: re.Pattern[str]
    asks_who: frozenset[str]
    asks_which: frozenset[str]
    questions: frozenset[str]
    defines: frozenset[str]
    selves: frozenset[str]
    clauses: frozenset[str]
    expletives: re.Pattern[str]
    dependents: re.Pattern[str]
    functions: frozenset[str]


@cache
def _read_lists() -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return lists


def find_spoken(words: Sequence[str], otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The languages that a question may be in, of those that have lists.

    Args:
        words: of the question.
        otherwise: what to take when its words do not tell.

    Returns:
        two-letter codes; every language that has lists when nothing tells.
    """
    lists = _read_lists()
    found = find_languages(words)
    if not found:
        return otherwise or tuple(lists)
    known = tuple(language for language in found if language in lists)
    # Two words may be even in four languages: the conversation's own one is then the likeliest.
    return tuple(language for language in known if language in otherwise) or known


@cache
def read_words(languages: tuple[str, ...]) -> FollowUpWords:
    """The lists of some languages, put together; empty ones for languages that have none."""
    lists = [_read_lists()[language] for language in languages]
    values: dict[str, frozenset[str] | re.Pattern[str]] = {}
    for field in fields(FollowUpWords):
        texts = [words.get(field.name, "") for words in lists]
        if field.name == "expletives":
            values[field.name] = re.compile("|".join(filter(None, texts)) or NOTHING)
        elif field.name in {"dependents", "of_people"}:
            values[field.name] = _compile(" ".join(texts).split())
        elif field.name in {"about", "changes"}:
            values[field.name] = frozenset(phrase for text in texts for phrase in text.split("|") if phrase)
        else:
            values[field.name] = frozenset(" ".join(texts).split())
    values["functions"] = frozenset[str]().union(
        *map(read_function_words, languages),
        *(values[name] for name in _SMALL),  # type: ignore[arg-type]
    )
    return FollowUpWords(**values)  # type: ignore[arg-type]


def _compile(words: Sequence[str]) -> re.Pattern[str]:
    """Matches a word that is one of `words`; an ending has four letters at most."""
    if not words:
        return re.compile(NOTHING)
    return re.compile("|".join(re.escape(word).replace(r"\*", r"\w{0,4}") for word in sorted(set(words))))
