"""What the product's answers about tabs are held against: lists of domains, chance, always the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from host.core.urls import find_host
from host.evaluation.labelled_tabs import CATEGORIES, LABELS, NONE
from host.evaluation.tab_quality import TabAnswers
from host.evaluation.tab_rows import open_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from host.evaluation.labelled_tabs import LabelledTab

_SEED = 71


def read_domain_lists(folder: Path) -> dict[str, str]:
    """The category of each domain of the lists; of a domain in several, the first.

    Args:
        folder: holds domain_lists, with a file for each category: Dev.txt, Social.txt and so on.

    Raises:
        InvalidInput: a list is not there.
    """
    found: dict[str, str] = {}
    for category in CATEGORIES:
        text = open_text(folder / "domain_lists" / f"{category.capitalize()}.txt")
        for line in text.splitlines():
            if line.strip():
                found.setdefault(line.strip().lower(), category)
    return found


def find_site(url: str, sites: Mapping[str, str]) -> str | None:
    """What a list says of the host of a URL, or of the domains above it."""
    labels = find_host(url).split(".")
    for start in range(len(labels)):
        found = sites.get(".".join(labels[start:]))
        if found is not None:
            return found
    return None


def answer_by_domain(
    tabs: Sequence[LabelledTab], sites: Mapping[str, str], labels: Sequence[str] = LABELS
) -> TabAnswers:
    """Each tab by what a list says of its site; "none" where it says nothing.

    Args:
        tabs: any.
        sites: label by domain.
        labels: all there are, "none" last.
    """
    return _certain([find_site(tab.url, sites) or NONE for tab in tabs], labels)


def answer_majority(tabs: Sequence[LabelledTab], labels: Sequence[str] = LABELS) -> TabAnswers:
    """Each tab is of the kind that most tabs of the set are."""
    commonest = Counter(tab.label for tab in tabs).most_common(1)[0][0]
    return _certain([commonest] * len(tabs), labels)


def answer_at_random(tabs: Sequence[LabelledTab]) -> TabAnswers:
    """Each tab is of any kind, all eight alike."""
    places = np.random.default_rng(_SEED).integers(0, len(LABELS), len(tabs))
    return _certain([LABELS[place] for place in places], LABELS)


def _certain(decided: Sequence[str], labels: Sequence[str]) -> TabAnswers:
    shares = np.zeros((len(decided), len(labels)))
    shares[np.arange(len(decided)), [labels.index(label) for label in decided]] = 1.0
    return TabAnswers(shares, tuple(decided))
