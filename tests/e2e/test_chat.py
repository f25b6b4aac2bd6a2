"""A person asks their history, checks the answer, and comes back to it."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.articles import find_article, load_articles
from tests.e2e.browser import LIMIT_MS
from tests.e2e.chat_page import ChatPage, sources_of
from tests.e2e.installation import wait_until_indexed, wait_until_stored
from tests.e2e.special_pages import LONG, make_prose_page
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

LIGHTHOUSE = "When was the door of Skerrow Light locked for the last time?"
TELESCOPE = "What decides how much you will see through a telescope?"
# A model that writes badly writes long when it is asked for a lot.
TALKATIVE = "Tell me everything about telescopes, mirrors, lenses, mounts and eyepieces, at great length."
ATTEMPTS = 6


@pytest.fixture
def chat(world: World) -> ChatPage:
    page = ChatPage(world.browser)
    if page.exchanges.count():
        page.start_anew()
    return page


@pytest.fixture
def writing(world: World) -> Iterator[None]:
    """The language model writes the answers, small as it is."""
    with world.installation.client(world.profile_id) as client:
        client.call("settings.update", values={"chat.engine": "written"})
        yield
        client.call("settings.update", values={"chat.engine": "auto"})


def answer_of(exchange: Locator) -> str:
    return exchange.inner_text()


def wait_for_words(chat: ChatPage, count: int) -> None:
    """Wait until the answer that is being written has so many words, or is complete."""
    body = chat.last.locator("[data-part=answer]")
    wait_for(
        lambda: len(body.inner_text().split()) >= count or chat.ask_button.is_visible(),
        f"{count} words of an answer",
    )


def test_an_answer_quotes_the_page_that_says_it_and_lists_it_first(world: World, chat: ChatPage) -> None:
    exchange = chat.ask(LIGHTHOUSE)

    expect(exchange).to_contain_text("ninth of March 1988")
    assert sources_of(exchange)[0] == find_article("lighthouse").url
    known = {article.url for article in load_articles()}
    assert set(sources_of(exchange)) <= known | {LONG.url} | set(world_pages(world))


def world_pages(world: World) -> list[str]:
    with world.installation.client(world.profile_id) as client:
        found = client.call("search.query", query="", limit=200)
    return [str(item["url"]) for item in found["results"]]


def test_a_citation_opens_the_live_page_at_the_passage(world: World, chat: ChatPage) -> None:
    exchange = chat.ask("Who built a submarine from wash boilers?")
    mark = exchange.locator("[data-part=answer]").get_by_role("link").first
    expect(mark).to_be_visible()

    with world.browser.context.expect_page() as opened:
        mark.click()
    live = opened.value
    live.wait_for_load_state()

    assert live.url.partition("#")[0] == LONG.url
    # The passage stands deep in a long page: the browser has gone there by itself.
    wait_for(lambda: live.evaluate("() => scrollY > innerHeight"), "the page scrolled to the passage")


def test_the_stored_passage_is_shown_at_a_citation(chat: ChatPage) -> None:
    exchange = chat.ask(TELESCOPE)
    mark = exchange.locator("[data-part=answer]").get_by_role("link").first

    mark.focus()

    popover = chat.page.get_by_role("tooltip").or_(chat.page.get_by_role("dialog"))
    expect(popover).to_contain_text("the diameter of the mirror or lens that gathers light")
    chat.page.keyboard.press("Escape")
    expect(popover).to_be_hidden()


def test_a_follow_up_is_understood_from_what_was_said(chat: ChatPage) -> None:
    chat.ask("What happened to Skerrow Light?")

    exchange = chat.ask("And when was that?")

    expect(exchange).to_contain_text("1988")
    assert sources_of(exchange)[0] == find_article("lighthouse").url


def test_what_the_history_does_not_know_is_not_answered(chat: ChatPage) -> None:
    exchange = chat.ask("What is the boiling point of tungsten hexafluoride?")

    expect(exchange).to_contain_text("Nothing in your history answers that")


def test_a_conversation_is_there_after_the_browser_was_restarted(world: World, chat: ChatPage) -> None:
    chat.ask(LIGHTHOUSE)
    world.browser.close()
    world.browser.start()
    world.browser.wait_until_connected()

    again = ChatPage(world.browser)

    expect(again.last).to_contain_text("ninth of March 1988", timeout=LIMIT_MS)
    again.start_anew()
    again.page.get_by_role("button", name="Chats", exact=True).click()
    again.page.get_by_role("searchbox", name="Search your chats").fill("skerrow march")
    again.page.get_by_role("list", name="Chats").get_by_role(
        "button", name=re.compile("Skerrow")
    ).first.click()
    expect(again.last).to_contain_text("ninth of March 1988")


@pytest.mark.usefixtures("writing")
def test_an_answer_streams_and_stops_when_it_is_told_to(chat: ChatPage) -> None:
    for _ in range(ATTEMPTS):
        chat.begin(TALKATIVE)
        wait_for_words(chat, 5)
        if chat.stop_button.is_visible():
            chat.stop_button.click()
            exchange = chat.wait_until_answered()
            if exchange.get_by_text("Stopped", exact=False).count():
                break
    else:
        pytest.fail("every answer was complete before it could be stopped")

    assert len(answer_of(exchange).split()) >= 5
    expect(exchange.get_by_role("list", name="Sources")).to_be_visible()


@pytest.mark.usefixtures("writing")
def test_a_killed_model_is_said_honestly_and_the_next_question_is_answered(
    world: World, chat: ChatPage
) -> None:
    for _ in range(ATTEMPTS):
        chat.begin(TALKATIVE)
        wait_for_words(chat, 3)
        model = psutil.Process(world.installation.worker_pids()["host.models.language_worker"])
        # Held first: an answer that is complete by now would be none that was broken off.
        model.send_signal(signal.SIGSTOP)
        held = chat.stop_button.is_visible()
        model.kill()
        exchange = chat.wait_until_answered()
        if held:
            break
    else:
        pytest.fail("every answer was complete before its model could be killed")

    expect(exchange).to_contain_text(re.compile(r"The language model .* stopped"))
    assert find_article("telescope").url in sources_of(exchange)

    chat.begin("What does a small refractor collect?")
    wait_for_words(chat, 3)
    expect(chat.wait_until_answered().get_by_role("list", name="Sources")).to_be_visible()


def test_a_page_that_is_forgotten_takes_its_quotes_along(world: World, chat: ChatPage) -> None:
    text = "The harpsichordium of Lower Wexcombe was tuned by the postmistress every second Thursday. "
    page = make_prose_page("wexcombe.example", "/tuning", "Tuning in Lower Wexcombe", text * 4)
    world.site.publish_special(page)
    world.browser.visit(page.url)
    with world.installation.client(world.profile_id) as client:
        wait_until_stored(client, page.url, text="harpsichordium")
        wait_until_indexed(client)
        exchange = chat.ask("Who tuned the harpsichordium of Lower Wexcombe?")
        expect(exchange).to_contain_text("postmistress")

        client.call("pages.delete", urls=[page.url])

    chat.page.reload()
    expect(chat.last).to_contain_text(re.compile("Removed with its page", re.IGNORECASE), timeout=LIMIT_MS)
    expect(chat.last.locator("[data-part=answer]")).not_to_contain_text("postmistress")
    assert world.installation.find_in_files("postmistress") == []
