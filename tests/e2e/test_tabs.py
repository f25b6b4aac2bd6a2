"""Forty tabs become groups, and again what they were; what a person moves is learned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import LIMIT_MS
from tests.e2e.tabs_page import (
    TITLES,
    TabsPage,
    close_desk,
    lay_out_desk,
    make_group,
    open_tabs,
    publish_tabs,
    put_into_group,
    read_strips,
)
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World
    from tests.e2e.tabs_page import Desk

pytestmark = [pytest.mark.browser, pytest.mark.model]

NONE = -1


@pytest.fixture
def desk(world: World) -> Iterator[Desk]:
    laid_out = lay_out_desk(world.browser, world.site)
    yield laid_out
    close_desk(world.browser, laid_out)


@pytest.fixture
def grouping(world: World) -> Iterator[None]:
    """New tabs are put into groups by themselves."""
    with world.installation.client(world.profile_id) as client:
        client.call("settings.update", values={"tabs.auto_group": True})
        heard = "() => chrome.storage.local.get('settings').then((kept) => kept.settings['tabs.auto_group'])"
        wait_for(lambda: world.browser.in_worker(heard), "the setting heard")
        yield
        client.call("settings.update", values={"tabs.auto_group": False})


def corrections(world: World) -> list[tuple[str, str | None, str | None]]:
    """What has been learned: title, category, and where it was before."""
    with world.installation.client(world.profile_id) as client:
        found = client.call("tabs.corrections")["corrections"]
    return [(item["title"], item["category"], item["from_category"]) for item in found]


def group_of(world: World, tab: int) -> int:
    """The group that a tab is in."""
    return next(int(item["group"]) for item in read_strips(world.browser)["tabs"] if item["id"] == tab)


def test_forty_tabs_in_two_windows_are_organized_and_come_back_exactly(world: World, desk: Desk) -> None:
    browser = world.browser
    page = TabsPage(browser)
    before = read_strips(browser)
    assert len([tab for tab in before["tabs"] if tab["id"] in desk.tabs.values()]) == 40

    page.organize()
    names = page.group_names()
    assert {"Dev", "Shopping", "News", "Entertainment"} <= set(names)
    expect(page.page.get_by_text("3 pinned, 3 in groups of your own")).to_be_visible()
    moved = page.group("Dev").get_by_role("listitem").first.locator(".tab-title")
    title = str(moved.text_content())
    page.move(title, "News")
    expect(page.group("News").get_by_text(title, exact=True)).to_be_visible()
    assert read_strips(browser) == before, "a preview changes nothing"

    page.apply()
    after = read_strips(browser)
    groups = {group["id"]: group for group in after["groups"]}
    assert groups[desk.trip] == next(group for group in before["groups"] if group["id"] == desk.trip)
    for tab in after["tabs"]:
        assert tab["pinned"] == (tab["id"] in desk.pinned)
        if tab["group"] != NONE:
            assert groups[tab["group"]]["window"] == tab["window"]
    assert len(groups) == len(names) + 1
    wait_for(lambda: (title, "News", "Dev") in corrections(world), "the move learned")

    page.page.keyboard.press("Control+z")
    expect(page.page.get_by_text("Undone")).to_be_visible(timeout=LIMIT_MS)
    assert read_strips(browser) == before
    wait_for(lambda: corrections(world) == [], "the move forgotten")


def test_groups_by_topic_are_made_and_undone_and_teach_nothing(world: World, desk: Desk) -> None:
    browser = world.browser
    page = TabsPage(browser)
    before = read_strips(browser)
    page.organize(by="By topic")
    page.page.get_by_role("radio", name="By category").check()
    names = page.group_names()
    assert len(names) >= 2
    title = str(page.group(names[0]).locator(".tab-title").first.text_content())
    page.move(title, "New group")
    page.page.keyboard.type("Mine")
    page.page.keyboard.press("Enter")
    page.apply()
    titles = {group["title"] for group in read_strips(browser)["groups"]}
    assert {"Mine", "Trip"} <= titles
    page.undo_button.click()
    expect(page.page.get_by_text("Undone")).to_be_visible(timeout=LIMIT_MS)
    assert read_strips(browser) == before
    assert desk.trip in {group["id"] for group in before["groups"]}
    assert corrections(world) == []


def test_new_tabs_join_the_groups_that_are_there_and_a_persons_own_only_when_told(world: World) -> None:
    browser = world.browser
    titles = publish_tabs(world.site)
    of = {name: [url for url, title in titles.items() if title in TITLES[name]] for name in TITLES}
    window = int(browser.in_worker("() => chrome.windows.getAll().then(([window]) => window.id)"))
    tabs = open_tabs(browser, window, of["News"][:4] + of["Shopping"][:4])
    mine = make_group(browser, [tabs[url] for url in of["Shopping"][:4]], "Shopping", "pink")
    page = TabsPage(browser)
    page.organize()
    assert page.group_names() == ["News"]
    page.apply()
    tabs |= open_tabs(browser, window, of["News"][4:6] + of["Shopping"][4:6])

    page.organize()
    page.apply()
    groups = {group["id"]: group["title"] for group in read_strips(browser)["groups"]}
    assert sorted(groups.values()) == ["News", "Shopping", "Shopping"]
    assert len({group_of(world, tabs[url]) for url in of["News"][:6]}) == 1
    assert {group_of(world, tabs[url]) for url in of["Shopping"][:4]} == {mine}
    page.undo_button.click()
    expect(page.page.get_by_text("Undone")).to_be_visible(timeout=LIMIT_MS)

    page.page.get_by_text("More").click()
    page.page.get_by_role("checkbox", name="Add matching tabs to my own groups").check()
    page.organize()
    page.apply()
    assert {group_of(world, tabs[url]) for url in of["Shopping"][:6]} == {mine}
    [own] = [group for group in read_strips(browser)["groups"] if group["id"] == mine]
    assert (own["title"], own["color"]) == ("Shopping", "pink")
    page.page.get_by_role("checkbox", name="Add matching tabs to my own groups").uncheck()
    browser.in_worker("(ids) => chrome.tabs.remove(ids)", list(tabs.values()))


def test_only_the_selected_tabs_are_organized_when_that_is_chosen(world: World, desk: Desk) -> None:
    page = TabsPage(world.browser)
    here = next(tab for tab in read_strips(world.browser)["tabs"] if tab["url"] == page.page.url)
    tabs = [tab for tab in read_strips(world.browser)["tabs"] if tab["window"] == here["window"]]
    free = [tab for tab in tabs if tab["id"] in desk.tabs.values() and not tab["pinned"]]
    chosen = [tab for tab in free if tab["group"] == NONE][-6:]
    world.browser.in_worker(
        "async ({ window, tabs }) => void (await chrome.tabs.highlight({ windowId: window, tabs }))",
        {"window": here["window"], "tabs": [here["index"], *(tab["index"] for tab in chosen)]},
    )
    page.organize("Selected")
    expect(page.preview.locator(".tab-title")).to_have_count(6)


def test_most_of_the_tabs_are_where_a_person_would_put_them(world: World, desk: Desk) -> None:
    page = TabsPage(world.browser)
    page.organize()
    right = 0
    for category, titles in TITLES.items():
        for region in page.preview.get_by_role("region", name=category, exact=True).all():
            shown = region.locator(".tab-title").all_text_contents()
            right += sum(title in titles for title in shown)
    assert right >= (len(desk.tabs) - len(desk.pinned) - 3) * 0.6
    page.page.get_by_role("button", name="Discard").click()
    expect(page.preview).to_be_hidden()


def test_an_undo_outlives_the_worker_and_the_page(world: World, desk: Desk) -> None:
    browser = world.browser
    page = TabsPage(browser)
    page.organize()
    page.page.close()
    before = read_strips(browser)
    page = TabsPage(browser)
    opened = {tab["id"] for tab in read_strips(browser)["tabs"]} - {tab["id"] for tab in before["tabs"]}
    page.organize("This window")
    page.apply()
    page.page.close()
    browser.stop_worker()

    again = TabsPage(browser)
    again.undo_button.click()
    expect(again.page.get_by_text("Undone")).to_be_visible(timeout=LIMIT_MS)
    again.page.close()

    assert read_strips(browser) == before
    assert len(opened) == 1


def test_a_tab_that_is_put_into_another_of_our_groups_is_learned_from(world: World, desk: Desk) -> None:
    page = TabsPage(world.browser)
    page.organize("This window")
    page.apply()
    groups = {group["title"]: group["id"] for group in read_strips(world.browser)["groups"]}
    tabs = read_strips(world.browser)["tabs"]
    tab = next(tab["id"] for tab in tabs if tab["group"] == groups["Shopping"])

    put_into_group(world.browser, tab, groups["Dev"])

    notice = page.page.get_by_text(re.compile(r"Learned: .* belongs in Dev"))
    expect(notice).to_be_visible(timeout=LIMIT_MS)
    wait_for(lambda: [item[1:] for item in corrections(world)] == [("Dev", "Shopping")], "the move learned")
    page.page.get_by_role("button", name="Take it back").click()
    wait_for(lambda: corrections(world) == [], "the move forgotten")
    page.undo_button.click()
    expect(page.page.get_by_text("Undone")).to_be_visible(timeout=LIMIT_MS)


def test_the_preview_is_changed_by_keyboard_alone(world: World, desk: Desk) -> None:
    page = TabsPage(world.browser)
    keys = page.page.keyboard
    page.organize("This window")
    expect(page.apply_button).to_be_focused()
    first, second = page.group_names()[:2]
    title = page.group(first).locator(".tab-title").first
    name = str(title.text_content())
    title.focus()
    keys.press("Alt+ArrowDown")
    expect(page.group(second).get_by_text(name, exact=True)).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.page.get_by_role("menuitem").first).to_be_focused()
    keys.press("End")
    keys.press("Enter")
    keys.type("Later")
    keys.press("Enter")
    expect(page.group("Later").get_by_text(name, exact=True)).to_be_visible()
    keys.press("Control+z")
    keys.press("Control+z")
    keys.press("Control+z")
    expect(page.group(first).get_by_text(name, exact=True)).to_be_visible()
    assert desk.trip in {group["id"] for group in read_strips(world.browser)["groups"]}


def test_a_tab_is_dragged_to_another_group(world: World, desk: Desk) -> None:
    page = TabsPage(world.browser)
    page.page.set_viewport_size({"width": 400, "height": 1600})
    page.organize("This window")
    first, second = page.group_names()[:2]
    title = page.group(first).locator(".tab-title").first
    name = str(title.text_content())
    title.drag_to(page.group(second).locator(".group-head"))
    expect(page.group(second).get_by_text(name, exact=True)).to_be_visible()
    assert desk.trip in {group["id"] for group in read_strips(world.browser)["groups"]}


@pytest.mark.usefixtures("grouping")
def test_new_tabs_gather_in_groups_by_themselves_where_that_is_switched_on(world: World) -> None:
    browser = world.browser
    titles = publish_tabs(world.site)
    urls = [url for url, title in titles.items() if title in TITLES["Shopping"]]
    window = int(browser.in_worker("() => chrome.windows.getAll().then(([window]) => window.id)"))
    active = [tab["id"] for tab in read_strips(browser)["tabs"] if tab["active"]]
    tabs = open_tabs(browser, window, urls)
    wait_for(
        lambda: len({group_of(world, tab) for tab in tabs.values()} - {NONE}) == 1, "a group of new tabs"
    )
    group = next(iter({group_of(world, tab) for tab in tabs.values()} - {NONE}))
    [made] = [found for found in read_strips(browser)["groups"] if found["id"] == group]
    assert made["title"] == "Shopping"
    assert [tab["id"] for tab in read_strips(browser)["tabs"] if tab["active"]] == active
    browser.in_worker("(ids) => chrome.tabs.remove(ids)", list(tabs.values()))
