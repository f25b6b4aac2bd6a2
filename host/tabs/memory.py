"""What a person said about tabs, and what follows for others like them. It counts from the next answer on.

A correction pulls a tab towards where the corrected one belongs, the more the nearer both are: the same
address, the same site, the same subject, and the same mistake. Several corrections add up like independent
witnesses. Nothing is refitted, so tabs that are like none of the corrected ones stay exactly where they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from host.core.urls import canonicalize_url
from host.tabs.exchange import Correction
from host.tabs.wording import describe_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.tabs.exchange import Tab, TabCategory

DAY_MS = 86_400_000
# A correction counts half as much after so many days, but never less than `LEAST_WEIGHT`: it is not forgotten
# before its user says so.
HALF_LIFE_DAYS = 120.0
LEAST_WEIGHT = 0.2
# Most corrections that are looked at, the latest first.
MOST_CORRECTIONS = 1000
# One witness is never quite sure, but one about the very address is nearly so.
ADDRESS_PULL = 0.95
STRONGEST_PULL = 0.75
# How many standard deviations above unrelated tabs a likeness has to be to count half, by what both share.
EVEN_ANYWHERE = 3.25
EVEN_SAME_SITE = 1.5
EVEN_SAME_SECTION = 0.0
STEEPNESS = 1.5
# What is left of a pull on a tab of which the model thought something else than of the corrected one.
OTHER_MISTAKE = 0.3
# What corrections say together counts from here on.
LEAST_STRENGTH = 0.3
# Without a model: what a correction is worth elsewhere, on the same site, in the same section.
SHARED_PULLS = (0.0, 0.4, 0.6)
# A site that a person names for a category counts much, but the page may say something else.
SITE_SHARE = 0.6
# Less is not worth mentioning.
_SPEAKS = 0.05


@dataclass(frozen=True)
class Pull:
    """What corrections do to tabs.

    Attributes:
        strength: how much of each tab's answer they decide, 0 to 1; shape (tabs,).
        shares: where to, shape (tabs, categories + 1), rows summing to 1 where strength is over 0.
        witnesses: how many corrections speak for the place that gets most, shape (tabs,).
    """

    strength: NDArray[np.float64]
    shares: NDArray[np.float64]
    witnesses: NDArray[np.int64]


@dataclass(frozen=True)
class Likeness:
    """Cosines of tabs with corrected tabs, on the model's own scale.

    Attributes:
        above: standard deviations above the cosine of unrelated tabs, shape (tabs, corrections).
        overlap: how far the model thought the same of both, 0 to 1; the same shape.
    """

    above: NDArray[np.float64]
    overlap: NDArray[np.float64]


def weigh_age(created_at: int, now_ms: int) -> float:
    """How much a correction still counts, from 1 down to `LEAST_WEIGHT`."""
    days = max(0, now_ms - created_at) / DAY_MS
    return max(LEAST_WEIGHT, float(0.5 ** (days / HALF_LIFE_DAYS)))


def take_examples(categories: Sequence[TabCategory], now_ms: int) -> list[Correction]:
    """The example tabs of built-in categories, as if a person had just put them there.

    Those of own categories are what these are told by in the first place; see `host.tabs.own_categories`.
    """
    return [
        Correction(0, "", example, category.key, None, now_ms)
        for category in categories
        if category.builtin
        for example in category.examples
    ]


def apply_sites(
    table: NDArray[np.float64], tabs: Sequence[Tab], categories: Sequence[TabCategory]
) -> NDArray[np.float64]:
    """Probabilities after the sites that a person named for categories; of their subdomains, too."""
    owners = [(site, place) for place, category in enumerate(categories) for site in category.sites]
    if not owners:
        return table
    changed = table.copy()
    for row, tab in enumerate(tabs):
        matching = [(len(site), place) for site, place in owners if _is_on_site(tab.url, site)]
        if matching:
            # The longest address says most exactly where the tab belongs.
            changed[row] *= 1 - SITE_SHARE
            changed[row, max(matching)[1]] += SITE_SHARE
    return changed


def find_pull(
    tabs: Sequence[Tab],
    corrections: Sequence[Correction],
    places: Sequence[int],
    columns: int,
    likeness: Likeness | None,
    now_ms: int,
) -> Pull:
    """What corrections do to tabs.

    Args:
        tabs: any number.
        corrections: those that count, the latest first.
        places: the column of each correction's category.
        columns: of the answer, "none of these" included.
        likeness: None without a model: then only addresses and sites count.
        now_ms: UTC milliseconds.
    """
    single = _rate_pairs(tabs, corrections, likeness, now_ms)
    keep = 1 - single
    pulls = np.zeros((len(tabs), columns))
    of_column = np.array(places, dtype=np.int64)
    for column in set(places):
        pulls[:, column] = 1 - keep[:, of_column == column].prod(axis=1)
    strength = 1 - keep.prod(axis=1)
    # A weak pull would move no tab, but make sure ones unsure.
    pulls[strength < LEAST_STRENGTH] = 0.0
    strength[strength < LEAST_STRENGTH] = 0.0
    total = pulls.sum(axis=1, keepdims=True)
    shares = np.divide(pulls, total, out=np.zeros_like(pulls), where=total > 0)
    best = pulls.argmax(axis=1)
    speaking = (single > _SPEAKS) & (of_column[None, :] == best[:, None]) & (strength > 0)[:, None]
    return Pull(strength, shares, speaking.sum(axis=1))


def apply_pull(table: NDArray[np.float64], pull: Pull) -> NDArray[np.float64]:
    """Probabilities after what a person said, shape (tabs, categories + 1)."""
    strength = pull.strength[:, None]
    mixed: NDArray[np.float64] = (1 - strength) * table + strength * pull.shares
    return mixed


def measure_overlap(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much two tables of probabilities have in common, row by row: shape (rows of one, of the other)."""
    # Column by column: all at once would be a table for each pair.
    shared = np.zeros((len(first), len(second)))
    for column in range(first.shape[1]):
        shared += np.minimum.outer(first[:, column], second[:, column])
    return shared


