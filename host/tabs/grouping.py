"""Groups of tabs by their categories. Pure: the verdicts come from elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.tabs.exchange import TabGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from host.tabs.exchange import KnownGroup, Tab, TabCategory, Verdict

LEAST_TABS = 2


@dataclass(frozen=True)
class Grouping:
    """Tabs in groups.

    Attributes:
        groups: in the order of their first tabs.
        ungrouped: ids of the tabs that are in none, in their order.
    """

    groups: tuple[TabGroup, ...]
    ungrouped: tuple[int, ...]


def group_by_category(
    tabs: Sequence[Tab],
    verdicts: Sequence[Verdict],
    categories: Sequence[TabCategory],
    *,
    max_groups: int | None = None,
    known: Sequence[KnownGroup] = (),
) -> Grouping:
    """One group for each category that at least two tabs belong to.

    An open group takes in the tabs of a category when it bears its name, or when most of its own tabs are of
    it; then one tab is enough. It does not count against `max_groups`.

    Args:
        tabs: in the order of the window, those of the open groups included; the latter stay where they are.
        verdicts: of each tab.
        categories: the enabled ones.
        max_groups: most new groups; the largest are kept, of equally large ones the surest. None: no limit.
        known: the open groups that may take in tabs.

    Returns:
        The groups with the tabs that move into them, and the tabs that move nowhere.
    """
    verdict_of = {tab.id: verdict for tab, verdict in zip(tabs, verdicts, strict=True)}
    settled = {tab_id for group in known for tab_id in group.tab_ids}
    free = list(dict.fromkeys(tab.id for tab in tabs if tab.id not in settled))
    members: dict[str, list[int]] = {}
    for tab_id in free:
        key = verdict_of[tab_id].category
        if key is not None:
            members.setdefault(key, []).append(tab_id)
    hosts = _find_hosts(categories, known, verdict_of)
    named = {category.key: category for category in categories}
    groups = [
        _make_group(named[key], ids, hosts.get(key))
        for key, ids in members.items()
        if key in named and (key in hosts or len(ids) >= LEAST_TABS)
    ]

    def sureness(group: TabGroup) -> tuple[float, ...]:
        sure = sum(verdict_of[tab_id].confidence for tab_id in group.tab_ids)
        return (len(group.tab_ids), sure / len(group.tab_ids))

    kept = keep_best(groups, max_groups, sureness)
    return arrange(kept, free)


def keep_best(
    groups: Sequence[TabGroup], max_groups: int | None, rate: Callable[[TabGroup], tuple[float, ...]]
) -> list[TabGroup]:
    """The groups that already exist and the best of the new ones.

    Args:
        groups: all of them.
        max_groups: most new groups; None: no limit.
        rate: the higher, the better; the first of equal ones is better.
    """
    new = [group for group in groups if group.existing is None]
    best = sorted(new, key=rate, reverse=True)[: max_groups if max_groups is not None else len(new)]
    return [group for group in groups if group.existing is not None or group in best]


def arrange(groups: Sequence[TabGroup], free: Sequence[int]) -> Grouping:
    """Groups in the order of their first tabs, and the tabs that are in none.

    Args:
        groups: with their tabs in order.
        free: ids of all tabs that could be moved, in their order.
    """
    place = {tab_id: number for number, tab_id in enumerate(free)}
    ordered = sorted(groups, key=lambda group: place[group.tab_ids[0]])
    grouped = {tab_id for group in ordered for tab_id in group.tab_ids}
    return Grouping(tuple(ordered), tuple(tab_id for tab_id in free if tab_id not in grouped))


def _find_hosts(
    categories: Sequence[TabCategory], known: Sequence[KnownGroup], verdict_of: dict[int, Verdict]
) -> dict[str, KnownGroup]:
    """The open group that takes in tabs of a category: one of its name, else the first made of its tabs."""
    hosts: dict[str, KnownGroup] = {}
    for category in categories:
        for group in known:
            if group.name.strip().casefold() == category.name.strip().casefold():
                hosts.setdefault(category.key, group)
    used = {group.id for group in hosts.values()}
    for group in known:
        rated = [verdict_of[tab_id].category for tab_id in group.tab_ids if tab_id in verdict_of]
        key, count = Counter(rated).most_common(1)[0] if rated else (None, 0)
        if key is not None and count * 2 > len(group.tab_ids) and group.id not in used:
            hosts.setdefault(key, group)
    return hosts


def _make_group(category: TabCategory, ids: list[int], host: KnownGroup | None) -> TabGroup:
    what = "1 tab" if len(ids) == 1 else f"{len(ids)} tabs"
    reason = f"{what} about {category.name}"
    if host is None:
        return TabGroup(category.name, category.colour, tuple(ids), reason, category=category.key)
    name = host.name.strip() or category.name
    reason += ", like the group that is open"
    return TabGroup(name, host.colour, tuple(ids), reason, category=category.key, existing=host.id)
