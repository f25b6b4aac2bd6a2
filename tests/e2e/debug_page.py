"""The debug page as a person uses it: by roles and labels only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.browser import LIMIT_MS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.e2e.browser import Browser


class DebugPage:
    """One open debug page."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.open_page("debug.html")
        self.data: Locator = self.region("Data")
        self.activity: Locator = self.region("Activity")
        self.checks: Locator = self.region("Checks")
        self.dialog: Locator = self.page.get_by_role("dialog")
        self.backups: Locator = self.data.get_by_role("list", name="Backups").get_by_role("listitem")

    def region(self, name: str) -> Locator:
        """A section by its heading."""
        return self.page.get_by_role("region", name=name, exact=True)

    def press(self, name: str) -> None:
        """Press a button of the Data section."""
        self.data.get_by_role("button", name=name, exact=True).click()

    def confirm(self, name: str) -> None:
        """Press a button of the dialog that is open."""
        self.dialog.get_by_role("button", name=name, exact=True).click()
        expect(self.dialog).to_be_hidden()

    def expect_said(self, text: str) -> Locator:
        """Wait until something long has ended and says this; returns where it is said."""
        said = self.data.get_by_role("status").filter(has_text=text)
        expect(said).to_be_visible(timeout=LIMIT_MS)
        return said

    def expect_number(self, name: str, value: str) -> None:
        """Wait until a number of the overview is this."""
        cell = (
            self.region("What is stored")
            .locator("div.number")
            .filter(has=self.page.get_by_text(name, exact=True))
        )
        expect(cell.get_by_role("definition")).to_have_text(value, timeout=LIMIT_MS)
