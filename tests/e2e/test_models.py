"""Models from the settings page, in a real browser with a real host and a hub on the loopback."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from host.core.errors import Cancelled
from tests.e2e.articles import find_article
from tests.e2e.browser import LIMIT_MS
from tests.e2e.installation import wait_until_indexed, wait_until_stored
from tests.e2e.model_world import OFFERED, OFFERED_ID, STARTER, STARTER_ID, ModelWorld
from tests.e2e.search_page import BY_VECTOR, SearchPage
from tests.e2e.waiting import LIMIT_S, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Playwright

    from tests.e2e.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture
def models(playwright: Playwright, site: Site) -> Iterator[ModelWorld]:
    with ModelWorld(playwright, site) as made:
        yield made


def test_a_download_outlives_its_page_and_its_model_takes_over_the_search(models: ModelWorld) -> None:
    url = find_article("sourdough").url
    with models.world.installation.client(models.world.profile_id) as client:
        models.world.browser.visit(url)
        wait_until_stored(client, url)
        wait_until_indexed(client)
        models.stall_download()
        section = models.open_section()
        section.button(f"Download {OFFERED}").click()
        expect(section.button(f"Cancel download of {OFFERED}")).to_be_focused()
        models.wait_for_stall()
        section.close()

        section = models.open_section()
        bar = section.section.get_by_role("progressbar", name=f"Download of {OFFERED}")
        expect(bar).to_be_visible()
        wait_for(lambda: 0.3 < float(bar.get_attribute("value") or 0) < 0.8, "half of it")
        models.hub.release()
        section.expect_state(OFFERED, "Installed")

        section.section.get_by_label("Search", exact=True).select_option(OFFERED)
        section.expect_said(f"{OFFERED} is used for search now.")
        expect(section.card(OFFERED)).to_contain_text("Used for search", timeout=LIMIT_MS)
        wait_for(lambda: client.call("store.stats")["vector_model"] == OFFERED_ID, "the new index")
    search = SearchPage(models.world.browser)
    search.choose_mode(BY_VECTOR)
    assert search.search("baking bread")[0] == url
    expect(search.status).not_to_contain_text("by words")


def test_a_download_that_a_terminal_began_is_ended_from_the_page_and_goes_on_later(
    models: ModelWorld,
) -> None:
    models.stall_download()
    ended = threading.Event()

    def download() -> None:
        with models.world.installation.client() as client, pytest.raises(Cancelled):
            client.call("models.download", id=OFFERED_ID)
        ended.set()

    terminal = threading.Thread(target=download)
    terminal.start()
    models.wait_for_stall()
    section = models.open_section()
    section.button(f"Cancel download of {OFFERED}").click()
    expect(section.button(f"Download {OFFERED}")).to_be_focused(timeout=LIMIT_MS)
    assert ended.wait(LIMIT_S)
    terminal.join()
    assert not (models.models_folder / OFFERED_ID).exists()
    models.hub.release()
    section.button(f"Download {OFFERED}").click()
    section.expect_state(OFFERED, "Installed")
    assert models.hub.ranges("model.safetensors")[-1], "it began anew"


def test_a_model_goes_into_memory_and_out_of_it(models: ModelWorld) -> None:
    section = models.open_section()
    section.expect_state(STARTER, "In memory")
    expect(section.card(STARTER)).to_contain_text("of memory in use")
    section.button(f"Unload {STARTER}").click()
    section.expect_state(STARTER, "Installed")
    expect(section.button(f"Load {STARTER}")).to_be_focused()
    section.page.keyboard.press("Enter")
    section.expect_state(STARTER, "In memory")
    expect(section.button(f"Unload {STARTER}")).to_be_focused()


def test_damaged_files_are_found_and_mended(models: ModelWorld) -> None:
    section = models.open_section()
    section.button(f"Download {OFFERED}").click()
    section.expect_state(OFFERED, "Installed")
    section.button(f"Check files of {OFFERED}").click()
    section.expect_said(f"{OFFERED} is whole.")
    models.spoil_weights(OFFERED_ID)
    section.button(f"Check files of {OFFERED}").click()
    section.expect_said(f"{OFFERED}: 1 file is damaged.")
    section.expect_state(OFFERED, "Damaged")
    expect(section.card(OFFERED)).to_contain_text("model.safetensors")
    section.button(f"Repair {OFFERED}").click()
    section.expect_state(OFFERED, "Installed")
    section.button(f"Check files of {OFFERED}").click()
    section.expect_said(f"{OFFERED} is whole.")


def test_a_model_in_use_is_removed_only_when_its_user_insists(models: ModelWorld) -> None:
    section = models.open_section()
    section.button(f"Remove {STARTER}").click()
    expect(section.button(f"Keep {STARTER}")).to_be_focused()
    expect(section.card(STARTER)).to_contain_text("is used for search")
    section.page.keyboard.press("Escape")
    expect(section.button(f"Remove {STARTER}")).to_be_focused()
    assert (models.models_folder / STARTER_ID).is_dir()
    section.page.keyboard.press("Enter")
    section.button(f"Remove anyway: {STARTER}").click()
    expect(section.button(f"Download {STARTER}")).to_be_focused(timeout=LIMIT_MS)
    assert not (models.models_folder / STARTER_ID).exists()
    search = SearchPage(models.world.browser)
    search.search("anything")
    expect(search.status).to_contain_text("is not installed any more", timeout=LIMIT_MS)


def test_a_refused_download_says_why_and_can_be_tried_again(models: ModelWorld) -> None:
    models.hub.fail("config.json", "403", times=100)
    section = models.open_section()
    section.button(f"Download {OFFERED}").click()
    expect(section.card(OFFERED).get_by_role("alert")).to_be_visible(timeout=LIMIT_MS)
    expect(section.button(f"Download {OFFERED}")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_of_models_fits_a_narrow_panel(models: ModelWorld, scheme: str) -> None:
    section = models.open_section()
    section.page.set_viewport_size({"width": 320, "height": 640})
    section.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for summary in section.list.locator("summary").all()[:2]:
        summary.click()
    section.button(f"Remove {STARTER}").click()
    expect(section.list.get_by_text("Name in commands").nth(1)).to_be_visible()
    assert section.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert models.world.browser.console_errors == []
