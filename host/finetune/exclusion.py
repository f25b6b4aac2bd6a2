"""Keeps what models are examined with out of what they are taught."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from host.core.urls import canonicalize_url
from host.evaluation.tab_rows import hash_text, read_own_tabs
from host.finetune.near_duplicates import find_near, plain_title
from host.finetune.site_shapes import find_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.finetune.rows import Row

# Labels of pages that are not part of the project: each is named by a hash of its address and title.
_LABELS = ("mozilla_labels.tsv", "browser_history_labels.tsv", "article_labels.tsv")


def find_examined(rows: Sequence[Row]) -> list[bool]:
    """Which rows stand in the project's own sets of test tabs: by title, a title like it, or address."""
    titles, addresses, hashes = _read_tests()
    near = find_near([row.title for row in rows], sorted(titles))
    return [
        alike
        or _is_address_in(row.url, addresses)
        or hash_text(row.url) in hashes
        or hash_text(f"{row.url} {row.title}") in hashes
        for row, alike in zip(rows, near, strict=True)
    ]


def _is_address_in(url: str, addresses: frozenset[str]) -> bool:
    return bool(url) and canonicalize_url(url) in addresses


@cache
def _read_tests() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    tabs = list(read_own_tabs())
    folder = resources.files("host.evaluation") / "data"
    hashes = {
        row[0]
        for name in _LABELS
        for row in csv.reader((folder / name).read_text(encoding="utf-8").splitlines(), delimiter="\t")
    }
    return (
        frozenset(tab.title for tab in tabs if plain_title(tab.title)),
        frozenset(canonicalize_url(tab.url) for tab in tabs if find_shape(tab.url)),
        frozenset(hashes),
    )
