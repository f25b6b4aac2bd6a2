"""Pages that are captured get a category from a real daemon with a real model, and are found by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import INSTALLED_MODELS
from tests.makers import NOON, wait_until
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.wire import Wire

pytestmark = pytest.mark.model
LOADING_S = 120.0
CODE = (
    "https://typedpaths.example/docs/install",
    "Installing the typedpaths package - API reference",
    "Run pip install typedpaths in a virtual environment. The function open_all takes a list of paths and"
    " returns an iterator of file objects. Raise an issue in the repository when the build fails; pull"
    " requests with unit tests are welcome.",
)
PAPER = (
    "https://harbourtimes.example/politics/budget-vote",
    "Parliament passes the budget after a night of debate | The Harbour Times",
    "Members of parliament voted for the government's budget early on Friday. The opposition called the cuts"
    " reckless, while the finance minister told reporters that the economy would recover by spring.",
)


@pytest.fixture
def wire(short_path: Path) -> Iterator[Wire]:
    """A connection to a daemon that has read two pages and said where they belong."""
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    made = Installation(short_path)
    try:
        made.paths.create()
        made.paths.models.rmdir()
        made.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
        made.start_daemon()
        connected = made.connect("tester")
        connected.call("settings.update", values={"indexing.on_battery": True})
        for url, title, text in (CODE, PAPER):
            connected.call("pages.capture", url=url, title=title, text=text, visited_at=NOON)
        _wait_for(connected, 2)
        yield connected
    finally:
        made.close()


def _wait_for(wire: Wire, pages: int) -> None:
    wait_until(
        lambda: wire.call("store.stats")["categorised_pages"] >= pages,
        "the pages are looked at",
        LOADING_S,
        0.2,
    )


def _find(wire: Wire, query: str) -> list[str]:
    return [item["url"] for item in wire.call("search.query", query=query)["results"]]


def test_captured_pages_get_a_category_by_themselves_and_are_found_by_it(wire: Wire) -> None:
    assert wire.call("store.stats")["categories"] == {"Dev": 1, "News": 1}
    assert _find(wire, "category:dev") == [CODE[0]]
    assert _find(wire, "category:NEWS") == [PAPER[0]]
    assert _find(wire, "-category:dev") == [PAPER[0]]
    assert _find(wire, '"budget" category:dev') == []
    (found,) = wire.call("search.query", query="parliament")["results"][:1]
    assert (found["url"], found["category"]) == (PAPER[0], "News")


def test_a_category_that_is_renamed_is_found_by_its_new_name_at_once(wire: Wire) -> None:
    wire.call("categories.set", categories=[{"key": "dev", "name": "Code & Co"}])
    assert _find(wire, 'category:"code & co"') == [CODE[0]]
    (chip,) = wire.call("search.query", query="category:dev")["parsed"]["chips"]
    assert chip["kind"] == "no-category"


def test_a_category_that_is_switched_off_loses_its_pages_by_itself(wire: Wire) -> None:
    wire.call("categories.set", categories=[{"key": "dev", "enabled": False}])
    # Not by searching: pages are not looked at while somebody searches.
    wait_until(lambda: wire.call("store.stats")["categories"] == {"News": 1}, "another look", LOADING_S, 0.2)
    assert _find(wire, "category:dev") == []
    assert _find(wire, "category:news") == [PAPER[0]]
