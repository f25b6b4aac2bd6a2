from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.chat.marks import render_answer
from tests.e2e.articles import find_article, load_articles

if TYPE_CHECKING:
    from host.chat.exchange import ChatAnswer
    from tests.chat.chat_world import ChatWorld

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def world(chat_world: ChatWorld) -> ChatWorld:
    for article in load_articles():
        chat_world.read(article.url, article.title, article.text)
    chat_world.index()
    return chat_world


def cited(answer: ChatAnswer) -> list[str]:
    urls = {passage.n: passage.url for passage in answer.passages}
    return [urls[n] for sentence in answer.draft.sentences for n in sentence.citations]


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        ("What did I read about telescopes?", ["telescope"]),
        ("Summarise what I read about beehives in winter", ["beehives"]),
        ("the page about night trains", ["night_trains"]),
        ("what did I read about astronomy", ["telescope"]),
        ("Was habe ich über nasse Moore gelesen?", ["moorboden"]),
        ("tell me about sourdough bread", ["sourdough"]),
    ],
)
def test_what_was_read_about_a_subject_is_told_page_by_page(
    world: ChatWorld, request_: str, names: list[str]
) -> None:
    answer = world.ask(request_, engine="extractive")

    assert cited(answer)[: len(names)] == [find_article(name).url for name in names]
    assert len(cited(answer)) <= len(names) + 1
    assert find_article(names[0]).title.split()[0] in render_answer(answer.draft.sentences)
    texts = {passage.n: passage.text for passage in answer.passages}
    assert all(sentence.quote in texts[sentence.citations[0]] for sentence in answer.draft.sentences)


@pytest.mark.parametrize(
    "subject", ["kubernetes", "football", "submarines in the Baltic", "the prime minister"]
)
def test_a_subject_that_no_page_speaks_of_is_not_told(world: ChatWorld, subject: str) -> None:
    answer = world.ask(f"What did I read about {subject}?", engine="extractive")

    assert answer.draft.engine == "none"
