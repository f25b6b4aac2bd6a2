"""Categories of one's own, corrections and the categorizer, in a real browser with a real host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psutil
import pytest
from playwright.sync_api import expect

from host.core.paths import HOME_VARIABLE
from tests.e2e.browser import LIMIT_MS, Browser
from tests.e2e.conftest import make_world
from tests.e2e.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Playwright

    from tests.e2e.conftest import World
    from tests.e2e.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.model]

HOST_NAME = "com.ai_history.host"
REPOSITORY = ("https://github.com/rust-lang/rust/pulls", "Pull requests · rust-lang/rust")
BEES = ("https://www.hive-notes.example/varroa", "Treating varroa mites in a bee colony before winter")
# One categorizer a page, so that its state can be looked at again.
CATEGORIZER = """async () => {
  const { TabCategorizer } = await import("/shared/categorizer.js");
  globalThis.categorizer ??= new TabCategorizer();
  return globalThis.categorizer;
}"""


class CategoriesPage:
    """The settings page with its categories, and a categorizer in it."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.open_page("options.html")
        self.section = self.page.get_by_role("region", name="Tab categories", exact=True)
        self.learned = self.page.get_by_role("region", name="What it has learned", exact=True)
        expect(self.section.get_by_role("button", name="Edit Dev")).to_be_visible(timeout=LIMIT_MS)

    def add(self, name: str, *, description: str = "", examples: str = "") -> None:
        """Make a category."""
        self.section.get_by_role("button", name="Add a category").click()
        form = self.section.get_by_role("form", name="New category")
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_label("What belongs into it").fill(description)
        form.get_by_label("Examples").fill(examples)
        form.get_by_role("button", name="Add category").click()
        expect(self.section.get_by_role("button", name=f"Edit {name}")).to_be_visible(timeout=LIMIT_MS)

    def call(self, script: str, argument: Any = None) -> Any:
        """Run a script with the page's categorizer as its first argument."""
        return self.page.evaluate(
            f"async (argument) => ({script})(await ({CATEGORIZER})(), argument)", argument
        )

    def categorize(self, tab: tuple[str, str]) -> dict[str, Any]:
        """Where a tab belongs; a model that is loading is waited for."""
        answer: dict[str, Any] = self.call(
            "(categorizer, [url, title]) => categorizer.categorizeTab(url, title)", list(tab)
        )
        return answer


@pytest.fixture(scope="module")
def own_world(playwright: Playwright, site: Site) -> Iterator[World]:
    """A browser and a host of this file's own."""
    with make_world(playwright, site) as world:
        world.browser.start()
        world.browser.wait_until_connected()
        yield world


@pytest.fixture
def categories(own_world: World) -> Iterator[CategoriesPage]:
    """The page, with the categories as they come with the program and nothing learned."""
    with own_world.installation.client(own_world.profile_id) as client:
        found = client.call("categories.list")["categories"]
        own = [category["key"] for category in found if not category["builtin"]]
        client.call("categories.set", reset=True, remove=own)
        client.call("tabs.forget", all=True)
    yield CategoriesPage(own_world.browser)
    own_world.browser.close_tabs()


def test_a_category_of_ones_own_takes_in_tabs_of_its_kind(categories: CategoriesPage) -> None:
    before = categories.categorize(BEES)
    assert before["source"] == "host"
    categories.add(
        "Beekeeping",
        description="bees, hives, honey, swarms and everything a beekeeper reads",
        examples="How to inspect a bee hive in spring\nWhen a swarm of bees leaves its colony",
    )
    after = categories.categorize(BEES)
    assert after["category"] == "Beekeeping", after
    assert categories.categorize(REPOSITORY)["category"] == "Dev"


def test_a_renamed_category_answers_by_its_new_name_and_one_that_is_off_not_at_all(
    categories: CategoriesPage,
) -> None:
    assert categories.categorize(REPOSITORY)["category"] == "Dev"
    section = categories.section
    section.get_by_role("button", name="Edit Dev").click()
    form = section.get_by_role("form", name="Edit Dev")
    form.get_by_label("Name", exact=True).fill("News")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("There is a category “News” already.")).to_be_visible()
    form.get_by_label("Name", exact=True).fill("Code")
    form.get_by_role("button", name="Save").click()
    expect(section.get_by_role("button", name="Edit Code")).to_be_focused(timeout=LIMIT_MS)
    assert categories.categorize(REPOSITORY)["category"] == "Code"
    section.get_by_role("checkbox", name="Use Code").uncheck()
    wait_for(lambda: categories.categorize(REPOSITORY)["category"] != "Code", "another category, or none")
    section.get_by_role("button", name="Reset to defaults").click()
    section.get_by_role("button", name="Reset them").click()
    expect(section.get_by_role("checkbox", name="Use Dev")).to_be_checked(timeout=LIMIT_MS)
    assert categories.categorize(REPOSITORY)["category"] == "Dev"


