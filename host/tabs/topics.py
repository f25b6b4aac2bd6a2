"""Groups of tabs about one thing: clusters of their vectors, with names out of their own words."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from typing import TYPE_CHECKING, get_args

import numpy as np

from host.tabs.exchange import Colour, TabGroup
from host.tabs.grouping import LEAST_TABS, Grouping, arrange
from host.tabs.naming import name_topics
from host.tabs.partitions import NEARNESS, find_clusters
from host.tabs.title_words import read_stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from host.tabs.exchange import KnownGroup, Tab
    from host.tabs.partitions import Clusterer
    from host.tabs.topic_scale import TopicScale

# What rare words that two titles share add to their nearness, when all of their words are the same.
WORD_WEIGHT = 0.2
ANCHORS = 4
_COLOURS: tuple[Colour, ...] = tuple(colour for colour in get_args(Colour) if colour != "grey")


def find_topics(
    tabs: Sequence[Tab],
    vectors: NDArray[np.float32],
    *,
    scale: TopicScale,
    cluster: Clusterer,
    max_groups: int | None = None,
    known: Sequence[KnownGroup] = (),
) -> Grouping:
    """Groups of tabs about one thing.

    The browser's own pages are left alone: that they are of the browser is all that they have in common.

    An open group takes in the tabs that are near its own: near up to `ANCHORS` of them. It does not count
    against `max_groups`.

    Args:
        tabs: in the order of the window, those of the open groups included; the latter stay where they are.
        vectors: of the tabs' words; shape (tabs, columns), each row of length 1, or of noughts where a tab
            has no words.
        scale: what cosines of the model are worth.
        cluster: vectors and the distance up to which they are joined -> the cluster of each row; see
            `host.tabs.clustering.cluster_vectors`.
        max_groups: most new groups; the largest are kept, of equally large ones the nearest. None: no limit.
        known: the open groups that may take in tabs.

    Returns:
        The groups with the tabs that move into them, and the tabs that move nowhere.

    Raises:
        Whatever `cluster` raises.
    """
    positions = {tab.id: number for number, tab in enumerate(tabs)}
    settled = {tab_id for group in known for tab_id in group.tab_ids}
    free = [number for tab_id, number in positions.items() if tab_id not in settled]
    if not free:
        return Grouping((), ())
    evidence = add_words(tabs, vectors, scale)
    limit = scale.cosine_at(NEARNESS[0])
    pages = [number for number in free if _is_page(tabs[number])]
    taken = _take_in(evidence, pages, positions, known, limit)
    groups = [_describe_existing(group, ids, tabs) for group in known if (ids := taken.get(group.id))]
    inside = {number for ids in taken.values() for number in ids}
    rest = np.array([number for number in pages if number not in inside], dtype=np.int64)
    clusters = find_clusters(evidence, rest, scale, cluster) if len(rest) else []
    clusters = [members for members in clusters if len(members) >= LEAST_TABS]
    clusters = _keep_largest(evidence, clusters, max_groups)
    groups += _name_clusters(tabs, clusters, free, [group.name for group in known])
    return arrange(groups, [tabs[number].id for number in free])


def add_words(tabs: Sequence[Tab], vectors: NDArray[np.float32], scale: TopicScale) -> NDArray[np.float32]:
    """Vectors whose products are the nearness of tabs: that of their meaning and of rare words they share.

    The words count in the model's own measure, so that they weigh the same with every model. They help most
    where the model knows little: with names, and languages that it never learned.

    Returns:
        Shape (tabs, more columns).
    """
    stems = [read_stems(tab) for tab in tabs]
    counts = Counter(stem for found in stems for stem in found)
    columns = {
        stem: number for number, stem in enumerate(sorted(stem for stem in counts if counts[stem] > 1))
    }
    rarity = {stem: math.log(1 + len(tabs) / count) for stem, count in counts.items()}
    shared = np.zeros((len(tabs), len(columns)), dtype=np.float32)
    for row, found in zip(shared, stems, strict=True):
        length = math.sqrt(sum(rarity[stem] ** 2 for stem in sorted(found)))
        for stem in found & columns.keys():
            row[columns[stem]] = rarity[stem] / length
    return np.hstack([vectors, shared * math.sqrt(WORD_WEIGHT * scale.range)]).astype(np.float32)


def _is_page(tab: Tab) -> bool:
    """Whether it is a page or a file rather than a part of the browser."""
    return tab.url.strip().partition(":")[0].lower() in {"http", "https", "file", "ftp"}


def _take_in(
    evidence: NDArray[np.float32],
    free: Sequence[int],
    positions: dict[int, int],
    known: Sequence[KnownGroup],
    limit: float,
) -> dict[int, list[int]]:
    """Which of the free tabs each open group takes in, by the group's id."""
    anchors = {
        group.id: np.array(
            [positions[tab_id] for tab_id in group.tab_ids if tab_id in positions], dtype=np.int64
        )
        for group in known
    }
    taken: dict[int, list[int]] = {}
    for number in free:
        rated = [
            (float(np.sort(evidence[rows] @ evidence[number])[-ANCHORS:].mean()), -place, group_id)
            for place, (group_id, rows) in enumerate(anchors.items())
            if len(rows)
        ]
        nearest = max(rated, default=None)
        if nearest and nearest[0] >= limit:
            taken.setdefault(nearest[2], []).append(number)
    return taken


def _keep_largest(
    evidence: NDArray[np.float32], clusters: list[NDArray[np.int64]], max_groups: int | None
) -> list[NDArray[np.int64]]:
    """The largest clusters, of equally large ones the densest."""
    if max_groups is None or len(clusters) <= max_groups:
        return clusters

    def rate(members: NDArray[np.int64]) -> tuple[int, float, int]:
        rows = evidence[members]
        return len(members), round(float((rows @ rows.T).mean()), 5), -int(members[0])

    return sorted(clusters, key=rate, reverse=True)[:max_groups]


def _name_clusters(
    tabs: Sequence[Tab], clusters: Sequence[NDArray[np.int64]], free: Sequence[int], taken: Sequence[str]
) -> list[TabGroup]:
    members = [sorted(rows.tolist()) for rows in clusters]
    inside = {number for numbers in members for number in numbers}
    others = [tabs[number] for number in free if number not in inside]
    names = name_topics([[tabs[number] for number in numbers] for numbers in members], others, taken)
    colours: set[Colour] = set()
    groups = []
    for name, numbers in sorted(zip(names, members, strict=True)):
        colour = _choose_colour(name, colours)
        colours.add(colour)
        ids = tuple(tabs[number].id for number in numbers)
        groups.append(TabGroup(name, colour, ids, f"{len(ids)} tabs about {name}"))
    return groups


def _describe_existing(group: KnownGroup, numbers: Sequence[int], tabs: Sequence[Tab]) -> TabGroup:
    ids = tuple(tabs[number].id for number in numbers)
    what = "1 tab" if len(ids) == 1 else f"{len(ids)} tabs"
    return TabGroup(
        group.name, group.colour, ids, f"{what} like those of the group that is open", existing=group.id
    )


def _choose_colour(name: str, used: set[Colour]) -> Colour:
    """The same name gets the same colour, unless another group has it already."""
    first = zlib.crc32(name.casefold().encode()) % len(_COLOURS)
    wheel = _COLOURS[first:] + _COLOURS[:first]
    return next((colour for colour in wheel if colour not in used), wheel[0])
