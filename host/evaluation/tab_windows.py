"""Windows of tabs whose true groups are known, mixed from sets of tab groups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from host.evaluation.tab_rows import read_mozilla

if TYPE_CHECKING:
    from pathlib import Path

    from host.evaluation.tab_rows import MozillaRow

FILES = ("synthetic_processed.csv", "gen_test_set_3_12_9_user_locs.csv")
_LEAST_GROUP = 3
_GROUPS = (4, 8)
_TABS = (20, 60)


@dataclass(frozen=True)
class Window:
    """The tabs of a window, in the order in which they stand.

    Attributes:
        tabs: in any order.
        groups: the number of the true group of each tab.
        names: of the true groups: what their tabs were opened for.
    """

    tabs: tuple[MozillaRow, ...]
    groups: tuple[int, ...]
    names: tuple[str, ...]


def mix_windows(path: Path, count: int, seed: int) -> list[Window]:
    """Windows of 20 to 60 tabs out of 4 to 8 groups, each group with another purpose.

    Args:
        path: of a set of tab groups.
        count: of windows.
        seed: the same gives the same windows.

    Raises:
        InvalidInput: the file is not there.
    """
    by_group: dict[str, list[MozillaRow]] = defaultdict(list)
    for row in read_mozilla(path):
        by_group[row.group].append(row)
    groups = [rows for _, rows in sorted(by_group.items()) if len(rows) >= _LEAST_GROUP]
    draws = np.random.default_rng(seed)
    windows: list[Window] = []
    while len(windows) < count:
        wanted = int(draws.integers(_GROUPS[0], _GROUPS[1] + 1))
        chosen: dict[str, list[MozillaRow]] = {}
        for place in draws.permutation(len(groups)):
            rows = groups[place]
            if len(chosen) < wanted:
                chosen.setdefault(rows[0].task, rows)
        tabs = [(number, row) for number, rows in enumerate(chosen.values()) for row in rows]
        if _TABS[0] <= len(tabs) <= _TABS[1]:
            order = [tabs[place] for place in draws.permutation(len(tabs))]
            windows.append(
                Window(tuple(row for _, row in order), tuple(number for number, _ in order), tuple(chosen))
            )
    return windows
