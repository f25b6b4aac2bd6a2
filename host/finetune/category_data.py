"""What a category's rows are made of: sites, words and patterns. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The key of the rows that belong into no category.
NONE_KEY = "none"


@dataclass(frozen=True)
class SiteEntry:
    """A site as a file names it; both are templates.

    Attributes:
        host: where it is.
        name: as titles show it.
    """

    host: str
    name: str


@dataclass(frozen=True)
class Pattern:
    """One template of rows: any of its titles goes with any of its addresses.

    Attributes:
        id: of the category's key and its place; rows of one pattern stay on one side of a split.
        titles, urls: templates, at least one each.
        language: ISO 639-1.
        sites: one of them is drawn for each row; without any a site is made up.
        hard: the site says one category, the page another.
        weight: how many rows it gives, against the others.
    """

    id: str
    titles: tuple[str, ...]
    urls: tuple[str, ...]
    language: str = "en"
    sites: tuple[SiteEntry, ...] = ()
    hard: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class CategoryData:
    """A category, and what its rows are made of.

    Attributes:
        key: of the category, or `NONE_KEY`.
        name: that rows are labelled with; None for tabs of no category.
        description: what belongs there.
        keywords: what `{keyword}` draws from.
        words: lists by the name of their slot; a value is a template too.
        patterns: the templates.
        builtin: it came with the program.
        hosts: of sites that belong to it as a whole, without `www.`.
        examples: titles and sites that a person named for it.
    """

    key: str
    name: str | None
    description: str = ""
    keywords: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    patterns: tuple[Pattern, ...] = field(default=(), repr=False)
    builtin: bool = False
    hosts: frozenset[str] = frozenset()
    examples: tuple[str, ...] = ()

    def find_words(self, name: str, language: str) -> tuple[str, ...] | None:
        """The list that a slot draws from in a language; None when there is none."""
        if name == "keyword" and self.keywords:
            return self.words.get(f"keyword_{language}") or self.keywords
        return self.words.get(f"{name}_{language}") or self.words.get(name)

    def join(self, other: CategoryData) -> CategoryData:
        """Both together; the other one's words and texts go before these."""
        return replace(
            self,
            name=other.name or self.name,
            description=other.description or self.description,
            keywords=(*self.keywords, *other.keywords),
            words={**self.words, **other.words},
            patterns=(
                *self.patterns,
                *(replace(each, id=f"own-{each.id}") for each in other.patterns),
            ),
        )
