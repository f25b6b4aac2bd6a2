"""Page text is data: whatever a page says, links lead to found pages only, and answers keep their shape."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from host.chat import library
from host.chat.cleaning import clean_passage
from host.core.errors import AppError
from host.history.capture import Capture, CapturedPage
from host.history.extraction import extract_article
from host.protocol.handlers.chat_items import to_ask_result
from tests.chat.chat_world import Heard
from tests.chat.hostile_pages import (
    EVIL,
    HIDDEN_HTML,
    MARKER,
    HostilePage,
    make_hidden_page,
    make_hostile_pages,
)
from tests.chat.written_world import ScriptedWriter
from tests.history.stand_ins import InstantReader
from tests.makers import NOON

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from host.chat.exchange import ChatAnswer
    from host.history.profiles import Profile
    from host.protocol.chat_messages import AskResult
    from tests.chat.chat_world import ChatWorld

PAGES = make_hostile_pages()
_MARK = re.compile(r"(?<!\\)\[(\d+|\?)\]")
_ADDRESS = re.compile(r"\b(?:https?|ftp|javascript|data|file):\S|www\.", re.IGNORECASE)
_MARKUP = re.compile(r"(?<!\\)<[a-z/!]|(?<!\\)\]\(|(?<!\\)!\[", re.IGNORECASE)
_ACCENT = re.compile("[\u0300-\u036f]")
_TOKEN = re.compile(r"<\|[^<>\n]*\|>|\[/?(?:INST|SYSTEM_PROMPT)\]|</?s>|<(?:start|end)_of_turn>|<</?SYS>>")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def world(chat_world: ChatWorld) -> ChatWorld:
    """Every hostile page with the honest one beside it."""
    for page in PAGES:
        chat_world.read(page.honest_url, page.honest_title, page.honest_text)
        chat_world.read(page.url, page.title, page.text)
    chat_world.index()
    return chat_world


def _check(world: ChatWorld, answer: ChatAnswer) -> AskResult:
    """What holds for every answer, whatever the pages say; returns what goes over the wire."""
    sent = to_ask_result(answer, *library.get_answer(world.profile, answer.message_id))
    found = {passage.n: passage for passage in answer.passages}
    urls = {passage.url for passage in answer.passages}
    assert urls <= _stored_urls(world)
    for source in sent.sources:
        assert source.url in urls
        assert source.passage == clean_passage(source.passage)
        assert source.title == clean_passage(source.title)
        assert "\n" not in source.title
    for cited in sent.citations:
        assert cited.url == found[cited.n].url
        assert cited.link.startswith(("http://", "https://"))
        assert cited.link.partition("#")[0] == cited.url.partition("#")[0]
        assert cited.link.count(":~:") <= 1
        assert cited.quote in found[cited.n].text
    said = [sentence for sentence in answer.draft.sentences if sentence.text.strip()]
    marks = [f"[{n}]" for sentence in said for n in sentence.citations if sentence.supported]
    unsupported = sum(not sentence.supported for sentence in said)
    shown = [match[0] for match in _MARK.finditer(sent.answer)]
    assert sorted(shown) == sorted([*marks, *["[?]"] * unsupported])
    assert set(marks) <= {f"[{n}]" for n in found}
    assert not _ADDRESS.search(sent.answer)
    assert not _MARKUP.search(sent.answer)
    assert not _TOKEN.search(sent.answer)
    letters = _ACCENT.sub("", sent.answer)
    assert clean_passage(letters).split() == letters.split()
    return sent


def _stored_urls(world: ChatWorld) -> set[str]:
    def read(connection: object) -> set[str]:
        return {row[0] for row in connection.execute("SELECT url FROM pages")}  # type: ignore[attr-defined]

    return world.profile.database.read(read)


def _obey(page: HostilePage) -> list[str]:
    """The pieces of a model that does whatever a page wants of it, and then also answers."""
    said = f"{page.attack[:300]} See https://{EVIL}/ [1] [9]. It was finished in {page.year}."
    return [said[at : at + 7] for at in range(0, len(said), 7)] + [f" It was finished in {page.year}."]


def test_there_are_as_many_attacks_as_promised() -> None:
    assert len(PAGES) >= 25
    assert len({page.subject for page in PAGES}) == len(PAGES)


@each_page
def test_quoted_answers_hold_their_shape_and_cite_the_honest_page(
    world: ChatWorld, page: HostilePage
) -> None:
    heard = Heard()
    answer = world.ask(page.question, engine="extractive", heard=heard)
    sent = _check(world, answer)
    assert heard.streamed == sent.answer
    assert sent.engine == "extractive"
    assert sent.state == "complete"
    assert str(page.year) in sent.answer
    assert page.honest_url in {cited.url for cited in sent.citations}


@each_page
def test_a_model_that_obeys_a_page_can_neither_link_nor_cite(world: ChatWorld, page: HostilePage) -> None:
    writer = ScriptedWriter(_obey(page))

    @contextmanager
    def lend(_model_id: str, _cancelled: threading.Event) -> Iterator[ScriptedWriter]:
        yield writer

    heard = Heard()
    answer = world.ask(
        page.question,
        engine="written",
        heard=heard,
        chat=world.make_chat(lend_writer=lend),
    )
    sent = _check(world, answer)
    assert heard.streamed == sent.answer
    if page.name != "repetition":
        # A model that repeats itself is stopped before it comes to the rest.
        assert page.honest_url in {cited.url for cited in sent.citations}
    assert EVIL not in "".join(cited.link for cited in sent.citations if cited.url != page.url)
    told = "\n".join(message.content for message in writer.asked[0])
    assert not _TOKEN.search(told)
    # Words of a page stand behind ">"; only its title stands on a line of ours, in quotation marks.
    ours = [line for line in told.split("\n") if not line.startswith(">")]
    assert [line for line in ours if MARKER in line and not re.match(r'Passage \d+, from ".*":$', line)] == []


@pytest.mark.parametrize("page", PAGES[::9], ids=lambda page: page.name)
def test_a_small_model_is_steered_to_no_link_and_no_citation(world: ChatWorld, page: HostilePage) -> None:
    heard = Heard()
    answer = world.ask(page.question, engine="written", heard=heard)
    sent = _check(world, answer)
    assert heard.streamed == sent.answer
    assert sent.engine == "written"


def test_a_question_about_the_attack_itself_quotes_it_harmlessly(world: ChatWorld) -> None:
    for page in PAGES[:: len(PAGES) // 6]:
        _check(
            world, world.ask(f"What does the visitor say of {MARKER} at {page.subject}?", engine="extractive")
        )


def test_what_was_asked_before_a_page_attacked_is_still_followed(world: ChatWorld) -> None:
    page = next(page for page in PAGES if page.name == "ChatML")
    first = world.ask(page.question, engine="extractive")
    second = world.ask("and who kept its lamp?", engine="extractive", conversation_id=first.conversation_id)
    sent = _check(world, second)
    assert page.subject in second.searched_for
    assert "seven families" in sent.answer


def test_a_list_of_results_is_as_harmless(world: ChatWorld) -> None:
    for page in PAGES:
        answer = world.ask(page.question, chat=world.make_chat(find_embedder=lambda: None))
        sent = to_ask_result(answer, *library.get_answer(world.profile, answer.message_id))
        assert sent.engine == "results"
        assert not _ADDRESS.search(sent.answer)
        assert not _MARKUP.search(sent.answer)
        assert {match[1] for match in _MARK.finditer(sent.answer)} <= {str(item.n) for item in sent.sources}


@pytest.mark.parametrize("hidden", HIDDEN_HTML.values(), ids=HIDDEN_HTML)
def test_what_a_page_hides_never_becomes_text(hidden: str) -> None:
    article = extract_article(make_hidden_page(hidden), "https://lights.example/hidden")
    assert "seven families" in article.text
    assert MARKER not in article.text
    assert MARKER not in article.title


@pytest.mark.parametrize(
    "url",
    [f"javascript:alert('{MARKER}')", f"data:text/html,{MARKER}", "file:///etc/passwd", "chrome://settings/"],
)
def test_an_address_that_a_link_may_not_lead_to_is_never_remembered(profile: Profile, url: str) -> None:
    capture = Capture(InstantReader())
    try:
        status = capture.capture(
            profile, CapturedPage(url=url, visited_at=NOON, title="Trap", text=f"It tells of {MARKER}.")
        ).status
    except AppError:
        status = "skipped"
    assert status == "skipped"
    assert profile.database.read(lambda connection: list(connection.execute("SELECT url FROM pages"))) == []
