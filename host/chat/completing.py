"""Putting into a question what it leaves unsaid: a part of the question before it, or its words. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host.chat.anaphora import is_alone
from host.chat.follow_up_words import NOTHING
from host.chat.names import find_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.question_words import Question, Word

_MOST_CARRIED = 12
_MOST_BETWEEN = 2
_ENDS = " ?!.…,;:"
_OPERATOR = re.compile(r"-?(site|title|before|after):", re.IGNORECASE)


def replace_part(asked: Question, opening: int, previous: Question) -> str | None:
    """The question before, with what is asked for now in the place of what was asked for then.

    Args:
        asked: names only another place, time or thing.
        opening: how many words at its beginning say that it goes on.
        previous: the question before it.

    Returns:
        None when there is nothing there that it could replace.
    """
    rest = asked.words[opening:]
    said = asked.text[rest[0].start : rest[-1].end]
    if any(word.kind == "typed" for word in rest):
        return None
    if not any(word.kind == "core" for word in rest):
        dates = previous.of_kind("date")
        if not dates:
            return f"{previous.text.rstrip(_ENDS)} {said}{_ending(previous)}"
        return _put(previous, dates[0].start, dates[-1].end, said)
    first = next(index for index, word in enumerate(rest) if word.kind == "core")
    lead, named = rest[:first], rest[first:]
    place = _find_place(asked, lead, named, previous)
    if place is None:
        return None
    start, end = place
    if any(word.folded == previous.words[index].folded for word in named for index in range(start, end)):
        return None
    return _put(
        previous,
        previous.words[start].start,
        previous.words[end - 1].end,
        asked.text[named[0].start : named[-1].end],
    )


def _find_place(
    asked: Question, lead: Sequence[Word], named: Sequence[Word], previous: Question
) -> tuple[int, int] | None:
    """Which words give way, as indexes: the ones after the same preposition, else the last name."""
    number = named[0].text[0].isdigit()
    runs = [run for run in previous.find_runs() if previous.words[run[0]].text[0].isdigit() == number]
    after = [
        run
        for run in runs
        for word in lead
        if word.folded in asked.lists.prepositions and word.folded in _lead_of(previous, run)
    ]
    if after:
        return after[-1]
    typed_small = previous.text == previous.text.lower()
    if typed_small and len(lead) <= 1:
        behind = [run for run in runs if _lead_of(previous, run) & previous.lists.prepositions]
        return behind[-1] if behind else None
    if not named[0].text[0].isupper() and not number:
        return None
    if asked.languages == ("de",) and any(word.folded in asked.lists.articles for word in lead):
        # With its article a German noun is rather another side of the same thing.
        return None
    names = [run for run in runs if all(previous.words[index].name for index in range(*run))]
    return names[-1] if names else None


def _lead_of(question: Question, run: tuple[int, int]) -> set[str]:
    """The small words right before a run."""
    found: set[str] = set()
    for word in reversed(question.words[max(0, run[0] - _MOST_BETWEEN) : run[0]]):
        if word.kind != "function":
            break
        found.add(word.folded)
    return found


def _put(question: Question, start: int, end: int, said: str) -> str:
    return f"{question.text[:start]}{said}{question.text[end:]}"


def complete_question(
    asked: Question, opening: int, anaphors: Sequence[int], previous: Question, answer: str
) -> str:
    """The question with the subject of the one before it.

    Args:
        asked: the question.
        opening: how many words at its beginning say that it goes on.
        anaphors: indexes of words that stand for something said before.
        previous: the question before it.
        answer: to that one.
    """
    phrases = _carry(asked, previous)
    if _is_about_a_person(asked, anaphors) and _asks_for_a_person(previous):
        phrases = [*find_names(answer, previous, people=True), *phrases]
    elif _is_about_a_place(asked, anaphors) or _asks_for_one(previous, asked, anaphors):
        phrases = [*phrases, *find_names(answer, previous, people=False)]
    here = f" {asked.text.casefold()} "
    phrases = [phrase for phrase in phrases if phrase.casefold() not in here]
    typed = [phrase for phrase in _carry_typed(asked, previous) if phrase.casefold() not in here]
    dates = previous.of_kind("date")
    if dates and not asked.of_kind("date"):
        typed.append(previous.text[dates[0].start : dates[-1].end])
    if not phrases and not typed:
        return asked.text
    text = asked.text[asked.words[opening].start :] if 0 < opening < len(asked.words) else asked.text
    shift = len(asked.text) - len(text)
    place = next((index for index in anaphors if index >= opening and is_alone(asked, index)), None)
    if place is not None and phrases:
        word = asked.words[place]
        text = f"{text[: word.start - shift]}{phrases[0]}{text[word.end - shift :]}"
        phrases = phrases[1:]
    return " ".join([*(part for part in [text.strip(_ENDS + "¿¡")] if part), *phrases, *typed])


def _carry(asked: Question, previous: Question) -> list[str]:
    """What the question before is about, in stretches as they stand there."""
    bare = not asked.of_kind("core", "dependent")
    kept = ("core", "dependent") if bare or not previous.of_kind("core") else ("core",)
    stretches: list[tuple[int, int]] = []
    linking = previous.lists.linking
    indexes = [index for index, word in enumerate(previous.words) if word.kind in kept]
    for index in indexes[:_MOST_CARRIED]:
        last = stretches[-1] if stretches else None
        between = previous.words[last[1] : index] if last else ()
        near = last is not None and len(between) <= _MOST_BETWEEN
        if last and near and all(word.folded in linking for word in between):
            stretches[-1] = (last[0], index + 1)
        else:
            stretches.append((index, index + 1))
    return [
        previous.text[previous.words[first].start : previous.words[behind - 1].end]
        for first, behind in stretches
    ]


def _carry_typed(asked: Question, previous: Question) -> list[str]:
    """Operators and phrases that still hold, unless another of the same kind was typed now."""
    own = {_kind_of(word) for word in asked.of_kind("typed")}
    return [word.text for word in previous.of_kind("typed") if _kind_of(word) not in own]


def _kind_of(word: Word) -> str:
    operator = _OPERATOR.match(word.text)
    return operator[1].lower() if operator else "phrase"


def _is_about_a_person(asked: Question, anaphors: Sequence[int]) -> bool:
    if anaphors:
        return any(asked.words[index].folded in asked.lists.people for index in anaphors)
    own = asked.of_kind("core", "dependent")
    if not own or asked.lists.of_people.pattern == NOTHING:
        return False
    # Where a verb needs no pronoun, one verb and no more is about the last person as likely as not.
    return len(own) == 1 or all(asked.lists.of_people.fullmatch(word.folded) for word in own)


def _asks_for_a_person(previous: Question) -> bool:
    """Whether the answer names a person; "who is NAME" names one itself."""
    if not any(word.folded in previous.lists.asks_who for word in previous.words):
        return False
    said = previous.of_kind("core", "dependent")
    return any(word.kind == "dependent" or not word.name for word in said) or len(previous.find_runs()) > 1


def _is_about_a_place(asked: Question, anaphors: Sequence[int]) -> bool:
    return any(asked.words[index].folded in asked.lists.places for index in anaphors)


def _asks_for_one(previous: Question, asked: Question, anaphors: Sequence[int]) -> bool:
    alone = any(is_alone(asked, index) for index in anaphors)
    return alone and any(word.folded in previous.lists.asks_which for word in previous.words)


def _ending(question: Question) -> str:
    return "?" if question.text.endswith("?") else ""
