"""Finds the sentences of an answer while it is written. Pure.

A sentence carries the white space and the list mark before it, so sentences join without anything between
them. White space is held until something follows it, for what marks a sentence stands before that. A table or
fenced code counts as one sentence, for a mark within would break it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sentencex

from host.chat.blocks import find_open_fence, goes_on_as_table, is_table

_LIST_MARK = re.compile(r"\s*(?:(?:[-*+•>#]+|\d{1,3}[.)])[ ]*)*")
_LISTED = re.compile(r"\s*(?:[-*+•>#]+|\d{1,3}[.)])?")
_WIDE_ENDS = "。！？"
# Behind a full stop, what still belongs to its sentence.
_CLOSERS = "\"'”’»)]*_`」』）"
# A line of a model that knows no full stop is cut somewhere.
_LONGEST = 1200


@dataclass(frozen=True)
class Piece:
    """What has become certain.

    Attributes:
        text: more of the sentence under way; may be empty.
        ends: the sentence ends with it.
    """

    text: str
    ends: bool = False


class SentenceStream:
    """Takes the text of an answer and gives out pieces of its sentences."""

    def __init__(self, language: str = "en") -> None:
        """Begin.

        Args:
            language: ISO 639-1 code, for its abbreviations.
        """
        self._language = language
        self._sentence = ""
        self._space = ""

    def feed(self, text: str) -> list[Piece]:
        """More text; returns what it makes certain."""
        pieces: list[Piece] = []
        for character in text:
            self._add(character, pieces)
        return pieces

    def finish(self) -> list[Piece]:
        """The end of the text, which ends its last sentence. White space at the very end is left out."""
        self._space = ""
        if not self._sentence:
            return []
        self._sentence = ""
        return [Piece("", ends=True)]

    def _add(self, character: str, pieces: list[Piece]) -> None:
        if character.isspace():
            self._space += character
            return
        if self._sentence and self._is_border(character):
            pieces.append(Piece("", ends=True))
            self._sentence = ""
        more = self._space + character
        self._sentence += more
        self._space = ""
        pieces.append(Piece(more))

    def _is_border(self, following: str) -> bool:
        said = self._sentence
        if _LISTED.fullmatch(said) or find_open_fence(said):
            return False
        if "\n" in self._space:
            return self._space.count("\n") > 1 or not goes_on_as_table(said, following)
        if is_table(said) or said.lstrip().startswith("|"):
            return False
        return len(said) >= _LONGEST or self._is_end(following)

    def _is_end(self, following: str) -> bool:
        said = self._sentence
        body = said.rstrip(_CLOSERS)
        if body[-1:] in tuple(_WIDE_ENDS):
            return following not in _CLOSERS + _WIDE_ENDS
        if not self._space or body[-1:] not in (".", "!", "?", "…"):
            return False
        words = said[len(lead) :] if (lead := split_lead(said)[0]) else said
        return len(list(sentencex.segment(self._language, f"{words}{self._space}{following}"))) > 1


def split_lead(text: str) -> tuple[str, str]:
    """The white space and list mark that a sentence begins with, and the sentence itself."""
    found = _LIST_MARK.match(text)
    end = found.end() if found else 0
    return text[:end], text[end:]
