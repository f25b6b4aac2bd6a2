"""Encryption in a real browser: switched on, locked by a restart, unlocked, and no visit lost meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.articles import load_articles
from tests.e2e.conftest import make_world
from tests.e2e.installation import wait_until_stored
from tests.upkeep.keyring_backends import FILE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Playwright

    from tests.e2e.conftest import World
    from tests.e2e.site import Site

pytestmark = pytest.mark.browser

PASSPHRASE = "correct horse battery"  # noqa: S105 - of tests


@pytest.fixture
def own_world(
    playwright: Playwright, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A browser with a history and a keyring of its own."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.upkeep.keyring_backends.FileBackend")
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "keyring.json"))
    with make_world(playwright, site) as made:
        made.browser.start()
        made.browser.wait_until_connected()
        yield made


def test_a_history_is_encrypted_locked_by_a_restart_and_unlocked_without_losing_a_visit(
    own_world: World,
) -> None:
    browser, installation = own_world.browser, own_world.installation
    first, second = (article.url for article in load_articles()[:2])
    browser.visit(first)
    with installation.client(own_world.profile_id) as client:
        wait_until_stored(client, first)
    settings = browser.open_page("options.html")
    section = settings.get_by_role("region", name="Encryption")
    expect(section.get_by_text("not encrypted: who has your disk")).to_be_visible()
    show_keyring(settings)
    section.get_by_label("A passphrase").check()
    section.get_by_label("New passphrase").fill(PASSPHRASE)
    section.get_by_label("The same once more").fill(PASSPHRASE)
    section.get_by_role("button", name="Encrypt my history").click()
    expect(section.get_by_text("until you enter your passphrase")).to_be_visible(timeout=30_000)

    installation.daemon_process().kill()
    panel = browser.open_page("sidepanel/history_search.html")
    expect(panel.get_by_text("Your history is locked.")).to_be_visible(timeout=30_000)
    browser.visit(second)
    panel.get_by_role("link", name="Unlock").click()
    unlocking = panel.get_by_role("region", name="Encryption")
    unlocking.get_by_label("Passphrase or recovery key").fill("incorrect horse")
    unlocking.get_by_role("button", name="Unlock").click()
    expect(unlocking.get_by_text("not the passphrase")).to_be_visible(timeout=20_000)
    unlocking.get_by_label("Passphrase or recovery key").fill(PASSPHRASE)
    unlocking.get_by_role("button", name="Unlock").click()
    expect(unlocking.get_by_text("until you enter your passphrase")).to_be_visible(timeout=20_000)
    expect(panel.get_by_text("Your history is locked.")).to_have_count(0)
    with installation.client(own_world.profile_id) as client:
        wait_until_stored(client, first)
        # It was read again once there was somebody to take it.
        wait_until_stored(client, second)


def show_keyring(settings: Page) -> None:
    """The other way: what the person reads before choosing it."""
    section = settings.get_by_role("region", name="Encryption")
    expect(section.get_by_label("The system's keyring")).to_be_checked()
    expect(section.get_by_text("Test keyring")).to_be_visible()
