"""Loading of the sets that answers are measured on, from small folders of the same shape."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import InvalidInput
from host.evaluation.chat_sets import CHAT_SET_NAMES, ChatQuestion, ChatSet, load_chat_set

if TYPE_CHECKING:
    from pathlib import Path


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tea = {"title": "Tea", "text": "Tea is a drink."}
    rows = [
        {
            "input": "what is tea",
            "passages": [tea],
            "output": [{"answer": "A drink."}, {"answer": " "}, {"answer": "Something to drink."}],
        },
        {"input": "who drinks tea", "passages": [tea], "output": [{"answer": "People."}]},
    ]
    write_lines(tmp_path / "clapnq" / "clapnq_dev_answerable.jsonl", rows)
    mars = {"title": "Mars", "text": "A planet."}
    rows = [{"input": "is there tea on mars", "passages": [mars], "output": [{"answer": ""}]}]
    write_lines(tmp_path / "clapnq" / "clapnq_dev_unanswerable.jsonl", rows)
    for language in ("en", "de", "es"):
        articles = [
            {
                "title": f"Article_{article}",
                "paragraphs": [
                    {
                        "context": f"{language} text {article} {number}",
                        "qas": [
                            {
                                "question": f"{language} {article} {number}?",
                                "answers": [{"text": "308"}, {"text": "three hundred"}],
                            }
                        ],
                    }
                    for number in range(2)
                ],
            }
            for article in range(2)
        ]
        path = tmp_path / "xquad" / f"xquad.{language}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"data": articles}), encoding="utf-8")
    html = tmp_path / "article_extraction" / "html"
    html.mkdir(parents=True)
    names = ["a" * 16, "b" * 16, "c" * 16]
    for name in names:
        (html / f"{name}.html.gz").write_bytes(gzip.compress(b"<title>News</title><p>Text</p>"))
    truth = {name: {"url": f"https://news.example/{name[0]}", "articleBody": "Text"} for name in names}
    (html.parent / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    items = [
        {"id": f"ae-{name[:12]}", "vague": "v", "keyword": "k", "question": f"{name[0]}?", "answer": name[0]}
        for name in names[:2]
    ]
    write_lines(tmp_path / "known_item" / "dev.jsonl", items)
    return tmp_path


@pytest.mark.parametrize("name", CHAT_SET_NAMES)
def test_an_answerable_question_has_its_page_and_references_and_another_has_none(
    folder: Path, name: str
) -> None:
    found = load_chat_set(name, folder)
    keys = {page.key for page in found.pages}
    assert found.name == name
    assert {question.answerable for question in found.questions} == {True, False}
    for question in found.questions:
        assert question.gold <= keys
        assert bool(question.references) == question.answerable
        assert all(reference.strip() for reference in question.references)


def test_passages_of_unanswerable_questions_are_in_the_same_history(folder: Path) -> None:
    found = load_chat_set("clapnq", folder)
    assert [page.title for page in found.pages] == ["Tea", "Mars"]
    first, second, third = found.questions
    assert first.references == ("A drink.", "Something to drink.")
    assert first.gold == second.gold == frozenset({found.pages[0].key})
    assert third == ChatQuestion("is there tea on mars", frozenset())


def test_every_second_paragraph_of_each_article_is_left_out_and_asked_about_all_the_same(
    folder: Path,
) -> None:
    found = load_chat_set("xquad-de", folder)
    assert [page.text for page in found.pages] == ["de text 0 0", "de text 1 1"]
    assert [(question.text, question.answerable) for question in found.questions] == [
        ("de 0 0?", True),
        ("de 0 1?", False),
        ("de 1 0?", False),
        ("de 1 1?", True),
    ]
    assert {question.language for question in found.questions} == {"de"}
    assert found.questions[0].references == ("308", "three hundred")


def test_every_second_article_that_is_asked_about_is_left_out(folder: Path) -> None:
    found = load_chat_set("known_item", folder)
    assert [page.key for page in found.pages] == ["ae-aaaaaaaaaaaa", "ae-cccccccccccc"]
    assert [(question.text, question.answerable) for question in found.questions] == [
        ("a?", True),
        ("b?", False),
    ]


def test_thinning_out_keeps_both_kinds_and_the_whole_history(folder: Path) -> None:
    questions = tuple(ChatQuestion(str(n), frozenset({"k"} if n < 4 else ())) for n in range(9))
    thin = ChatSet("made", load_chat_set("clapnq", folder).pages, questions).thin_out(3)
    assert [question.text for question in thin.questions] == ["0", "3", "4", "7"]
    assert len(thin.pages) == 2


def test_the_folder_of_the_set_itself_will_do(folder: Path) -> None:
    assert load_chat_set("clapnq", folder / "clapnq") == load_chat_set("clapnq", folder)
    assert load_chat_set("xquad-de", folder / "xquad") == load_chat_set("xquad-de", folder)


def test_a_missing_folder_is_said_plainly(tmp_path: Path) -> None:
    for name in CHAT_SET_NAMES:
        with pytest.raises(InvalidInput, match="not there"):
            load_chat_set(name, tmp_path)


def test_an_unknown_set_names_those_that_there_are(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="no set") as caught:
        load_chat_set("trec", folder)
    assert "clapnq" in (caught.value.fix or "")
