"""Sets of pages and questions that retrieval is measured on, read from a folder of public data.

The data is not part of the project; docs/ranking.md says where it comes from. Each loader takes the folder
that holds all of it.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass, replace
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_LANGUAGES = ("en", "de", "es")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class EvaluationPage:
    """A page to be found. `html` is read as a browser would send it, `text` is taken as it is."""

    key: str
    url: str
    title: str
    language: str
    text: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class EvaluationQuery:
    """A query, its kind, and the pages that answer it."""

    text: str
    kind: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class RetrievalSet:
    """A history and what is asked of it."""

    name: str
    pages: tuple[EvaluationPage, ...]
    queries: tuple[EvaluationQuery, ...]


def load_set(name: str, folder: Path) -> RetrievalSet:
    """Read one of `SET_NAMES`.

    Args:
        name: of the set.
        folder: holds the folders clapnq, xquad, known_item and article_extraction.

    Raises:
        InvalidInput: there is no such set, or its files are not there.
    """
    loader = _LOADERS.get(name)
    if loader is None:
        message = f"There is no set {name!r}."
        raise InvalidInput(message, fix=f"Choose from: {', '.join(SET_NAMES)}.")
    return replace(loader(folder), name=name)


def _load_clapnq(folder: Path) -> RetrievalSet:
    """Real search questions; passages of an encyclopedia, those of unanswerable questions among them."""
    pages: dict[tuple[str, str], EvaluationPage] = {}
    queries = []
    for part in ("answerable", "unanswerable"):
        for row in read_lines(folder / "clapnq" / f"clapnq_dev_{part}.jsonl"):
            passage = row["passages"][0]
            number = len(pages)
            page = EvaluationPage(
                f"clapnq-{number}",
                f"https://clapnq.example/{number}",
                passage["title"],
                "en",
                passage["text"],
            )
            page = pages.setdefault((page.title, passage["text"]), page)
            if part == "answerable":
                queries.append(EvaluationQuery(row["input"], "question", frozenset({page.key})))
    return RetrievalSet("", tuple(pages.values()), tuple(queries))


def _load_xquad(folder: Path, pages_in: str, asked_in: str) -> RetrievalSet:
    """Paragraphs of an encyclopedia; the questions may be in another language than the pages."""
    pages = tuple(page for page, _ in _read_paragraphs(folder, pages_in))
    kind = "question" if pages_in == asked_in else "other language"
    queries = tuple(
        EvaluationQuery(question, kind, frozenset({page.key}))
        for page, questions in _read_paragraphs(folder, asked_in)
        for question in questions
    )
    return RetrievalSet("", pages, queries)


def _load_known_item(folder: Path) -> RetrievalSet:
    """Articles of the web; for some of them a half-remembered, a keyword and a question query."""
    queries = [
        EvaluationQuery(row[kind], kind, frozenset({row["id"]}))
        for row in read_lines(folder / "known_item" / "dev.jsonl")
        for kind in ("vague", "keyword", "question")
    ]
    return RetrievalSet("", tuple(_read_articles(folder)), tuple(queries))


def _load_mixed(folder: Path) -> RetrievalSet:
    """All of them in one history, each encyclopedia article in one language, asked for in English too."""
    clapnq, articles = _load_clapnq(folder), _load_known_item(folder)
    pages = [*clapnq.pages, *articles.pages]
    queries = [*(replace(query, kind="clapnq") for query in clapnq.queries), *articles.queries]
    for place, language in enumerate(_LANGUAGES):
        own = [item for item in _read_paragraphs(folder, language) if _article_number(item[0]) % 3 == place]
        pages.extend(page for page, _ in own)
        keys = {page.key for page, _ in own}
        for asked_in in dict.fromkeys((language, "en")):
            kind = f"question {language}" if asked_in == language else "other language"
            queries.extend(
                EvaluationQuery(question, kind, frozenset({page.key}))
                for page, questions in _read_paragraphs(folder, asked_in)
                if page.key in keys
                for question in questions[::2]
            )
    return RetrievalSet("", tuple(pages), tuple(queries))


_LOADERS: dict[str, Callable[[Path], RetrievalSet]] = {
    "known_item": _load_known_item,
    "clapnq": _load_clapnq,
    **{
        f"xquad-{language}": partial(_load_xquad, pages_in=language, asked_in=language)
        for language in _LANGUAGES
    },
    "xquad-en-de": partial(_load_xquad, pages_in="de", asked_in="en"),
    "xquad-en-es": partial(_load_xquad, pages_in="es", asked_in="en"),
    "mixed": _load_mixed,
}
SET_NAMES = tuple(_LOADERS)


def _read_paragraphs(folder: Path, language: str) -> Iterator[tuple[EvaluationPage, list[str]]]:
    """Paragraphs with their questions; a paragraph has the same key in every language."""
    data = json.loads(read_text(folder / "xquad" / f"xquad.{language}.json"))["data"]
    for article_number, article in enumerate(data):
        title = article["title"].replace("_", " ")
        for number, paragraph in enumerate(article["paragraphs"]):
            place = f"{article_number}-{number}"
            url = f"https://{language}.xquad.example/{place}"
            page = EvaluationPage(f"xquad-{place}", url, title, language, paragraph["context"])
            yield page, [item["question"] for item in paragraph["qas"]]


def _article_number(page: EvaluationPage) -> int:
    return int(page.key.split("-")[1])


def _read_articles(folder: Path) -> Iterator[EvaluationPage]:
    folder = folder / "article_extraction"
    truth = json.loads(read_text(folder / "ground-truth.json"))
    for name in sorted(truth):
        path = folder / "html" / f"{name}.html.gz"
        if not path.is_file():
            raise _missing(path)
        html = gzip.decompress(path.read_bytes()).decode("utf-8", errors="replace")
        found = _TITLE.search(html)
        # A browser sends the title beside the page.
        title = " ".join(unescape(found[1]).split()) if found else ""
        yield EvaluationPage(f"ae-{name[:12]}", truth[name]["url"], title, "en", html=html)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file with one on each line.

    Raises:
        InvalidInput: the file is not there.
    """
    for line in read_text(path).splitlines():
        if line.strip():
            yield json.loads(line)


def read_text(path: Path) -> str:
    """A file of a set.

    Raises:
        InvalidInput: it is not there.
    """
    if not path.is_file():
        raise _missing(path)
    return path.read_text(encoding="utf-8")


def _missing(path: Path) -> InvalidInput:
    return InvalidInput(
        f"The data is not there: {path}.",
        fix="Give the folder that holds it; docs/ranking.md says where it is from.",
    )
