"""The search page as a person uses it: by roles and labels only."""

from __future__ import annotations

import re
from urllib.parse import unquote

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import LIMIT_MS, SEARCH_PAGE, Browser

MODES = ("Hybrid + rerank", "Hybrid (RRF)", "Text only", "Vector only")
BY_TEXT, BY_VECTOR = "Text only", "Vector only"
# "33 pages to search" stands there before anything was asked.
FAILED = "The search did not work"
SETTLED = re.compile(rf"^(\d[\d,]* pages?[.,]|No page matches|{FAILED})")


class SearchPage:
    """One open search page."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.open_page(SEARCH_PAGE)
        self.field: Locator = self.page.get_by_role("searchbox", name="Search your history")
        self.results: Locator = self.page.get_by_role("list", name="Results")
        self.items: Locator = self.results.get_by_role("listitem")
        self.status: Locator = self.page.get_by_role("status").first
        expect(self.field).to_be_visible(timeout=LIMIT_MS)

    def choose_mode(self, label: str) -> None:
        """Choose the way to search in the Advanced panel."""
        button = self.page.get_by_role("button", name="Advanced", exact=True)
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        self.page.get_by_role("radio", name=label, exact=True).check()

    def search(self, query: str) -> list[str]:
        """Ask, wait for the final answer, and return the addresses of the results in order."""
        self.field.fill("")
        self.field.fill(query)
        expect(self.status).to_contain_text(SETTLED, timeout=LIMIT_MS)
        expect(self.status).not_to_contain_text(FAILED)
        return self.addresses()

    def addresses(self) -> list[str]:
        """The addresses of the results that are shown, in order."""
        links = self.results.locator("a.result-title")
        return [unquote(str(link.get_attribute("href"))) for link in links.all()]

    def row(self, text: str) -> Locator:
        """The result whose row holds this text."""
        return self.items.filter(has_text=text)

    def close(self) -> None:
        self.page.close()
