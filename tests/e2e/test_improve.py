"""The categorizer is trained from the settings page, in a real browser with a real host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import LIMIT_MS
from tests.e2e.conftest import make_world
from tests.e2e.improvement_world import BASE_ID, ImproveSection, TrainingInstallation, correct_tabs
from tests.tiny_adapters import write_adapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Playwright

    from host.client import Client
    from tests.e2e.conftest import World
    from tests.e2e.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture(scope="module")
def own_world(playwright: Playwright, site: Site) -> Iterator[World]:
    """A browser and a host of this file's own."""
    with make_world(playwright, site, TrainingInstallation) as world:
        world.browser.start()
        world.browser.wait_until_connected()
        yield world


@pytest.fixture
def client(own_world: World) -> Iterator[Client]:
    """A connection to the host; nothing was corrected and nothing is under way."""
    with own_world.installation.client(own_world.profile_id) as made:
        made.call("tabs.forget", all=True)
        made.call("finetune.cancel")
        yield made
        made.call("finetune.cancel")
    own_world.browser.close_tabs()


def test_with_too_few_corrections_the_page_says_how_many_are_needed(own_world: World, client: Client) -> None:
    assert client.call("tabs.corrections")["total"] == 0
    section = ImproveSection(own_world.browser)
    expect(section.start).to_have_attribute("aria-disabled", "true")
    expect(section.start).to_have_accessible_description(
        re.compile("^There are no corrections to learn from so far")
    )


def test_a_training_waits_for_an_idle_computer_and_is_called_off(own_world: World, client: Client) -> None:
    correct_tabs(client)
    section = ImproveSection(own_world.browser)
    section.start.focus()
    section.page.keyboard.press("Enter")
    expect(section.cancel).to_be_focused(timeout=LIMIT_MS)
    expect(section.status).to_contain_text("Waiting")
    expect(section.status).to_contain_text("It waits until", timeout=LIMIT_MS)
    expect(section.start_now).to_be_visible()
    assert client.call("finetune.state")["job"]["state"] == "waiting"

    section.page.reload()
    expect(section.status).to_contain_text("It waits until", timeout=LIMIT_MS)
    section.cancel.click()
    expect(section.status).to_contain_text("Cancelled", timeout=LIMIT_MS)
    expect(section.start).to_be_focused()
    assert client.call("finetune.state")["job"]["state"] == "cancelled"


def test_what_was_deployed_is_listed_and_taken_back(own_world: World, client: Client, tmp_path: Path) -> None:
    adapter = tmp_path / "adapter.gguf"
    write_adapter(adapter)
    before = _sorter(client)
    figures = {"macro_f1": 0.713, "gain": {"difference": 0.125}}
    made = client.call("finetune.deploy", file=str(adapter), base=BASE_ID, kind="adapter", figures=figures)
    model = made["deployment"]["model"]
    section = ImproveSection(own_world.browser)
    row = section.history.get_by_role("listitem").filter(has_text=model)
    expect(row).to_contain_text("In use", timeout=LIMIT_MS)
    expect(row).to_contain_text("Macro-F1 71.3 % · 12.5 points better than before")
    section.roll_back.click()
    expect(row).to_contain_text("was taken back", timeout=LIMIT_MS)
    expect(row.get_by_text("In use")).to_be_hidden()
    expect(section.roll_back).to_be_hidden()
    assert _sorter(client) == before
    # As the page says, it can be chosen again.
    models = section.page.get_by_role("region", name="Models", exact=True)
    models.get_by_label("Categories", exact=True).select_option(model)
    expect(section.page.locator("#saved")).to_contain_text("is used for categories now.", timeout=LIMIT_MS)
    assert _sorter(client) == model
    client.call("models.use", role="categories", id=None)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_section_fits_a_narrow_panel(own_world: World, client: Client, scheme: str) -> None:
    correct_tabs(client)
    section = ImproveSection(own_world.browser)
    section.page.set_viewport_size({"width": 320, "height": 640})
    section.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for shown in (section.start, section.start_now):
        expect(shown).to_be_visible()
    section.start.click()
    expect(section.cancel).to_be_visible(timeout=LIMIT_MS)
    assert section.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert own_world.browser.console_errors == []


def _sorter(client: Client) -> str | None:
    """The model that sorts tabs."""
    roles = {item["role"]: item["model"] for item in client.call("models.list")["roles"]}
    found: str | None = roles["categories"]
    return found
