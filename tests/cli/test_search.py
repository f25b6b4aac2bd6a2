"""`ai-history search` by category."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import InvalidInput
from host.protocol import messages as m
from host.protocol.dispatch import Call, Dispatcher
from host.protocol.server import Server
from tests.makers import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from host.core.paths import Paths
    from tests.cli.conftest import Ended


class Finder:
    """A daemon that finds one page.

    Attributes:
        asked: every search.
        category: of the page.
        chips: that it reads out of every query.
    """

    def __init__(self) -> None:
        self.asked: list[m.SearchParams] = []
        self.category: str | None = "Slow Food"
        self.chips: list[m.ParsedChip] = []

    def hello(self, params: m.HelloParams, call: Call) -> m.HelloResult:
        call.session.profile_id = params.profile_id or "tester"
        return m.HelloResult(
            version="1",
            protocol=1,
            database=m.DatabaseInfo(profile_id=call.session.profile_id, pages=1),
            capabilities=[],
            models=[],
            degraded=[],
        )

    def search(self, params: m.SearchParams, _call: Call) -> m.SearchResult:
        self.asked.append(params)
        if params.filters and "Sports" in params.filters.categories:
            raise InvalidInput("There is no category 'Sports'.", fix="There are: Dev, Slow Food.")
        item = m.SearchResultItem(
            page_id=1,
            url="https://bread.example/",
            title="Bread",
            domain="bread.example",
            snippet="",
            highlights=[],
            category=self.category,
            last_visit_at=NOON,
            visit_count=1,
            score=1.0,
        )
        parsed = m.ParsedResult(text="bread", chips=self.chips, corrected=[], ignored_dates=[])
        return m.SearchResult(results=[item], total=1, took_ms=1.0, mode="text", degraded=[], parsed=parsed)


@pytest.fixture
def finder(home: Paths) -> Iterator[Finder]:
    made = Finder()
    server = Server(home, Dispatcher({"hello": made.hello, "search.query": made.search}))
    yield made
    server.close()


@pytest.fixture
def search(run: Callable[..., Ended]) -> Callable[..., Ended]:
    """Searches in this process, as in a pipe."""
    return lambda *arguments: run("search", *arguments, program="ai-history")


def test_categories_that_are_named_narrow_the_search(finder: Finder, search: Callable[..., Ended]) -> None:
    assert search("bread", "--category", "slow food", "--category", "Dev").code == 0
    assert search("bread").code == 0
    filters = [params.filters for params in finder.asked]
    assert filters == [m.SearchFilters(categories=["slow food", "Dev"]), None]


def test_a_result_names_its_category_for_people_and_for_programs(
    finder: Finder, search: Callable[..., Ended]
) -> None:
    assert "Slow Food" in search("bread").out
    found: Any = json.loads(search("bread", "--json").out)
    assert found["results"][0]["category"] == "Slow Food"
    finder.category = None
    ended = search("bread")
    assert (ended.code, "None" in ended.out) == (0, False)


def test_a_category_that_there_is_not_is_said_with_those_there_are(
    finder: Finder, search: Callable[..., Ended]
) -> None:
    ended = search("bread", "--category", "Sports")
    assert ended.code == 1
    assert "Slow Food" in ended.err
    finder.chips = [
        m.ParsedChip(kind="no-category", label="no category “de”", text="category:de", start=0, end=11)
    ]
    ended = search("bread", "category:de")
    assert (ended.code, "no category “de”" in ended.err) == (0, True)
