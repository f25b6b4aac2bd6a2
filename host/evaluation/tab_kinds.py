"""Kinds of tabs that a person may want elsewhere: what learning from corrections is measured with."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from host.core.urls import find_host
from host.evaluation.labelled_tabs import CATEGORIES, LabelledTab
from host.evaluation.tab_rows import read_mozilla
from host.evaluation.tab_windows import FILES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SHOWN = 5
_ASKED = 3
Target = Literal["category", "new category"]
Basis = Literal["site", "task"]


@dataclass(frozen=True)
class Kind:
    """Tabs of one kind, and where a person puts them.

    Attributes:
        basis: what they have in common.
        common: the site, or what they were opened for.
        target: name of the category that they are put into, or of a new one.
        new: whether that category is a new one.
        shown: the tabs that are corrected.
        asked: others of the kind, the sixth and following.
    """

    basis: Basis
    common: str
    target: str
    new: bool
    shown: tuple[LabelledTab, ...]
    asked: tuple[LabelledTab, ...]


def find_kinds(folder: Path, count: int, seed: int) -> list[Kind]:
    """Kinds out of the sets of tab groups: half of them of one site, half opened for one thing.

    Every second one is put into a new category, the others into one of the seven.

    Args:
        folder: holds mozilla_tabs.
        count: how many.
        seed: the same gives the same kinds.

    Raises:
        InvalidInput: the data is not there.
    """
    by_site: dict[str, dict[str, LabelledTab]] = defaultdict(dict)
    by_task: dict[str, dict[str, LabelledTab]] = defaultdict(dict)
    for file in FILES:
        for row in read_mozilla(folder / "mozilla_tabs" / file):
            tab = LabelledTab(row.url, row.title, None)
            by_site[find_host(row.url).removeprefix("www.")].setdefault(row.title.casefold(), tab)
            by_task[row.task].setdefault(row.title.casefold(), tab)
    draws = np.random.default_rng(seed)
    kinds: list[Kind] = []
    sources: tuple[tuple[Basis, Mapping[str, Mapping[str, LabelledTab]]], ...] = (
        ("site", by_site),
        ("task", by_task),
    )
    for basis, found in sources:
        large = sorted(common for common, tabs in found.items() if len(tabs) >= SHOWN + _ASKED)
        chosen = draws.permutation(len(large))[: count // 2]
        for number, place in enumerate(chosen):
            common = large[place]
            tabs = list(found[common].values())
            drawn = [tabs[at] for at in draws.permutation(len(tabs))[: SHOWN + _ASKED]]
            new = number % 2 == 1
            target = _name_category(common) if new else str(draws.choice(CATEGORIES)).capitalize()
            kinds.append(Kind(basis, common, target, new, tuple(drawn[:SHOWN]), tuple(drawn[SHOWN:])))
    return kinds


def leave_out_kind(kind: Kind, tabs: Sequence[LabelledTab]) -> list[int]:
    """Places of the tabs that are not of a kind: of other sites and with other titles than its tabs."""
    sites = Counter(find_host(tab.url) for tab in (*kind.shown, *kind.asked))
    titles = {tab.title.casefold() for tab in (*kind.shown, *kind.asked)}
    return [
        place
        for place, tab in enumerate(tabs)
        if find_host(tab.url) not in sites and tab.title.casefold() not in titles
    ]


def _name_category(common: str) -> str:
    """What a person might call a category of such tabs."""
    return common.rsplit(" about ", maxsplit=1)[-1].rsplit(" for ", maxsplit=1)[-1][:50].strip()
