"""A question of a conversation as one that can be searched for by itself.

Rules and word lists, no model: it takes less than a millisecond, and what it does can be told. What a
question lacks is taken from the one before it, which was made whole in the same way. A question that can be
searched for as it is stays untouched, since words of an old subject would lead the search astray.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.chat.anaphora import find_anaphors
from host.chat.completing import complete_question, replace_part
from host.chat.question_words import Question, Word, read_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.exchange import Turn

# Longer questions and longer memories than these are not looked into.
_LONGEST = 1000
_TURNS = 4
# A question that begins with "and" and brings this many words of its own can be searched for by itself.
_ENOUGH = 3
_SHORT_FRAGMENT = 4


@dataclass(frozen=True)
class StandaloneQuestion:
    """A question that needs no conversation.

    Attributes:
        text: what is searched for and held against passages.
        followed_up: whether words of earlier turns were taken in.
    """

    text: str
    followed_up: bool = False


def rewrite_question(question: str, turns: Sequence[Turn]) -> StandaloneQuestion:
    """The question with what it leaves unsaid taken from the conversation.

    Every word of the question that can be searched for is in the result, operators and quotes as typed.

    Args:
        question: as it was asked.
        turns: earlier ones, oldest first.
    """
    text = question.strip()
    unchanged = StandaloneQuestion(text)
    if len(text) > _LONGEST:
        return unchanged
    for turn in reversed(turns[-_TURNS:]):
        before = (turn.searched_for or turn.question).strip()[:_LONGEST]
        previous = read_question(before)
        if not previous.of_kind("core", "dependent", "typed"):
            continue
        asked = read_question(text, previous.languages)
        opening = _find_opening(asked)
        if _changes_subject(asked):
            return unchanged
        anaphors = find_anaphors(asked)
        if not anaphors and _is_fragment(asked, opening, previous):
            replaced = replace_part(asked, opening, previous)
            if replaced is not None:
                return StandaloneQuestion(replaced, followed_up=True)
        elif not anaphors and not _leans(asked, opening, previous, turn.answer[:_LONGEST]):
            return unchanged
        completed = complete_question(asked, opening, anaphors, previous, turn.answer[:_LONGEST])
        return StandaloneQuestion(completed, followed_up=completed != text)
    return unchanged


def _find_opening(asked: Question) -> int:
    """How many words at the beginning only say that the question goes on: "and", "what about"."""
    opening = 0
    while opening < len(asked.words) and asked.words[opening].folded in asked.lists.connectives:
        opening += 1
    for begin in {0, opening}:
        rest = " ".join(word.folded for word in asked.words[begin:])
        for phrase in sorted(asked.lists.about, key=len, reverse=True):
            if rest.startswith(f"{phrase} "):
                return max(opening, begin + phrase.count(" ") + 1)
    return opening


def _changes_subject(asked: Question) -> bool:
    return any(f" {phrase} " in f" {asked.folded} " for phrase in asked.lists.changes)


def _is_fragment(asked: Question, opening: int, previous: Question) -> bool:
    """Whether the question only names another place, time or thing."""
    rest = asked.words[opening:]
    if not rest or len(rest) > _SHORT_FRAGMENT + 2 or not asked.of_kind("core", "date", "typed"):
        return False
    lists = asked.lists
    small = lists.linking | lists.prepositions | lists.articles
    if any(word.kind == "dependent" or word.folded in lists.questions for word in rest) or any(
        word.kind == "function" and word.folded not in small for word in rest
    ):
        return False
    if opening:
        return True
    if all(word.kind in {"date", "function"} for word in rest):
        return True
    if rest[0].kind == "function" and rest[0].folded in lists.prepositions:
        return len(rest) <= _SHORT_FRAGMENT
    # "Berlin?" asks the same of another name; "sourdough" asks for something new.
    bare = asked.text.endswith("?") and len(rest) <= 2 and rest[0].text[0].isupper()
    return bare and bool(previous.find_runs(names=True))


def _leans(asked: Question, opening: int, previous: Question, answer: str) -> bool:
    """Whether a question without pronouns cannot be understood by itself."""
    known = {word.folded for word in previous.of_kind("core")}
    new = [word for word in asked.of_kind("core", "typed") if word.folded not in known]
    if not new:
        # "What did I read yesterday" asks for a list: its time is all that it needs.
        return bool(opening) or not (asked.of_kind("date") and asked.of_kind("dependent"))
    if asked.of_kind("typed"):
        return False
    named = any(word.name for word in new) and asked.languages != ("de",)
    if opening:
        said = asked.of_kind("core", "dependent")
        shared = {word.folded for word in said} & {
            word.folded for word in previous.of_kind("core", "dependent")
        }
        return not shared and len(said) < (_ENOUGH - 1 if named else _ENOUGH)
    if len(new) < _ENOUGH and (
        any(word.folded in asked.lists.also for word in asked.words)
        or _are_in(new, answer)
        or (not named and _leaves_out_subject(asked, new[0]))
    ):
        return True
    return len(new) == 1 and not named and _asks_without_subject(asked, new[0])


def _are_in(words: Sequence[Word], answer: str) -> bool:
    said = set(answer.casefold().replace(".", " ").replace(",", " ").split())
    return any(word.folded in said for word in words)


def _leaves_out_subject(asked: Question, first: Word) -> bool:
    """Whether a question says only how something is, in languages that need no pronoun: "¿es caro?"."""
    lists, words = asked.lists, asked.words
    return (
        words[0].folded in lists.copulas
        and words[1:2] == (first,)
        and (len(words) == 2 or words[2].folded in lists.prepositions)
    )


def _asks_without_subject(asked: Question, only: Word) -> bool:
    """Whether a question of one word that says something is not about that word.

    "Who was affected" and "why in winter" are not; "what is photosynthesis" and "how does inflation work"
    are.
    """
    lists = asked.lists
    if asked.of_kind("dependent") or not any(word.folded in lists.questions for word in asked.words):
        return False
    index = asked.words.index(only)
    before = asked.words[index - 1].folded if index else ""
    if before in lists.prepositions:
        return len(asked.words) <= _SHORT_FRAGMENT
    defines = asked.words[0].folded in lists.defines
    return not defines and not any(word.folded in lists.selves for word in asked.words)
