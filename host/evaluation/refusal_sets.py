"""Questions that a history answers, and the same ones with their page taken away or asked elsewhere.

The data is not part of the project; docs/ranking.md says where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from host.core.errors import InvalidInput
from host.evaluation.chat_sets import load_chat_set
from host.evaluation.retrieval_sets import load_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.evaluation.retrieval_sets import EvaluationPage

RefusalKind: TypeAlias = Literal["question", "page taken away", "keyword", "vague", "other subject"]

REFUSAL_SET_NAMES = ("clapnq", "xquad-en", "xquad-de", "xquad-es", "known_item")
# The paragraphs of an encyclopedia have four times the questions of all else together.
_STEPS = {"xquad-en": 4, "xquad-de": 4, "xquad-es": 4}
# What a history is asked that is about other things: the set it is from, and how many. The paragraphs of
# xquad are the same in every language, so none of its histories is asked the questions of another one.
_FOREIGN: dict[str, tuple[tuple[str, int], ...]] = {
    "clapnq": (("xquad-en", 80), ("xquad-de", 40), ("known_item", 15)),
    "xquad-en": (("clapnq", 80),),
    "xquad-es": (("known_item", 40),),
    "known_item": (("clapnq", 60),),
}


@dataclass(frozen=True)
class RefusalQuestion:
    """A question to a history.

    Attributes:
        text: as it is asked.
        kind: how it was made; figures are of the questions of a kind.
        group: the same for all that is made of one question, in every language.
        gold: keys of the pages that answer it; empty when none in the history does.
        without: keys of pages that are taken away meanwhile.
    """

    text: str
    kind: RefusalKind
    group: str
    gold: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def answerable(self) -> bool:
        """Whether a page that is there answers it."""
        return bool(self.gold)


@dataclass(frozen=True)
class RefusalSet:
    """A history and what it is asked.

    Attributes:
        name: of the set.
        pages: of the history.
        questions: with and without an answer.
    """

    name: str
    pages: tuple[EvaluationPage, ...]
    questions: tuple[RefusalQuestion, ...]


def load_refusal_set(name: str, folder: Path, *, every: int = 1) -> RefusalSet:
    """Read one of `REFUSAL_SET_NAMES`.

    Args:
        name: of the set.
        folder: holds the folders clapnq, xquad, known_item and article_extraction.
        every: only each so-manieth question of a kind is taken.

    Raises:
        InvalidInput: there is no such set, or its files are not there.
    """
    if name not in REFUSAL_SET_NAMES:
        message = f"There is no set {name!r}."
        raise InvalidInput(message, fix=f"Choose from: {', '.join(REFUSAL_SET_NAMES)}.")
    asked = _thin_out(_read_questions(name, folder), every * _STEPS.get(name, 1))
    foreign = [
        RefusalQuestion(question.text, "other subject", question.group)
        for source, count in _FOREIGN.get(name, ())
        for question in _spread(_read_questions(source, folder), count)[::every]
    ]
    questions = [*asked, *_take_away(asked, name), *foreign]
    return RefusalSet(name, load_set(name, folder).pages, tuple(questions))


def _read_questions(name: str, folder: Path) -> list[RefusalQuestion]:
    """The questions of a set as people asked them."""
    if name == "clapnq":
        return [
            RefusalQuestion(one.text, "question", f"clapnq-{number}", one.gold)
            for number, one in enumerate(load_chat_set(name, folder).questions)
        ]
    family = name.split("-", maxsplit=1)[0]
    kinds: dict[str, RefusalKind] = {"keyword": "keyword", "vague": "vague"}
    # The three queries of an article are about one thing.
    return [
        RefusalQuestion(
            one.text,
            kinds.get(one.kind, "question"),
            "-".join(sorted(one.relevant)) if family == "known_item" else f"{family}-{number}",
            one.relevant,
        )
        for number, one in enumerate(load_set(name, folder).queries)
    ]


def _take_away(asked: Sequence[RefusalQuestion], name: str) -> list[RefusalQuestion]:
    """The full questions once more, without the page that answers them.

    Where people marked questions as unanswerable these are a kind of their own.
    """
    kind: RefusalKind = "page taken away" if name == "clapnq" else "question"
    return [
        RefusalQuestion(one.text, kind, one.group, without=one.gold)
        for one in asked
        if one.answerable and one.kind == "question"
    ]


def _thin_out(questions: Sequence[RefusalQuestion], every: int) -> list[RefusalQuestion]:
    """Each so-manieth, of every kind, of the answerable and of the others."""
    seen: dict[tuple[str, bool], int] = {}
    kept = []
    for question in questions:
        place = (question.kind, question.answerable)
        number = seen.get(place, 0)
        seen[place] = number + 1
        if number % every == 0:
            kept.append(question)
    return kept


def _spread(questions: Sequence[RefusalQuestion], count: int) -> list[RefusalQuestion]:
    """So many full questions at most, from the whole set."""
    full = [one for one in questions if one.kind == "question"]
    return full[:: max(1, -(-len(full) // count))]
