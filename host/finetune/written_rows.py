"""The rows that were written by hand, and rows that could as well be of another category."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from host.finetune.category_data import NONE_KEY
from host.finetune.rows import Row
from host.finetune.site_shapes import find_site
from host.tabs.examples import read_examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.finetune.category_data import CategoryData

_FEWEST_LETTERS = 3


def read_written_rows(categories: Sequence[CategoryData], *, hard: bool) -> list[Row]:
    """The shipped examples of those built-in categories that are among these.

    Args:
        categories: whose rows are wanted.
        hard: with examples whose site says one category and whose page another.
    """
    names = {
        category.key: category.name for category in categories if category.builtin or category.key == NONE_KEY
    }
    return [
        Row(example.title, example.url, names[example.key], example.language, "written", "", example.hard)
        for example in read_examples()
        if example.key in names and (hard or not example.hard)
    ]


def find_conflicts(rows: Sequence[Row], categories: Sequence[CategoryData]) -> list[bool]:
    """Rows of built-in categories and of none that a category of one's own lays claim to.

    A tab about a violin is of none of the seven, but of "Music lessons" once there is such a category.

    Returns:
        One answer for each row.
    """
    own = [category for category in categories if not category.builtin]
    if not own:
        return [False] * len(rows)
    words = {word for category in own for word in category.keywords if len(word) >= _FEWEST_LETTERS}
    said = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(words)) or r"(?!)", re.IGNORECASE)
    sites = frozenset[str]().union(*(category.hosts for category in own))
    claimed = {category.name for category in own}
    return [
        row.category not in claimed
        and row.source in {"template", "written"}
        and (bool(said.search(row.title)) or find_site(row.url) in sites)
        for row in rows
    ]
