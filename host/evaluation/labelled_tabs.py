"""Tabs with the category that each belongs to, and what a set of them holds. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CATEGORIES = ("dev", "social", "entertainment", "work", "cloud", "shopping", "news")
NONE = "none"
LABELS = (*CATEGORIES, NONE)


@dataclass(frozen=True)
class LabelledTab:
    """A tab, and where it belongs.

    Attributes:
        url: where it is.
        title: as a browser shows it.
        category: one of `CATEGORIES`, or None: it belongs into none of them.
        language: ISO 639-1.
        source: the set, or the part of it, that this tab is from.
    """

    url: str
    title: str
    category: str | None
    language: str = "en"
    source: str = ""

    @property
    def label(self) -> str:
        """The category, or "none"."""
        return self.category or NONE


@dataclass(frozen=True)
class TabSet:
    """Tabs with labels.

    Attributes:
        name: of the set.
        tabs: in their order.
    """

    name: str
    tabs: tuple[LabelledTab, ...] = field(repr=False)

    def thin_out(self, every: int) -> TabSet:
        """Each so-manieth tab of every category, so that rare categories stay."""
        kept = {
            place
            for label in LABELS
            for place in [place for place, tab in enumerate(self.tabs) if tab.label == label][::every]
        }
        return replace(self, tabs=tuple(tab for place, tab in enumerate(self.tabs) if place in kept))


@dataclass(frozen=True)
class TabSetFigures:
    """What is in a set.

    Attributes:
        tabs: how many.
        categories: how many of each category and of "none".
        foreign: share that is not English, 0 to 1.
        known_sites: share of the tabs whose site is in the product's list of known sites, 0 to 1.
    """

    tabs: int
    categories: dict[str, int]
    foreign: float
    known_sites: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def describe_set(wanted: TabSet, is_known: Callable[[str], bool]) -> TabSetFigures:
    """What is in a set.

    Args:
        wanted: with at least one tab.
        is_known: whether the site of a URL is in the list of known sites.
    """
    counts = Counter(tab.label for tab in wanted.tabs)
    total = len(wanted.tabs)
    return TabSetFigures(
        tabs=total,
        categories={label: counts[label] for label in LABELS},
        foreign=sum(tab.language != "en" for tab in wanted.tabs) / total,
        known_sites=sum(is_known(tab.url) for tab in wanted.tabs) / total,
    )