def test_a_category_of_ones_own_is_removed_and_put_back(categories: CategoriesPage) -> None:
    categories.add("Beekeeping", description="bees and hives", examples="Inspecting a hive")
    section = categories.section
    section.get_by_role("button", name="Edit Beekeeping").click()
    form = section.get_by_role("form", name="Edit Beekeeping")
    form.get_by_role("button", name="Remove Beekeeping").click()
    form.get_by_role("button", name="Remove it").click()
    back = section.get_by_role("button", name="Put back")
    expect(back).to_be_focused(timeout=LIMIT_MS)
    expect(section.get_by_role("button", name="Edit Beekeeping")).to_have_count(0)
    back.click()
    expect(section.get_by_role("button", name="Edit Beekeeping")).to_be_visible(timeout=LIMIT_MS)
    expect(section).to_contain_text("bees and hives · 1 example")


def test_a_correction_is_listed_undone_and_put_back(own_world: World, categories: CategoriesPage) -> None:
    url, title = "https://www.cinema-club.example/a", "Weekly programme of the film club"
    with own_world.installation.client(own_world.profile_id) as client:
        client.call("tabs.correct", url=url, title=title, category="Work", from_="Entertainment")
        categories.page.reload()
        row = categories.learned.get_by_role("listitem").filter(has_text=title)
        expect(row).to_contain_text("Entertainment", timeout=LIMIT_MS)
        expect(row).to_contain_text("counts 100 %")
        assert categories.categorize((url, title))["category"] == "Work"
        row.get_by_role("button", name="Undo").click()
        expect(row).to_contain_text("Undone.", timeout=LIMIT_MS)
        assert client.call("tabs.corrections")["total"] == 0
        assert categories.categorize((url, title))["category"] != "Work"
        row.get_by_role("button", name="Put back").click()
        expect(row.get_by_role("button", name="Undo")).to_be_focused(timeout=LIMIT_MS)
        assert categories.categorize((url, title))["category"] == "Work"
        categories.learned.get_by_role("button", name="Forget all").click()
        categories.learned.get_by_role("button", name="Forget them").click()
        expect(categories.learned.get_by_text("Nothing yet")).to_be_visible(timeout=LIMIT_MS)
        assert client.call("tabs.corrections")["total"] == 0


def test_without_its_host_the_categorizer_falls_back_says_so_and_recovers(
    own_world: World, categories: CategoriesPage
) -> None:
    categories.add("Beekeeping", description="bees and hives", examples="hive-notes.example")
    ready = categories.call("(categorizer) => categorizer.initialize()")
    assert ready["name"] == "ready", ready
    folder = own_world.browser.user_data / "NativeMessagingHosts"
    manifest = folder / f"{HOST_NAME}.json"
    content = manifest.read_text(encoding="utf-8")
    manifest.unlink()
    for process in bridges(own_world):
        process.kill()

    def fell_back() -> dict[str, Any] | None:
        answer = categories.categorize(REPOSITORY)
        return answer if answer["source"] == "fallback" else None

    answer = wait_for(fell_back, "an answer of the rules")
    assert answer["category"] == "Dev"
    assert answer["engine"] == "rules"
    assert answer["fallback"]["kind"] == "host_away"
    assert answer["fallback"]["reason"]
    assert answer["fallback"]["fix"]
    assert categories.categorize(BEES)["category"] == "Beekeeping"
    groups = categories.call(
        "(categorizer, tabs) => categorizer.categorizeTabs(tabs, 3)",
        [{"id": index, "url": REPOSITORY[0], "title": REPOSITORY[1]} for index in (4, 7)],
    )
    assert groups["categories"] == {"Dev": [4, 7]}
    assert groups["source"] == "fallback"
    manifest.write_text(content, encoding="utf-8")

    def recovered() -> bool:
        return str(categories.call("(categorizer) => categorizer.state.name")) == "ready"

    wait_for(recovered, "the host's answers")
    assert categories.categorize(REPOSITORY)["source"] == "host"


def test_the_benchmark_measures_the_model_and_a_call_can_be_taken_back(categories: CategoriesPage) -> None:
    result = categories.call("(categorizer) => categorizer.benchmark({ single: 5, batch: 20, batches: 1 })")
    assert result["source"] == "host"
    assert result["engine"] == "embedding"
    assert result["mean_ms"] > 0
    assert result["p95_ms"] >= result["p50_ms"] > 0
    assert result["batches"]["tabs"] == 20
    name = categories.call(
        """async (categorizer) => {
          const controller = new AbortController();
          const tabs = Array.from({ length: 400 }, (_, id) => ({
            id, url: `https://s${id}.example/`, title: `Something to read, number ${id}`,
          }));
          const answer = categorizer.rateTabs(tabs, { signal: controller.signal });
          controller.abort();
          return answer.then(() => "answered", (error) => error.name);
        }"""
    )
    assert name == "AbortError"
    assert categories.categorize(REPOSITORY)["source"] == "host"


def bridges(world: World) -> list[psutil.Process]:
    """The processes that the world's browser talks to."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            ours = "host" in line and process.environ().get(HOME_VARIABLE) == str(world.installation.home)
        except psutil.Error:
            continue
        if ours and line[line.index("host") - 1] == "-m":
            found.append(process)
    assert found, "no bridge runs"
    return found
