"""What a question asks for - a number, a time, a person - and whether a sentence has such a thing. Pure."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from host.chat.wording import read_wording
from host.core.function_words import find_languages
from host.core.stems import fold_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from host.chat.wording import Wording

# `topic`: words without a question.
Kind = Literal["number", "time", "person", "place", "reason", "manner", "thing", "topic"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_FILE = Path(__file__).with_name("question_kinds.json")
_WORD = re.compile(r"[^\W_]+")


@cache
def _read_file() -> tuple[dict[str, dict[str, tuple[str, ...]]], frozenset[str]]:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    kinds = {
        kind: {language: tuple(f" {one} " for one in line.split(" | ")) for language, line in lines.items()}
        for kind, lines in data["kinds"].items()
    }
    return kinds, frozenset(f"{data['months']} {data['numerals']}".split())


def guess_language(text: str) -> str | None:
    """The language of a question by its function words, None where they do not tell."""
    languages = find_languages(text.split())
    return languages[0] if len(languages) == 1 else None


def find_kind(question: str) -> Kind:
    """What a question asks for.

    Args:
        question: in one of the languages of question_kinds.json; in another one it is a `topic`.
    """
    kinds, _ = _read_file()
    words = f" {' '.join(_WORD.findall(fold_text(question)))} "
    languages = find_languages(question.split()) or ("en",)
    for kind in KINDS:
        for language in languages:
            if any(word in words for word in kinds.get(kind, {}).get(language, ())):
                return kind
    return "topic"


def has_answer(kind: Kind, text: str, wording: Wording, asked: Wording) -> float:
    """Whether a sentence has what is asked for and the question itself has not: 0 or 1, 0.5 for no idea.

    Args:
        kind: what is asked for.
        text: the sentence.
        wording: its words.
        asked: those of the question.
    """
    if kind in ("number", "time"):
        return float(bool(wording.numbers - asked.numbers) or _has_numeral(text))
    if kind in ("person", "place"):
        return float(bool(wording.names - frozenset(asked.stems)))
    return 0.5


def _has_numeral(text: str) -> bool:
    _, numerals = _read_file()
    return not numerals.isdisjoint(_WORD.findall(fold_text(text)))


def remove_words(question: str, stems: Collection[str], read: Wording) -> str:
    """What a question asks beside the words of a title: without those words whose stems are given.

    Args:
        question: as asked.
        stems: of the title.
        read: the words of the question.
    """
    kept = [piece for piece in question.split() if not _is_among(piece, stems, read)]
    return " ".join(kept)


def _is_among(piece: str, stems: Collection[str], read: Wording) -> bool:
    own = read_wording(piece).stems
    return bool(own) and all(stem in stems and stem in read.stems for stem in own)
