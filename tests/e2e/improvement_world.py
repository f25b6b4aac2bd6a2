"""A product with a language model that can be trained, and the section of the settings page about that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.conftest import INSTALLED_MODELS
from tests.e2e.browser import LIMIT_MS
from tests.e2e.installation import Installation
from tests.tiny_language_models import install_language_model

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

    from host.client import Client
    from tests.e2e.browser import Browser

BASE_ID = "tiny"
STARTER_ID = "all-minilm-l6-v2"
CORRECTIONS = 24


class TrainingInstallation(Installation):
    """A home whose models folder is its own: the starter and one language model, by default a tiny one."""

    def __init__(self, folder: Path, base: str = BASE_ID) -> None:
        super().__init__(folder)
        self.paths.models.unlink()
        self.paths.models.mkdir()
        self._link(STARTER_ID)
        if base == BASE_ID:
            install_language_model(self.paths.models, BASE_ID)
        else:
            self._link(base)

    def _link(self, model_id: str) -> None:
        place = self.paths.models / model_id
        place.symlink_to(INSTALLED_MODELS / model_id, target_is_directory=True)


def correct_tabs(client: Client) -> None:
    """Say of as many tabs as a training needs where they belong."""
    for number in range(CORRECTIONS):
        client.call(
            "tabs.correct",
            url=f"https://www.site{number}.example/page",
            title=f"Something to read, number {number}",
            category=("Dev", "News")[number % 2],
        )


class ImproveSection:
    """The section as a person sees it."""

    def __init__(self, browser: Browser) -> None:
        self.page = browser.open_page("options.html")
        self.section = self.page.get_by_role("region", name="Improve from my corrections", exact=True)
        self.start = self.button("Improve from my corrections")
        self.start_now = self.button("Start now")
        self.cancel = self.button("Cancel")
        self.roll_back = self.button("Go back to the former categorizer")
        self.status = self.section.get_by_role("status")
        self.history = self.section.get_by_role("list", name="What was trained")
        expect(self.start.or_(self.cancel)).to_be_visible(timeout=LIMIT_MS)

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.section.get_by_role("button", name=name, exact=True)
