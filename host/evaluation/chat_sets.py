"""Sets of pages and questions that answers are measured on, some of which the pages do not answer.

The data is not part of the project; docs/ranking.md says where it comes from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput
from host.evaluation.retrieval_sets import load_set, read_lines, read_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.evaluation.retrieval_sets import EvaluationPage

_LANGUAGES = ("en", "de", "es")


@dataclass(frozen=True)
class ChatQuestion:
    """A question.

    Attributes:
        text: as it is asked.
        gold: keys of the pages that answer it; empty when none in the history does.
        references: answers to compare with; empty when nothing answers it.
        language: of the question and its references.
    """

    text: str
    gold: frozenset[str]
    references: tuple[str, ...] = ()
    language: str = "en"

    @property
    def answerable(self) -> bool:
        """Whether a page of the history answers it."""
        return bool(self.gold)


@dataclass(frozen=True)
class ChatSet:
    """A history and what it is asked.

    Attributes:
        name: of the set.
        pages: of the history.
        questions: answerable or not.
    """

    name: str
    pages: tuple[EvaluationPage, ...]
    questions: tuple[ChatQuestion, ...]

    def thin_out(self, every: int) -> ChatSet:
        """The same history and each so-manieth question, of the answerable and of the others."""
        kept = [
            question
            for answerable in (True, False)
            for question in [one for one in self.questions if one.answerable == answerable][::every]
        ]
        return replace(self, questions=tuple(kept))


def load_chat_set(name: str, folder: Path) -> ChatSet:
    """Read one of `CHAT_SET_NAMES`.

    Args:
        name: of the set.
        folder: holds the folders clapnq, xquad, known_item and article_extraction; or is itself the folder of
            the set.

    Raises:
        InvalidInput: there is no such set, or its files are not there.
    """
    own = name.partition("-")[0]
    if folder.resolve().name == own and not (folder / own).is_dir():
        folder = folder.resolve().parent
    loader = _LOADERS.get(name)
    if loader is None:
        message = f"There is no set {name!r}."
        raise InvalidInput(message, fix=f"Choose from: {', '.join(CHAT_SET_NAMES)}.")
    return replace(loader(folder), name=name)


def _load_clapnq(folder: Path) -> ChatSet:
    """Real search questions with written answers; the passages of both kinds in one history."""
    pages = load_set("clapnq", folder).pages
    keys = {(page.title, page.text): page.key for page in pages}
    questions = []
    for part in ("answerable", "unanswerable"):
        for row in read_lines(folder / "clapnq" / f"clapnq_dev_{part}.jsonl"):
            passage = row["passages"][0]
            if part == "unanswerable":
                questions.append(ChatQuestion(row["input"], frozenset()))
                continue
            references = tuple(one["answer"] for one in row["output"] if one["answer"].strip())
            gold = frozenset({keys[passage["title"], passage["text"]]})
            questions.append(ChatQuestion(row["input"], gold, references))
    return ChatSet("", pages, tuple(questions))


def _load_xquad(folder: Path, language: str) -> ChatSet:
    """Paragraphs of an encyclopedia with short answers; every second one of an article is left out.

    So an unanswerable question is about the subject of pages that are there. That another paragraph answers
    it after all is rare and not looked for.
    """
    paragraphs = [
        (article_number + number, paragraph["qas"])
        for article_number, article in enumerate(
            json.loads(read_text(folder / "xquad" / f"xquad.{language}.json"))["data"]
        )
        for number, paragraph in enumerate(article["paragraphs"])
    ]
    kept, questions = [], []
    for page, (place, items) in zip(load_set(f"xquad-{language}", folder).pages, paragraphs, strict=True):
        if place % 2 == 0:
            kept.append(page)
        for item in items:
            gold = frozenset() if place % 2 else frozenset({page.key})
            references = tuple(answer["text"] for answer in item["answers"]) if gold else ()
            questions.append(ChatQuestion(item["question"], gold, references, language))
    return ChatSet("", tuple(kept), tuple(questions))


def _load_known_item(folder: Path) -> ChatSet:
    """Articles of the web with a question and a short answer for some; every second of these is left out."""
    rows = list(read_lines(folder / "known_item" / "dev.jsonl"))
    left_out = {row["id"] for row in rows[1::2]}
    questions = [
        ChatQuestion(row["question"], frozenset())
        if row["id"] in left_out
        else ChatQuestion(row["question"], frozenset({row["id"]}), (row["answer"],))
        for row in rows
    ]
    pages = tuple(page for page in load_set("known_item", folder).pages if page.key not in left_out)
    return ChatSet("", pages, tuple(questions))


_LOADERS: dict[str, Callable[[Path], ChatSet]] = {
    "clapnq": _load_clapnq,
    **{f"xquad-{language}": partial(_load_xquad, language=language) for language in _LANGUAGES},
    "known_item": _load_known_item,
}
CHAT_SET_NAMES = tuple(_LOADERS)
