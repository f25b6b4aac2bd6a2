"""Words of a question that stand for something said before it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.chat.question_words import Question, Word


# So many words of its own make a question whole, whoever "they" are.
_MANY = 3


def find_anaphors(question: Question) -> list[int]:
    """Indexes of the words that stand for something outside the question, in order.

    A pronoun with a noun before it stands for that noun when it begins with a new clause or, as a possessive,
    anywhere: "why do cats purr when they sleep", "how do cats show their affection". One that stands for
    nothing, as in "is it safe to", is none.
    """
    lists = question.lists
    empty = _find_expletives(question)
    found: list[int] = []
    for index, word in enumerate(question.words):
        if word.kind != "function" or index in empty:
            continue
        folded, after = word.folded, question.words[index + 1 :]
        if folded in lists.possessives and not _ends_or_says_nothing(after):
            stands = not _has_owner(question, index)
        elif folded in lists.places:
            stands = not _has_core(question.words[:index]) or not after
        elif folded in lists.demonstratives:
            stands = _points_back(question, index) and not _is_bound(question, index)
            # "What is that song by Queen about a champion" says which one it means.
            stands = stands and _count_content(after) < _MANY
        elif folded in lists.pronouns:
            stands = not _is_bound(question, index) and not _counts(question, index)
            # "Where did they find the oldest human fossils": nobody in particular.
            stands = stands and not (folded == "they" and _count_content(after) >= _MANY)
        elif folded in lists.articles:
            stands = _replaces_noun(question, index) and not _is_relative(question, index)
        else:
            stands = False
        if stands:
            found.append(index)
    return found


def is_alone(question: Question, index: int) -> bool:
    """Whether an anaphor is a phrase of its own, so that what it stands for can take its place."""
    word, lists = question.words[index], question.lists
    if word.folded in lists.articles:
        return False
    if word.folded in lists.demonstratives:
        after = question.words[index + 1 :]
        return not after or after[0].kind == "function"
    return word.folded in lists.pronouns | lists.places | lists.possessives


def _find_expletives(question: Question) -> set[int]:
    """Indexes of the words within an expression such as "there is"."""
    found: set[int] = set()
    for match in question.lists.expletives.finditer(question.folded):
        first = question.folded.count(" ", 0, match.start())
        found.update(range(first, first + match[0].count(" ") + 1))
    return found


def _count_content(words: Sequence[Word]) -> int:
    return sum(word.kind in {"core", "dependent"} for word in words)


def _has_core(words: Sequence[Word]) -> bool:
    return any(word.kind in {"core", "typed"} for word in words)


def _has_owner(question: Question, index: int) -> bool:
    """Whether a noun stands before a possessive: not only a verb, as in German "wovon handelt sein Buch"."""
    cores = [place for place in range(index) if question.words[place].kind in {"core", "typed"}]
    if question.languages == ("de",):
        return any(question.words[place].name for place in cores)
    if "en" in question.languages or len(cores) != 1:
        return bool(cores)
    only = cores[0]
    follows_question = only > 0 and question.words[only - 1].folded in question.lists.questions
    return not (follows_question and only == index - 1)


def _is_bound(question: Question, index: int) -> bool:
    """Whether a noun of the question itself is what a pronoun stands for."""
    words = question.words
    core = next((place for place in range(index) if words[place].kind in {"core", "typed"}), None)
    if core is None:
        return False
    if question.text[words[index].start - 1] == "-":
        # "Quand Victor Hugo est-il mort" names its subject twice.
        return True
    between = words[core + 1 : index]
    return (
        any(word.folded in question.lists.clauses for word in between)
        or "," in (question.text[words[core].end : words[index].start])
    )


def _points_back(question: Question, index: int) -> bool:
    """Whether a "that" is neither the beginning of a clause nor a part of a fixed expression."""
    words = question.words
    if _is_relative(question, index):
        return False
    after = words[index + 1] if index + 1 < len(words) else None
    if after and (after.kind == "date" or after.folded in question.lists.units):
        return False
    before = words[index - 1] if index else None
    return before is None or before.kind in {"function", "dependent"} or index == len(words) - 1


def _is_relative(question: Question, index: int) -> bool:
    return bool(index) and question.text[: question.words[index].start].rstrip().endswith(",")


def _counts(question: Question, index: int) -> bool:
    """Whether a "one" is a number: something that is counted follows."""
    after = question.words[index + 1 : index + 2]
    return question.words[index].folded == "one" and bool(after) and after[0].kind in {"core", "dependent"}


def _replaces_noun(question: Question, index: int) -> bool:
    """Whether a word that may be an article is a pronoun: no noun follows, or it stands as an object."""
    lists, after = question.lists, question.words[index + 1 :]
    if index and question.words[index - 1].folded in lists.subjects:
        return True
    if question.languages == ("de",) and after and after[0].kind == "dependent":
        # German writes nouns with a capital letter: "ist das mehr" has none.
        return not any(word.text[0].isupper() for word in after[:2])
    return _ends_or_says_nothing(after) and not (after and after[0].folded in lists.prepositions)


def _ends_or_says_nothing(after: Sequence[Word]) -> bool:
    return not after or after[0].kind == "function"
