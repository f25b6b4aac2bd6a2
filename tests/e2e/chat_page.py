"""The chat page as a person uses it: by roles and labels only."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import LIMIT_MS, Browser

CHAT_PAGE = "sidepanel/history_chat.html"


class ChatPage:
    """One open chat page."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.open_page(CHAT_PAGE)
        self.field: Locator = self.page.get_by_role("textbox", name="Ask your history", exact=True)
        self.ask_button: Locator = self.page.get_by_role("button", name="Ask", exact=True)
        self.stop_button: Locator = self.page.get_by_role("button", name="Stop", exact=True)
        self.log: Locator = self.page.get_by_role("log", name="Conversation")
        expect(self.field).to_be_visible(timeout=LIMIT_MS)
        # The conversation that was open last has been looked for.
        expect(self.log).not_to_have_attribute("aria-busy", "true", timeout=LIMIT_MS)

    @property
    def exchanges(self) -> Locator:
        """Questions with their answers, in order."""
        return self.log.get_by_role("article")

    @property
    def last(self) -> Locator:
        """The newest question with its answer."""
        return self.exchanges.last

    def begin(self, question: str) -> None:
        """Ask, without waiting for anything."""
        self.field.fill(question)
        self.ask_button.click()

    def wait_until_answered(self) -> Locator:
        """Wait until the answer is complete; returns the newest exchange."""
        expect(self.ask_button).to_be_visible(timeout=LIMIT_MS)
        return self.last

    def ask(self, question: str) -> Locator:
        """Ask and wait for the whole answer; returns the exchange."""
        before = self.exchanges.count()
        self.begin(question)
        expect(self.exchanges).to_have_count(before + 1, timeout=LIMIT_MS)
        return self.wait_until_answered()

    def start_anew(self) -> None:
        """Begin another conversation."""
        self.page.get_by_role("button", name="New chat").click()
        expect(self.exchanges).to_have_count(0)


def sources_of(exchange: Locator) -> list[str]:
    """The addresses of an answer's sources, without fragments."""
    links = exchange.get_by_role("list", name="Sources").get_by_role("link")
    return [str(link.get_attribute("href")).partition("#")[0] for link in links.all()]
