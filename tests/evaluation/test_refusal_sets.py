"""Loading of the questions that are to be refused and of those that are not, from small folders."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.evaluation.refusal_sets import REFUSAL_SET_NAMES, RefusalQuestion, load_refusal_set

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = ("en", "de", "es")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight questions of clapnq, eight of xquad in each language, two articles of known_item."""
    for name in ("clapnq", "xquad", "known_item", "article_extraction/html"):
        (tmp_path / name).mkdir(parents=True)
    for part, first in (("answerable", 0), ("unanswerable", 4)):
        rows = [
            {
                "input": f"clapnq question {number}",
                "passages": [{"title": "Tea", "text": f"Passage {number}."}],
                "output": [{"answer": "So."}],
            }
            for number in range(first, first + 4)
        ]
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / "clapnq" / f"clapnq_dev_{part}.jsonl").write_text(text, encoding="utf-8")
    for language in LANGUAGES:
        paragraphs = [
            {
                "context": f"{language} paragraph {number}",
                "qas": [
                    {"question": f"{language} {number} {which}", "answers": [{"text": "so"}]}
                    for which in range(4)
                ],
            }
            for number in range(2)
        ]
        data = {"data": [{"title": "Tea_House", "paragraphs": paragraphs}]}
        (tmp_path / "xquad" / f"xquad.{language}.json").write_text(json.dumps(data), encoding="utf-8")
    names = ("a" * 12, "b" * 12)
    html = tmp_path / "article_extraction" / "html"
    for name in names:
        (html / f"{name}.html.gz").write_bytes(gzip.compress(b"<title>T</title><p>An article.</p>"))
    truth = {name: {"url": f"https://{name}.example/"} for name in names}
    (tmp_path / "article_extraction" / "ground-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    rows = [
        {"id": f"ae-{name}", "vague": "v", "keyword": "k", "question": f"q {name}", "answer": "so"}
        for name in names
    ]
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    (tmp_path / "known_item" / "dev.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def _of(questions: tuple[RefusalQuestion, ...], kind: str) -> list[RefusalQuestion]:
    return [one for one in questions if one.kind == kind]


def test_a_question_is_asked_again_without_its_page_and_stays_in_its_group(folder: Path) -> None:
    wanted = load_refusal_set("clapnq", folder)
    asked = _of(wanted.questions, "question")
    assert [one.answerable for one in asked] == [True] * 4 + [False] * 4
    assert all(not one.without for one in asked)
    away = _of(wanted.questions, "page taken away")
    assert [(one.text, one.group, one.without) for one in away] == [
        (one.text, one.group, one.gold) for one in asked[:4]
    ]
    assert not any(one.answerable for one in away)
    assert len({one.group for one in asked}) == 8


def test_every_page_that_is_named_is_in_the_history(folder: Path) -> None:
    for name in REFUSAL_SET_NAMES:
        wanted = load_refusal_set(name, folder)
        keys = {page.key for page in wanted.pages}
        assert wanted.name == name
        assert all(one.gold | one.without <= keys for one in wanted.questions)
        assert {one.answerable for one in wanted.questions} == {True, False}


def test_a_question_has_the_same_group_in_every_language(folder: Path) -> None:
    by_language = [
        {
            one.group: one.text.split()[1:]
            for one in load_refusal_set(f"xquad-{language}", folder).questions
            if one.kind == "question"
        }
        for language in LANGUAGES
    ]
    assert by_language[0] == by_language[1] == by_language[2]
    # One of four.
    assert list(by_language[0].values()) == [["0", "0"], ["1", "0"]]


def test_half_remembered_and_keyword_queries_are_of_the_group_of_their_page(folder: Path) -> None:
    wanted = load_refusal_set("known_item", folder)
    for kind in ("vague", "keyword"):
        assert [one.answerable for one in _of(wanted.questions, kind)] == [True, True]
    assert [one.answerable for one in _of(wanted.questions, "question")] == [True, True, False, False]
    own = [one for one in wanted.questions if one.kind != "other subject"]
    assert {one.group for one in own} == {"ae-" + "a" * 12, "ae-" + "b" * 12}


def test_questions_about_other_things_come_from_other_sets_and_never_from_a_translation(folder: Path) -> None:
    for name in REFUSAL_SET_NAMES:
        wanted = load_refusal_set(name, folder)
        own = {one.group for one in wanted.questions if one.kind != "other subject"}
        foreign = _of(wanted.questions, "other subject")
        assert all(one.group not in own and not one.answerable for one in foreign)
        assert not (name.startswith("xquad") and any(one.group.startswith("xquad") for one in foreign))
    assert _of(load_refusal_set("clapnq", folder).questions, "other subject")


def test_thinning_out_keeps_both_kinds_and_what_belongs_together(folder: Path) -> None:
    wanted = load_refusal_set("clapnq", folder, every=2)
    asked = _of(wanted.questions, "question")
    assert [one.text[-1] for one in asked] == ["0", "2", "4", "6"]
    assert {one.group for one in _of(wanted.questions, "page taken away")} == {"clapnq-0", "clapnq-2"}
    assert len(wanted.pages) == 8


def test_an_unknown_set_is_said_with_those_that_there_are(folder: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_refusal_set("poems", folder)
    assert all(name in str(caught.value.fix) for name in REFUSAL_SET_NAMES)