def find_near(
    tabs: Sequence[Tab], corrections: Sequence[Correction], above: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The corrections that may say something about any of these tabs; the others need not be looked at.

    Args:
        tabs: any number.
        corrections: those that count.
        above: see `Likeness`, shape (tabs, corrections).
    """
    addresses = {canonicalize_url(tab.url) for tab in tabs if tab.url}
    same = np.array([canonicalize_url(each.url) in addresses for each in corrections], dtype=bool)
    shared = _count_shared([tab.url for tab in tabs], [each.url for each in corrections])
    return np.flatnonzero(same | (_rate_nearness(above, shared) > 0).any(axis=0))


def _rate_nearness(above: NDArray[np.float64], shared: NDArray[np.int64]) -> NDArray[np.float64]:
    """How near tabs are to corrected ones, 0 to 1, by what they share."""
    even = np.array((EVEN_ANYWHERE, EVEN_SAME_SITE, EVEN_SAME_SECTION))[shared]
    near: NDArray[np.float64] = 1 / (1 + np.exp(np.clip(-STEEPNESS * (above - even), -60, 60)))
    # Far below the even point a logistic curve still says a little, which many corrections would add up.
    near[near < _SPEAKS] = 0.0
    return near


def _rate_pairs(
    tabs: Sequence[Tab], corrections: Sequence[Correction], likeness: Likeness | None, now_ms: int
) -> NDArray[np.float64]:
    """How much each correction says about each tab, 0 to 1, shape (tabs, corrections)."""
    if not tabs or not corrections:
        return np.zeros((len(tabs), len(corrections)))
    addresses: dict[str, int] = {}
    # Of several corrections about one address only the latest counts.
    firsts = [
        addresses.setdefault(canonicalize_url(each.url), place) if each.url else place
        for place, each in enumerate(corrections)
    ]
    latest = np.array([first == place for place, first in enumerate(firsts)])
    weights = np.array([weigh_age(each.created_at, now_ms) for each in corrections]) * latest
    shared = _count_shared([tab.url for tab in tabs], [each.url for each in corrections])
    single: NDArray[np.float64]
    if likeness is None:
        single = np.array(SHARED_PULLS)[shared] * weights
    else:
        near = _rate_nearness(likeness.above, shared)
        alike = OTHER_MISTAKE + (1 - OTHER_MISTAKE) * likeness.overlap
        single = STRONGEST_PULL * near * alike * weights
    for row, tab in enumerate(tabs):
        decided = addresses.get(canonicalize_url(tab.url)) if tab.url else None
        if decided is not None:
            single[row] = 0.0
            single[row, decided] = ADDRESS_PULL
    return single


def _count_shared(first: Sequence[str], second: Sequence[str]) -> NDArray[np.int64]:
    """0 for different sites, 1 for the same one, 2 for the same section of it; shape (first, second)."""
    numbers: dict[tuple[str, ...], int] = {}

    def number(urls: Sequence[str], *, section: bool) -> NDArray[np.int64]:
        """The same number for the same site, or section; those without one have numbers of their own."""
        found = []
        for url in urls:
            site, path = _split(url)
            whole = bool(site and (path or not section))
            key = ((site, path) if section else (site,)) if whole else ("", str(len(numbers)))
            found.append(numbers.setdefault(key, len(numbers)))
        return np.array(found, dtype=np.int64)

    same_site = number(first, section=False)[:, None] == number(second, section=False)[None, :]
    same_section = number(first, section=True)[:, None] == number(second, section=True)[None, :]
    shared: NDArray[np.int64] = same_site.astype(np.int64) + (same_site & same_section)
    return shared


def _is_on_site(url: str, site: str) -> bool:
    """Whether an address lies on a site, or below the path that was said with it."""
    wanted_host, _, wanted_path = site.partition("/")
    host = describe_address(url)[0]
    if not wanted_host or not (host == wanted_host or host.endswith(f".{wanted_host}")):
        return False
    return not wanted_path or f"{urlsplit(url).path}/".startswith(f"/{wanted_path}/")


def _split(url: str) -> tuple[str, str]:
    """Site, and its section: the first two parts of the path, where there are two."""
    host = describe_address(url)[0]
    try:
        path = urlsplit(url).path
    except ValueError:
        return host, ""
    parts = [part for part in path.split("/") if part]
    # "/r/rust/" and "/user/repository" name a section by two parts; "/watch" alone is a kind of page.
    return host, "/".join(parts[:2]) if len(parts) > 1 else ""
