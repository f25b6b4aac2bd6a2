"""What a person's own installation knows: categories, corrections, and pages of sites that they named.

Only what a person said is a label. A page whose category the program found by itself is none: a model that
learns from it learns the errors of the one before. So captured pages count when the person named their site
as an example of a category; all others stay out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from host.core.text import clean_line
from host.core.urls import registrable_domain, split_domain
from host.finetune.category_data import NONE_KEY, CategoryData
from host.finetune.category_file import read_builtin_categories, read_shared_words
from host.finetune.dataset import LEAST_ROWS
from host.finetune.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from host.client import Client

_AT_ONCE = 1000
# Pages of one site say much the same.
_PAGES_OF_SITE = 40
_SITE = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?(?:/\S*)?")
# Titles are too short for a detector of languages.
_UNKNOWN = "und"


@dataclass(frozen=True)
class OwnData:
    """What a person's own installation knows.

    Attributes:
        categories: those that are in use, those of their own too; tabs of none last.
        rows: tabs and pages that the person gave a category to.
        warnings: categories that nothing can be taught of, in words.
    """

    categories: tuple[CategoryData, ...]
    rows: tuple[Row, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()

    def count(self) -> dict[str, int]:
        """How many rows there are of each source."""
        return dict(Counter(row.source for row in self.rows))


def read_own_data(client: Client) -> OwnData:
    """Ask the program for what the person said; nothing of it leaves this computer.

    Args:
        client: that has said hello.

    Raises:
        AppError: of the kind that the program said.
    """
    items = [item for item in client.call("categories.list")["categories"] if item["enabled"]]
    rows = _keep_latest([*_read_corrections(client), *_read_examples(items), *_read_pages(client, items)])
    builtin = {category.key: category for category in read_builtin_categories()}
    counts = Counter(row.category for row in rows)
    categories, warnings = [], []
    for item in items:
        if item["builtin"] and item["key"] in builtin:
            known = builtin[item["key"]]
            said = tuple(item["examples"])
            categories.append(
                replace(known, name=item["name"], description=item["description"], examples=said)
            )
        elif counts[item["name"]] >= LEAST_ROWS:
            categories.append(_make_category(item))
        else:
            warnings.append(
                f"{item['name']}: left out, for it has {counts[item['name']]} examples and corrections, and"
                f" {LEAST_ROWS} are needed. Give it more, or write a file with patterns for --categories."
            )
    return OwnData((*categories, builtin[NONE_KEY]), tuple(rows), tuple(warnings))


def gives_away(example: str, row: Row) -> bool:
    """Whether who knows an example of a category knows where a row belongs: by its title or by its site."""
    if not _SITE.fullmatch(example):
        return clean_line(example).casefold() == row.title.casefold()
    site, page = _strip(example), _strip(row.url)
    below = "/" not in site and page.split("/", 1)[0].endswith(f".{site}")
    return below or page.startswith(site)


def _read_corrections(client: Client) -> Iterator[Row]:
    """What was said of tabs, the latest first."""
    offset = 0
    while True:
        found = client.call("tabs.corrections", limit=_AT_ONCE, offset=offset)["corrections"]
        for item in found:
            yield _make_row(item["title"], item["url"], item["category"], "correction")
        if len(found) < _AT_ONCE:
            return
        offset += len(found)


def _read_examples(items: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """The titles that a person named as examples of a category."""
    for item in items:
        for example in item["examples"]:
            if not _SITE.fullmatch(example):
                yield _make_row(example, "", item["name"], "correction")


def _read_pages(client: Client, items: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """Captured pages of the sites that a person named as examples of a category."""
    for item in items:
        for site in filter(_SITE.fullmatch, item["examples"]):
            found = client.call(
                "search.query",
                query="",
                mode="text",
                limit=_PAGES_OF_SITE,
                filters={"sites": [split_domain(_add_scheme(site))]},
            )
            for page in found["results"]:
                # A site may have been named with the beginning of a path.
                if _strip(page["url"]).startswith(_strip(site)) and page["title"]:
                    yield _make_row(page["title"], page["url"], item["name"], "page")


def _keep_latest(rows: Sequence[Row]) -> list[Row]:
    """The first row of each address, or of each title where there is no address."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row.url or row.title.casefold(), row)
    return list(found.values())


def _make_row(title: str, url: str, category: str | None, source: Any) -> Row:
    url = clean_line(url)
    # What is held out is held out by site: a site's other pages would give the answer away.
    site = registrable_domain(url) or split_domain(url) if url else ""
    group = f"site:{site}" if site else ""
    return Row(clean_line(title) or url, url, category, _UNKNOWN, source, group)


def _make_category(item: dict[str, Any]) -> CategoryData:
    """A category of the person's own: no templates, only what they said."""
    return CategoryData(
        key=item["key"],
        name=item["name"],
        description=item["description"],
        keywords=(item["name"],),
        words=read_shared_words(),
        hosts=frozenset(
            split_domain(_add_scheme(site)) for site in item["examples"] if _SITE.fullmatch(site)
        ),
        examples=tuple(item["examples"]),
    )


def _add_scheme(site: str) -> str:
    return site if "://" in site else f"https://{site}"


def _strip(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.casefold()).rstrip("/")
