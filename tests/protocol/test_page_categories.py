from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from host.storage.categories import BUILT_IN, StoredCategory, write_categories
from tests.makers import NOON, put_category

if TYPE_CHECKING:
    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire

OWN = StoredCategory("own-1", "Slow Food", "recipes", "yellow")


@pytest.fixture
def filled(services: tuple[Services, Exchange], wire: Wire) -> Wire:
    """A history of one page of code, one of bread, and one of neither."""
    database = services[0].profiles.opened()[0].database
    database.write(lambda c: write_categories(c, [*BUILT_IN, OWN]))
    for host, category in (("code", "dev"), ("bread", "own-1"), ("neither", None)):
        stored = wire.call(
            "pages.capture",
            url=f"https://{host}.example/",
            text="We met in the hills.",
            title="",
            visited_at=NOON,
        )
        database.write(
            lambda c, page_id=stored["page_id"], category=category: put_category(c, [page_id], category)  # type: ignore[misc]
        )
    return wire


def _hosts(reply: Any) -> set[str]:
    return {item["domain"].partition(".")[0] for item in reply["results"]}


def test_a_result_and_a_page_say_their_category_by_its_name(filled: Wire) -> None:
    found = filled.call("search.query", query="hills")["results"]
    assert {item["domain"]: item["category"] for item in found} == {
        "code.example": "Dev",
        "bread.example": "Slow Food",
        "neither.example": None,
    }
    assert filled.call("pages.get", url="https://bread.example/")["category"] == "Slow Food"


def test_a_query_narrows_by_category_and_its_chip_can_be_cut_out(filled: Wire) -> None:
    query = 'hills 🍞 category:"slow food"'
    reply = filled.call("search.query", query=query)
    assert _hosts(reply) == {"bread"}
    (chip,) = reply["parsed"]["chips"]
    assert (chip["kind"], chip["label"], chip["text"]) == ("category", "Slow Food", 'category:"slow food"')
    units = query.encode("utf-16-le")
    assert units[2 * chip["start"] : 2 * chip["end"]].decode("utf-16-le") == chip["text"]


@pytest.mark.parametrize("name", ["Slow Food", "slow food", "own-1"])
def test_filters_take_categories_by_name_and_by_key(filled: Wire, name: str) -> None:
    assert _hosts(filled.call("search.query", query="hills", filters={"categories": [name]})) == {"bread"}
    both = {"categories": [name, "DEV"]}
    assert _hosts(filled.call("search.query", query="", filters=both)) == {"bread", "code"}


def test_a_filter_of_a_category_that_there_is_not_is_refused_with_those_there_are(filled: Wire) -> None:
    error = filled.ask("search.query", query="hills", filters={"categories": ["Sports"]})["error"]
    assert "Sports" in error["message"]
    assert "Slow Food" in error["data"]["fix"]


def test_the_counts_of_a_history_say_how_many_pages_have_which_category(filled: Wire) -> None:
    stats = filled.call("store.stats")
    assert stats["categorised_pages"] == 3
    assert stats["categories"] == {"Dev": 1, "Slow Food": 1}


def test_categories_can_be_forgotten_to_be_found_anew(filled: Wire) -> None:
    assert "categories" not in filled.call("store.rebuild")["rebuilt"]
    assert filled.call("store.stats")["categorised_pages"] == 3
    assert "categories" in filled.call("store.rebuild", categories=True)["rebuilt"]
    stats = filled.call("store.stats")
    assert (stats["categorised_pages"], stats["categories"]) == (0, {})
