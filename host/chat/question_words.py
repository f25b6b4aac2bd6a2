"""A question taken apart into words, each with what it does there. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from host.chat.follow_up_words import FollowUpWords, find_spoken, read_words
from host.search.date_grammar import find_expressions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What a typed operator or phrase is to the query language; it stays whole.
_TYPED = re.compile(
    r'-?(?:site|title|before|after):(?:"[^"]*"|[^\s"]+)|-?"[^"]+"|\u201c[^\u201d]+\u201d', re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*[+#]*")
_HYPHEN = re.compile(r"[^-]+")
# Words that hang on a verb by a hyphen: "est-il", "a-t-on", "explique-moi", "diz-me".
_HANGING = frozenset(
    [
        "il",
        "elle",
        "ils",
        "elles",
        "on",
        "ce",
        "t",
        "je",
        "tu",
        "nous",
        "vous",
        "moi",
        "toi",
        "lui",
        "leur",
        "y",
    ]
)

# `typed`: an operator or a quoted phrase; `date`: within a date expression; `function`: says nothing by
# itself; `dependent`: says nothing without a subject; `core`: can be searched for.
WordKind = Literal["typed", "date", "function", "dependent", "core"]


@dataclass(frozen=True)
class Word:
    """A word of a question.

    Attributes:
        text: as it stands there.
        folded: case-folded.
        start: offset of its first character.
        end: offset behind its last.
        kind: what it can do in a search.
        name: whether it is written like a name or a number.
    """

    text: str
    folded: str
    start: int
    end: int
    kind: WordKind
    name: bool


@dataclass(frozen=True)
class Question:
    """A question taken apart.

    Attributes:
        text: of the question.
        languages: that it may be in.
        words: in order.
    """

    text: str
    languages: tuple[str, ...]
    words: tuple[Word, ...]

    @cached_property
    def lists(self) -> FollowUpWords:
        """The lists of its languages."""
        return read_words(self.languages)

    @cached_property
    def folded(self) -> str:
        """Its words case-folded, one space between two."""
        return " ".join(word.folded for word in self.words)

    def of_kind(self, *kinds: WordKind) -> list[Word]:
        """Its words of some kinds, in order."""
        return [word for word in self.words if word.kind in kinds]

    def find_runs(self, *, names: bool = False) -> list[tuple[int, int]]:
        """Stretches of neighbouring words that can be searched for, as indexes (first, behind the last)."""
        runs: list[tuple[int, int]] = []
        for index, word in enumerate(self.words):
            if word.kind != "core" or (names and not word.name):
                continue
            between = self.text[self.words[index - 1].end : word.start] if index else ""
            if runs and runs[-1][1] == index and not between.strip():
                runs[-1] = (runs[-1][0], index + 1)
            else:
                runs.append((index, index + 1))
        return runs


def read_question(text: str, otherwise: tuple[str, ...] = ()) -> Question:
    """Take a question apart.

    Args:
        text: of the question.
        otherwise: languages that it may be in when its words do not tell, such as those of the conversation.
    """
    pieces = list(_split(text))
    languages = find_spoken([piece for _, piece, typed in pieces if not typed], otherwise)
    lists = read_words(languages)
    dates = [(found.start, found.end) for found in find_expressions(text)]
    words = tuple(
        _make_word(text, start, piece, typed, lists, dates, nouns=languages == ("de",))
        for start, piece, typed in pieces
    )
    return Question(text, languages, words)


def _split(text: str) -> Iterator[tuple[int, str, bool]]:
    at = 0
    for typed in (*_TYPED.finditer(text), None):
        end = typed.start() if typed else len(text)
        for match in _WORD.finditer(text, at, end):
            parts = list(_HYPHEN.finditer(match[0]))
            if any(part[0].casefold() in _HANGING for part in parts[1:]):
                yield from ((match.start() + part.start(), part[0], False) for part in parts)
            else:
                yield match.start(), match[0], False
        if typed:
            yield typed.start(), typed[0], True
            at = typed.end()


def _make_word(
    text: str,
    start: int,
    piece: str,
    typed: bool,
    lists: FollowUpWords,
    dates: Sequence[tuple[int, int]],
    *,
    nouns: bool,
) -> Word:
    folded = piece.casefold()
    end = start + len(piece)
    begins = not text[:start].strip(" ¿¡\"'(") or text[:start].rstrip()[-1:] in ".!?:"
    shouted = len(piece) > 1 and piece.isupper() and not text.isupper()
    name = shouted or piece[0].isdigit() or (piece[0].isupper() and not begins)
    kind: WordKind = "core"
    if typed:
        kind = "typed"
    elif folded in lists.times or any(begin <= start and end <= behind for begin, behind in dates):
        kind = "date"
    elif name and not nouns and not piece[0].isdigit():
        # "It" and "The Who" within a question are names; a German noun says no more than its letters.
        kind = "core"
    elif folded in lists.functions or (len(folded) == 1 and folded.isascii() and not folded.isdigit()):
        kind = "function"
    elif lists.dependents.fullmatch(folded):
        kind = "dependent"
    return Word(piece, folded, start, end, kind, name)
