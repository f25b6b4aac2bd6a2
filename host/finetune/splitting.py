"""Splits rows into those for training and those for validation, by what they have in common. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from host.finetune.near_duplicates import plain_title
from host.finetune.site_shapes import find_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from host.finetune.rows import Row

Kind = tuple[str | None, str]
_OWN = {"correction", "page"}
# What is held out at once is at most this share of what is to be held out of its kind, or figures would
# stand on a single template.
_MOST_AT_ONCE = 0.5
# So few may be held out at once in any case.
_FEW = 8


def split_rows(rows: Sequence[Row], share: float, random: Random) -> tuple[list[Row], list[Row]]:
    """Split so that no template, no form of a site's addresses and no title is on both sides.

    Args:
        rows: any.
        share: of each category and source, and of all corrections, that is to be trained on; over 0, under 1.
        random: draws.

    Returns:
        Rows for training, rows for validation, each in the order given. Where few templates make most of a
        category, less of it is held out than asked.
    """
    parts = find_parts(rows)
    kinds = Counter(_find_kind(row) for row in rows)
    open_places = {kind: count - round(count * share) for kind, count in kinds.items()}
    most = {kind: max(_FEW, places * _MOST_AT_ONCE) for kind, places in open_places.items()}
    random.shuffle(parts)
    held: set[int] = set()
    for part in parts:
        counts = Counter(_find_kind(rows[place]) for place in part)
        if all(count <= min(most[kind], open_places[kind]) for kind, count in counts.items()):
            held.update(part)
            for kind, count in counts.items():
                open_places[kind] -= count
    _hold_out_missing(rows, parts, held)
    return (
        [row for place, row in enumerate(rows) if place not in held],
        [row for place, row in enumerate(rows) if place in held],
    )


def find_parts(rows: Sequence[Row]) -> list[list[int]]:
    """Places of rows that must stay together: those of a template, of a site's form, or of one title."""
    leaders = list(range(len(rows)))

    def lead(place: int) -> int:
        while leaders[place] != place:
            leaders[place] = leaders[leaders[place]]
            place = leaders[place]
        return place

    first: dict[tuple[str, str], int] = {}
    for place, row in enumerate(rows):
        for key in _find_keys(row):
            leaders[lead(place)] = lead(first.setdefault(key, place))
    parts: dict[int, list[int]] = {}
    for place in range(len(rows)):
        parts.setdefault(lead(place), []).append(place)
    return list(parts.values())


def _find_kind(row: Row) -> Kind:
    """Of which rows a share is held out; a person's own are too few to do so of each category."""
    return (None if row.source in _OWN else row.category, row.source)


def _find_keys(row: Row) -> Iterator[tuple[str, str]]:
    if row.group:
        yield "group", row.group
    # A page of the browser itself has no site.
    if shape := find_shape(row.url) or row.url:
        yield "shape", shape
    if title := plain_title(row.title):
        yield "title", title


def _hold_out_missing(rows: Sequence[Row], parts: Sequence[list[int]], held: set[int]) -> None:
    """Hold out something of a category of which nothing is: the smallest part that leaves as much again."""
    kept = Counter(row.category for place, row in enumerate(rows) if place not in held)
    shown = Counter(rows[place].category for place in held)
    for category in sorted(kept.keys() - shown.keys(), key=str):
        for part in sorted(parts, key=len):
            counts = Counter(rows[place].category for place in part)
            if category in counts and all(2 * count <= kept[one] for one, count in counts.items()):
                held.update(part)
                kept -= counts
                shown += counts
                break
