from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.storage import pages
from host.storage.filters import PageFilter
from tests.makers import NOON, add_page, put_category

if TYPE_CHECKING:
    from host.storage.database import Database


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (PageFilter(categories=("dev",)), {"a"}),
        (PageFilter(categories=("dev", "news")), {"a", "b"}),
        (PageFilter(categories=("dev", "news"), also_categories=("news",)), {"b"}),
        (PageFilter(excluded_categories=("dev",)), {"b", "c"}),
        (PageFilter(excluded_categories=("dev", "news")), {"c"}),
        (PageFilter(categories=("dev",), excluded_categories=("dev",)), set()),
        (PageFilter(categories=("x') OR 1 --",)), set()),
        (PageFilter(categories=("dev",), sites=("b.example",)), set()),
        (PageFilter(excluded_categories=("dev",), sites=("b.example",), from_ms=NOON), {"b"}),
    ],
)
def test_a_filter_narrows_by_category(database: Database, narrow: PageFilter, expected: set[str]) -> None:
    for name, category in (("a", "dev"), ("b", "news"), ("c", None)):
        page_id = database.write(lambda c, name=name: add_page(c, f"https://{name}.example/", "tea"))  # type: ignore[misc]
        database.write(lambda c, found=page_id, category=category: put_category(c, [found], category))  # type: ignore[misc]
    found = database.read(lambda c: pages.read_pages(c, pages.find_newest(c, narrow, 9)))
    assert {page.domain[0] for page in found.values()} == expected
