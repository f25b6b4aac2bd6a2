"""Fills templates until a category has as many rows as wanted, or nothing new comes of them."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from host.finetune.made_sites import MadeSites
from host.finetune.near_duplicates import plain_title
from host.finetune.row_maker import RowMaker
from host.finetune.site_shapes import find_shape, find_site, mask_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from host.finetune.category_data import CategoryData, Pattern
    from host.finetune.rows import Row

# So many rows in a row that were there before, and a template has nothing new to give.
_EXHAUSTED = 40
# One title on so many sites at most: what it says is known by then.
_SAME_TITLE = 3


@dataclass
class RowGenerator:
    """Makes rows of templates; none is like another that it has made or was told of.

    Attributes:
        seed: the same seed gives the same rows.
    """

    seed: int
    _sites: MadeSites = field(default_factory=MadeSites, repr=False)
    _seen: set[tuple[str, str]] = field(default_factory=set, repr=False)
    _titles: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)

    def remember(self, rows: Iterable[Row]) -> None:
        """Never make rows like these, nor make up sites that these are on."""
        for row in rows:
            self._seen.add(_find_key(row))
            if site := find_site(row.url):
                self._sites.reserve(site)

    def generate(
        self, category: CategoryData, count: int, languages: frozenset[str], *, hard: bool
    ) -> Iterator[Row]:
        """Rows of a category, evenly from its templates by their weights.

        Args:
            category: checked.
            count: at most so many.
            languages: only templates in these; none for all.
            hard: of templates where the site says one category and the page another, or of the others.

        Yields:
            each row once; fewer than asked when the templates have no more to give.
        """
        waiting = [
            (0.0, place, pattern)
            for place, pattern in enumerate(category.patterns)
            if pattern.hard == hard and (not languages or pattern.language in languages)
        ]
        makers = {pattern.id: self._open(category, pattern) for _, _, pattern in waiting}
        given = 0
        while waiting and given < count:
            made, place, pattern = heapq.heappop(waiting)
            row = self._find_new(makers[pattern.id])
            if row is not None:
                given += 1
                heapq.heappush(waiting, (made + 1 / pattern.weight, place, pattern))
                yield row

    def _open(self, category: CategoryData, pattern: Pattern) -> RowMaker:
        # What one template gives does not hang on how many others there are.
        random = Random(f"{self.seed} {pattern.id}")  # noqa: S311 - no secret
        return RowMaker(category, pattern, self._sites, random)

    def _find_new(self, maker: RowMaker) -> Row | None:
        """One that was not there yet; None when none comes."""
        for _ in range(_EXHAUSTED):
            row = maker.make()
            if row is None or not plain_title(row.title):
                continue
            key, same = _find_key(row), (maker.pattern.id, mask_numbers(row.title))
            if key not in self._seen and self._titles[same] < _SAME_TITLE:
                self._seen.add(key)
                self._titles[same] += 1
                return row
        return None


def _find_key(row: Row) -> tuple[str, str]:
    """The same for rows that differ in numbers, ids and what stands in the path only."""
    return mask_numbers(row.title), find_shape(row.url) or mask_numbers(row.url)
