"""A person finds pages again on the search page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.articles import find_article, load_articles
from tests.e2e.search_page import BY_TEXT, BY_VECTOR, MODES, SearchPage
from tests.e2e.special_pages import LONG

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.model]

# None of the words stands on the page, nor does a word that begins like one of them.
PARAPHRASES = {
    "bicycle_chain": "cycling drivetrain repair",
    "telescope": "affordable astronomy optics",
    "houseplants": "overwatering indoor foliage",
    "beehives": "apiary insects surviving winter",
    "night_trains": "overnight rail travel comeback",
}
PHRASES = {
    "lighthouse": "a cat that had never seen a tree",
    "fachwerkhaus": "ließ sich die Eichenschwelle mit dem Löffel abtragen",
    "olivar": "la cuadrilla extiende las redes",
    "fromage": "douze mille meules",
    "washi": "厚さを測る道具はない",
    "calligraphy": "يكتب التلميذ الحرف الواحد ألف مرّة",
    "samovar": "Хороший самовар поёт",
    "liutaio": "bussa agli abeti con le nocche",
    "azulejos": "brilha como um dente de ouro",
    "tea": "露水没干就不能动手",
}


@pytest.fixture
def search(world: World) -> SearchPage:
    return SearchPage(world.browser)


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def begin_alike(one: str, two: str) -> bool:
    """Whether two words may be forms of one: they agree in four letters, or the shorter is all of three."""
    needed = max(3, min(4, len(one), len(two)))
    return len(one) >= needed and one[:needed] == two[:needed]


def test_a_phrase_from_the_body_finds_its_page_in_every_language(search: SearchPage) -> None:
    for name, phrase in PHRASES.items():
        assert search.search(phrase)[0] == find_article(name).url, name
        assert search.search(f'"{phrase}"') == [find_article(name).url], f"exactly: {name}"


def test_a_paraphrase_that_shares_no_word_with_the_page_finds_it(search: SearchPage) -> None:
    for name, query in PARAPHRASES.items():
        page_words = words_of(find_article(name).text)
        shared = [(one, two) for one in words_of(query) for two in page_words if begin_alike(one, two)]
        assert not shared, f"{query!r} shares {shared} with its page"
        assert search.search(query)[0] == find_article(name).url, query


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_can_be_chosen_and_finds_a_page_by_its_subject(search: SearchPage, mode: str) -> None:
    search.choose_mode(mode)
    assert search.search("red lentil soup with cumin")[0] == find_article("lentil_soup").url
    assert search.search("choosing the aperture of a telescope")[0] == find_article("telescope").url


def test_the_modes_differ_as_their_names_say(search: SearchPage) -> None:
    query = PARAPHRASES["bicycle_chain"]
    search.choose_mode(BY_TEXT)
    assert find_article("bicycle_chain").url not in search.search(query)
    search.choose_mode(BY_VECTOR)
    assert search.search(query)[0] == find_article("bicycle_chain").url


def test_the_mode_is_remembered(world: World, search: SearchPage) -> None:
    search.choose_mode(BY_TEXT)
    another = SearchPage(world.browser)
    another.page.get_by_role("button", name="Advanced", exact=True).click()
    expect(another.page.get_by_role("radio", name=BY_TEXT)).to_be_checked()
    another.choose_mode(MODES[0])


def test_a_site_narrows_the_search_and_its_chip_can_be_taken_away(search: SearchPage) -> None:
    urls = {article.url for article in load_articles() if article.host == "kneading.example"}
    assert len(urls) == 2
    assert set(search.search("site:kneading.example")) == urls
    assert search.search("site:kneading.example lemon")[0] == find_article("lentil_soup").url
    elsewhere = search.search("site:saltandstone.example lemon soup with cumin")
    assert all(url.startswith("http://saltandstone.example/") for url in elsewhere)
    search.search("site:kneading.example telescope")
    search.page.get_by_role("button", name="Remove the filter").click()
    expect(search.field).to_have_value("telescope")
    expect(search.results.locator("a.result-title").first).to_have_attribute(
        "href", find_article("telescope").url
    )


def test_a_misspelt_word_finds_its_page_and_says_what_was_searched_for(search: SearchPage) -> None:
    assert search.search("telescpoe aperture")[0] == find_article("telescope").url
    search.choose_mode(BY_TEXT)
    assert search.search("sourdouhg")[0] == find_article("sourdough").url
    expect(search.status).to_contain_text("“sourdough” for “sourdouhg”")
    search.choose_mode(MODES[0])


def test_the_beginning_of_a_word_is_enough_while_typing(search: SearchPage) -> None:
    assert find_article("telescope").url in search.search("magnific")
    assert find_article("tide_pools").url in search.search("hermit cr")


def test_pieces_of_an_address_find_the_page(search: SearchPage) -> None:
    assert search.search("sixtyfour opposition")[0] == find_article("chess_endgame").url


def test_a_passage_deep_in_a_long_page_is_found_by_its_words_and_by_what_it_means(search: SearchPage) -> None:
    assert search.search("retired diver built a submarine from wash boilers")[0] == LONG.url
    search.choose_mode(BY_VECTOR)
    assert search.search("underwater craft too big to be taken out of its builder's basement")[0] == LONG.url
    search.choose_mode(MODES[0])


def test_a_date_in_words_narrows_the_search_and_becomes_a_chip(search: SearchPage) -> None:
    telescope = find_article("telescope").url
    assert search.search("telescope today")[0] == telescope
    chips = search.page.get_by_role("group", name="Filters from your words").get_by_role("button")
    expect(chips).to_have_count(1)
    expect(chips).to_have_accessible_name(re.compile(r"Remove the filter \d{1,2} \w{3,4} \d{4}"))
    assert search.search("telescope from last year") == []
    search.page.get_by_role("button", name="Search without filters").click()
    expect(search.results.locator("a.result-title").first).to_have_attribute("href", telescope)


def test_a_result_says_why_it_is_there(search: SearchPage) -> None:
    search.search("aperture of a telescope")
    row = search.row("Choosing a first telescope")
    row.get_by_text("Why this result").click()
    for evidence in ("By words", "By meaning", "Last visit"):
        expect(row.get_by_text(evidence, exact=True)).to_be_visible()
    expect(row.get_by_text("aperture").first).to_be_visible()


def test_nothing_found_is_said_and_not_padded(search: SearchPage) -> None:
    search.choose_mode(BY_TEXT)
    assert search.search("xylophagous quasar") == []
    expect(search.status).to_contain_text("No page matches")
    search.choose_mode(MODES[0])
