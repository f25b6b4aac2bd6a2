"""Loading of the sets that retrieval is measured on, from small folders of the same shape."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import InvalidInput
from host.evaluation.retrieval_sets import SET_NAMES, load_set

if TYPE_CHECKING:
    from pathlib import Path


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tea = {"title": "Tea", "text": "Tea is a drink."}
    rows = [{"input": "what is tea", "passages": [tea]}, {"input": "who drinks tea", "passages": [tea]}]
    write_lines(tmp_path / "clapnq" / "clapnq_dev_answerable.jsonl", rows)
    rows = [{"input": "is there tea on mars", "passages": [{"title": "Mars", "text": "A planet."}]}]
    write_lines(tmp_path / "clapnq" / "clapnq_dev_unanswerable.jsonl", rows)
    for language in ("en", "de", "es"):
        articles = [
            {
                "title": f"Article_{number}",
                "paragraphs": [
                    {
                        "context": f"{language} text {number}",
                        "qas": [{"question": f"{language} question {number}?"}],
                    }
                ],
            }
            for number in range(3)
        ]
        path = tmp_path / "xquad" / f"xquad.{language}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"data": articles}), encoding="utf-8")
    html = tmp_path / "article_extraction" / "html"
    html.mkdir(parents=True)
    name = "0123456789abcdef"
    (html / f"{name}.html.gz").write_bytes(gzip.compress(b"<title>News &amp;\n more</title><p>Text</p>"))
    truth = {name: {"url": "https://news.example/1", "articleBody": "Text"}}
    (html.parent / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    item = {"id": f"ae-{name[:12]}", "vague": "old story", "keyword": "news", "question": "What is new?"}
    write_lines(tmp_path / "known_item" / "dev.jsonl", [item])
    return tmp_path


@pytest.mark.parametrize("name", SET_NAMES)
def test_every_query_asks_for_a_page_of_its_set(folder: Path, name: str) -> None:
    found = load_set(name, folder)
    keys = {page.key for page in found.pages}
    assert found.name == name
    assert found.queries
    assert len(keys) == len(found.pages)
    assert len({page.url for page in found.pages}) == len(found.pages)
    assert all(query.relevant and query.relevant <= keys for query in found.queries)


def test_unanswerable_questions_leave_their_passages_but_are_not_asked(folder: Path) -> None:
    found = load_set("clapnq", folder)
    assert [page.title for page in found.pages] == ["Tea", "Mars"]
    assert [query.text for query in found.queries] == ["what is tea", "who drinks tea"]
    assert found.queries[0].relevant == found.queries[1].relevant


def test_questions_can_be_in_another_language_than_the_pages(folder: Path) -> None:
    found = load_set("xquad-en-de", folder)
    assert {page.language for page in found.pages} == {"de"}
    assert {query.text[:2] for query in found.queries} == {"en"}


def test_known_items_are_asked_for_in_three_ways_and_read_as_a_browser_sends_them(folder: Path) -> None:
    found = load_set("known_item", folder)
    assert [query.kind for query in found.queries] == ["vague", "keyword", "question"]
    assert found.pages[0].title == "News & more"
    assert found.pages[0].html is not None
    assert found.pages[0].text is None


def test_a_missing_folder_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not there"):
        load_set("clapnq", tmp_path)


def test_an_unknown_set_names_those_that_there_are(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="no set") as caught:
        load_set("trec", folder)
    assert "clapnq" in (caught.value.fix or "")
