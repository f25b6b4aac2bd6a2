"""The SQL explorer as a person uses it: by roles and labels only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.browser import LIMIT_MS, make_extension_url

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.e2e.browser import Browser


class SqlPage:
    """One open debug page, at its SQL explorer."""

    def __init__(self, browser: Browser, address: str = "") -> None:
        self.page: Page = browser.context.new_page()
        # In a narrower window the list of tables is folded at first.
        self.page.set_viewport_size({"width": 1100, "height": 800})
        self.page.goto(make_extension_url(f"debug.html{address}"))
        self.section: Locator = self.page.get_by_role("region", name="SQL explorer")
        self.field: Locator = self.section.get_by_role("textbox", name="SQL")
        self.rows: Locator = self.section.get_by_role("table", name="Rows")
        self.write_mode: Locator = self.section.get_by_role("checkbox", name="Write mode")
        self.change: Locator = self.section.locator("#sql-change")
        self.export: Locator = self.section.locator("#sql-export-state")
        self.section.scroll_into_view_if_needed()
        # The explorer asks for the tables once it works.
        expect(self.section.get_by_role("list", name="Tables", exact=True)).to_contain_text(
            "page_chunks", timeout=LIMIT_MS
        )

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.section.get_by_role("button", name=name, exact=True)

    def run(self, sql: str) -> None:
        """Write a statement and run it."""
        self.field.fill(sql)
        self.button("Run").click()

    def expect_cell(self, text: str) -> None:
        """Wait until the first cell of the rows is this."""
        expect(self.rows.get_by_role("cell").first).to_have_text(text, timeout=LIMIT_MS)

    def expect_count(self, text: str) -> None:
        """Wait until the line above the rows says this."""
        expect(self.section.get_by_role("status").filter(has_text=text)).to_be_visible(timeout=LIMIT_MS)

    def expect_said(self, text: str) -> None:
        """Wait until the explorer says this."""
        expect(self.section.locator("#sql-status")).to_have_text(text, timeout=LIMIT_MS)
