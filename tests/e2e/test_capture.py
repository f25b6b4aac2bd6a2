"""What of a visited page is remembered, and what never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e import special_pages as special
from tests.e2e.installation import stored_page, wait_until_indexed, wait_until_stored
from tests.e2e.search_page import BY_TEXT, MODES, SearchPage
from tests.e2e.sign_in import CODE, LOGIN_HOST, LOGIN_MARK, PASSWORD, REPORT_MARK, publish_sign_in
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.client import Client
    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture
def client(world: World) -> Iterator[Client]:
    with world.installation.client(world.profile_id) as connected:
        yield connected


def publish(world: World, host: str, path: str, mark: str) -> str:
    """Put an ordinary page with this word on the site; returns its address."""
    title = f"Notes about the {mark}"
    text = f"The {mark} stands in the third paragraph of every chronicle that was kept in the valley. "
    page = special.make_prose_page(host, path, title, text * 3, f"Nobody has seen a {mark} since. " * 4)
    world.site.publish_special(page)
    return page.url


def visit_in_vain(world: World, client: Client, url: str, *marks: str) -> None:
    """Visit a page that may not be stored, and make sure that nothing of it arrived."""
    world.browser.visit(url)
    expect_nothing_of(world, client, url, *marks)


def expect_nothing_of(world: World, client: Client, url: str, *marks: str) -> None:
    """Make sure that a page that was visited has not arrived: one visited after it has."""
    host = f"after-{len(world.site.requests)}.example"
    ordinary = publish(world, host, "/ordinary", "weathercock")
    world.browser.visit(ordinary)
    wait_until_stored(client, ordinary, text="weathercock")
    assert world.site.has_served(url)
    assert stored_page(client, url) is None
    assert world.installation.find_in_files(*marks) == []


def test_an_application_that_renders_late_is_read_when_it_has_rendered(world: World, client: Client) -> None:
    page = wait_until_stored(client, special.APPLICATION.url, text="Eleven wooden dinghies")
    assert page["title"] == "Boats for hire · Harbour desk"


def test_a_route_that_an_application_changes_to_is_a_page_of_its_own(world: World, client: Client) -> None:
    tab = world.browser.visit(special.APPLICATION.url)
    tab.get_by_role("link", name="Look at the Heron").click()
    page = wait_until_stored(client, special.APPLICATION_ROUTE.url, text="tanned lugsail")
    assert page["title"] == "The Heron, a lugsail dinghy · Harbour desk"
    assert "Eleven wooden dinghies" not in str(page["content_text"])


def test_text_in_open_shadow_roots_is_read(client: Client) -> None:
    assert wait_until_stored(client, special.SHADOW.url, text="bronze impeller")


def test_what_a_person_types_into_a_page_never_reaches_the_files(world: World, client: Client) -> None:
    typed = ("quincunx-street", "my-private-grievance", "scribbled-pomegranate")
    tab = world.browser.visit(special.FORM.url)
    tab.get_by_label("Street").fill(typed[0])
    tab.get_by_label("Your message").fill(typed[1])
    tab.get_by_label("Notes").fill(typed[2])
    tab.get_by_label("Urgency").select_option("screaming-urgency")
    # The page goes on to its next step with everything still filled in, and is read again.
    tab.evaluate("""() => {
        const next = document.createElement("p");
        next.textContent = "Step two: an inspector on a tricycle is being chosen for your street.";
        document.querySelector("article").append(next);
        history.pushState(null, "", "/complaints/new/step-two");
    }""")
    url = special.FORM.url + "/step-two"
    wait_until_stored(client, url, text="an inspector on a tricycle")
    assert world.installation.find_in_files(*typed, "screaming-urgency") == []


def test_a_page_with_a_password_field_is_not_stored(world: World, client: Client) -> None:
    tab = world.browser.visit(special.PASSWORD.url)
    tab.get_by_label("Password").fill("correct-horse-vulture")
    world.browser.wait_until_settled(special.PASSWORD.url)
    expect_nothing_of(world, client, special.PASSWORD.url, "vultureboard", "correct-horse-vulture")


def test_signing_in_leaves_only_the_page_behind_it(world: World, client: Client) -> None:
    report = publish_sign_in(world.site)
    tab = world.browser.visit(report)
    assert tab.url.startswith(f"http://{LOGIN_HOST}/sign-in")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(report)
    wait_until_stored(client, report, text=REPORT_MARK)
    world.browser.wait_until_settled(report)
    assert world.site.has_served(f"http://{LOGIN_HOST}/callback")
    assert client.call("search.query", query=f"site:{LOGIN_HOST}", mode="text")["total"] == 1
    assert world.installation.find_in_files(PASSWORD, CODE, LOGIN_MARK) == []


def test_nothing_of_an_incognito_window_arrives(world: World, client: Client) -> None:
    secret = publish(world, "private.example", "/hidden", "zanzibarium")
    world.browser.open_incognito_window(secret)
    wait_for(lambda: world.site.has_served(secret), "the page asked for by the incognito window")
    expect_nothing_of(world, client, secret, "zanzibarium", "private.example")


def test_a_bank_is_left_out_from_the_start(world: World, client: Client) -> None:
    url = publish(world, "banking.example", "/accounts", "overdraftium")
    visit_in_vain(world, client, url, "overdraftium", "banking.example")


def test_a_site_that_a_person_excludes_is_left_out(world: World, client: Client) -> None:
    options = world.browser.open_page("options.html")
    options.get_by_label("Excluded sites").fill("diary.example")
    options.get_by_role("button", name="Add", exact=True).click()
    expect(options.get_by_text("Saved.")).to_be_visible()
    url = publish(world, "my.diary.example", "/today", "heartbreakium")
    visit_in_vain(world, client, url, "heartbreakium", "my.diary.example")


def test_a_pause_stores_nothing_and_capturing_goes_on_after_it(world: World, client: Client) -> None:
    panel = SearchPage(world.browser)
    options = world.browser.open_page("options.html")
    options.get_by_role("button", name="Pause until I resume").click()
    expect(panel.page.get_by_text("Paused until you resume it.")).to_be_visible()
    badge = "() => chrome.action.getBadgeText({})"
    wait_for(lambda: world.browser.in_worker(badge) == "off", "the badge of a pause")
    url = publish(world, "siesta.example", "/noon", "slumberium")
    world.browser.visit(url)
    world.browser.wait_until_settled(url)
    panel.page.get_by_role("button", name="Resume").click()
    expect(panel.page.get_by_text("Paused until you resume it.")).to_be_hidden()
    wait_for(lambda: world.browser.in_worker(badge) == "", "no badge after the pause")
    expect_nothing_of(world, client, url, "slumberium", "siesta.example")


def test_addresses_of_this_computer_are_left_out(world: World, client: Client) -> None:
    url = publish(world, f"127.0.0.1:{world.site.port}", "/router", "firmwarium")
    visit_in_vain(world, client, url, "firmwarium")


def test_one_article_under_many_tracking_addresses_is_one_page(world: World, client: Client) -> None:
    before = wait_until_stored(client, special.TRACKED.url)
    for query in ("?utm_source=letter&utm_medium=mail", "?fbclid=IwAR0xyz", "#comments"):
        world.browser.visit(special.TRACKED.url + query)

    def counted() -> bool:
        page = stored_page(client, special.TRACKED.url)
        return bool(page and page["visit_count"] == int(str(before["visit_count"])) + 3)

    wait_for(counted, "three more visits of one page")
    found = client.call("search.query", query="site:gazette.northshore.example ferry", mode="text")
    assert [result["url"] for result in found["results"]] == [special.TRACKED.url]


def test_a_page_that_has_changed_is_found_by_what_it_says_now(world: World, client: Client) -> None:
    url = publish(world, "changing.example", "/prices", "cobblestonium")
    tab = world.browser.visit(url)
    wait_until_stored(client, url, text="cobblestonium")
    publish(world, "changing.example", "/prices", "limestonium")
    world.browser.visit("about:blank", tab)
    world.browser.visit(url, tab)
    wait_until_stored(client, url, text="limestonium")
    wait_until_indexed(client)
    search = SearchPage(world.browser)
    search.choose_mode(BY_TEXT)
    assert search.search('"cobblestonium"') == []
    assert search.search("limestonium") == [url]
    search.choose_mode(MODES[0])


def test_pages_that_are_not_there_are_left_out(world: World, client: Client) -> None:
    visit_in_vain(world, client, special.NOT_FOUND.url, "quartermaster")


def test_a_server_in_trouble_does_not_replace_what_was_read(world: World, client: Client) -> None:
    url = publish(world, "fragile.example", "/essay", "porcelainium")
    tab = world.browser.visit(url)
    before = wait_until_stored(client, url, text="porcelainium")
    text = "Grindstonium. " * 60
    trouble = special.make_prose_page("fragile.example", "/essay", "Overloaded", text, status=500)
    world.site.publish_special(trouble)
    world.browser.visit("about:blank", tab)
    world.browser.visit(url, tab)

    def visited_again() -> bool:
        page = stored_page(client, url)
        return bool(page and page["visit_count"] == int(str(before["visit_count"])) + 1)

    wait_for(visited_again, "the second visit")
    world.browser.wait_until_settled(url)
    assert "porcelainium" in str((stored_page(client, url) or {})["content_text"])
    assert world.installation.find_in_files("Grindstonium") == []


def test_a_document_that_is_no_page_is_recorded_as_a_visit(world: World, client: Client) -> None:
    world.browser.visit(special.PDF.url)
    page = wait_for(lambda: stored_page(client, special.PDF.url), "the visit of the document")
    assert page["captured_at"] is None
    assert SearchPage(world.browser).search("tide-table-1911.pdf")[0] == special.PDF.url
