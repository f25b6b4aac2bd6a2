"""How well tabs are grouped by topic: against windows whose true groups are known."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from host.core.errors import ModelUnavailable
from host.core.stems import stem_word
from host.core.urls import registrable_domain
from host.evaluation.bench.figures import percentile
from host.evaluation.tab_windows import FILES, mix_windows
from host.evaluation.tab_wire import WAIT_MS
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from host.client import Client
    from host.core.paths import Paths
    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.tab_windows import Window

WINDOWS = 40
# From this cosine on, two names count as saying the same.
NAME_COSINE = 0.5
_SEED = 11
_TUNING_WINDOWS = 15
_REACHES = (0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)
_LOAD_S = 120.0
# Words of the tasks that say how something is done, not what with; a name that repeats them says nothing.
_MANNER = frozenset(
    ["online", "about", "reading", "using", "based", "participating", "the", "and", "for", "web", "tips"]
)


@dataclass(frozen=True)
class TopicReport:
    """How well one way of grouping did.

    Attributes:
        set_name: file that the windows were mixed from.
        method: "product", or the name of a peer.
        windows: how many.
        rand_index: adjusted Rand index, mean over windows: 1 is the true grouping, 0 is chance. A tab in no
            group counts as a group of its own.
        groups: mean number of groups with two tabs or more; the windows have `true_groups`.
        true_groups: mean number of the true groups.
        grouped: share of the tabs that are in a group.
        named: share of the groups whose name shares the stem of a telling word with the true name, or has a
            cosine of `NAME_COSINE` or more to it; the true group is the one that most of its tabs are from.
            None for peers, who give no names.
        named_by_word: share of those that share a word.
        names: some examples: proposed, true.
        mean_ms, p95_ms: for one window over the wire; None for peers.
    """

    set_name: str
    method: str
    windows: int
    rand_index: float
    groups: float
    true_groups: float
    grouped: float
    named: float | None = None
    named_by_word: float | None = None
    names: tuple[tuple[str, str], ...] = ()
    mean_ms: float | None = None
    p95_ms: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class _Grouped:
    """What came of one window: the group of each tab (-1: none), names by group, and the time it took."""

    groups: list[int]
    names: dict[int, str]
    took_ms: float = 0.0


def measure_topics(
    client: Client,
    paths: Paths,
    folder: Path,
    on_progress: OnProgress = lambda *_: None,
    windows: int = WINDOWS,
) -> list[TopicReport]:
    """Group windows by topic with the product, by site, and by a bare clustering.

    The distance of the bare clustering is the best of a list on windows of the other file.

    Args:
        client: of the daemon.
        paths: of its home.
        folder: holds mozilla_tabs.
        on_progress: gets what is being done, how much is done and of how much.
        windows: of each file.

    Raises:
        InvalidInput: the data is not there.
        ModelUnavailable: no embedding model is installed.
    """
    model = find_embedding_model(paths.models)
    if model is None:
        message = "No embedding model is installed."
        raise ModelUnavailable(message, fix="Run: python3 -m host.install")
    process = EncoderProcess()
    embedder = Embedder(model, process)
    reports = []
    try:
        embedder.wait_ready(_LOAD_S)
        for file, other in zip(FILES, reversed(FILES), strict=True):
            mixed = mix_windows(folder / "mozilla_tabs" / file, windows, _SEED)
            found = []
            for number, window in enumerate(mixed):
                on_progress(f"topics: {file}", number, len(mixed))
                found.append(_group(client, window))
            reports.append(_report_product(file, mixed, found, embedder))
            by_site = [_Grouped(_group_by_site(window), {}) for window in mixed]
            reports.append(_report(file, "same site", mixed, by_site))
            tuning = mix_windows(folder / "mozilla_tabs" / other, _TUNING_WINDOWS, _SEED + 1)
            reach = _choose_reach(tuning, embedder)
            bare = [_Grouped(_cluster(_embed_titles(window, embedder), reach), {}) for window in mixed]
            reports.append(_report(file, f"average linkage, distance {reach:g}", mixed, bare))
    finally:
        process.close()
    return reports


def share_word(first: str, second: str) -> bool:
    """Whether two names have the stem of a telling word in common."""
    return bool(_telling(first) & _telling(second))


def _telling(name: str) -> set[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return {stem_word(word) for word in words if len(word) > 2 and word not in _MANNER}


def _group(client: Client, window: Window) -> _Grouped:
    tabs = [{"id": number, "url": tab.url, "title": tab.title} for number, tab in enumerate(window.tabs)]
    reply = client.call("tabs.group", tabs=tabs, by="topic", wait_ms=WAIT_MS)
    groups = [-1] * len(tabs)
    for number, group in enumerate(reply["groups"]):
        for tab_id in group["tab_ids"]:
            groups[tab_id] = number
    names = {number: group["name"] for number, group in enumerate(reply["groups"])}
    return _Grouped(groups, names, reply["took_ms"])


def _group_by_site(window: Window) -> list[int]:
    sites = [registrable_domain(tab.url) for tab in window.tabs]
    counts = Counter(sites)
    numbers = {site: number for number, site in enumerate(counts)}
    return [numbers[site] if counts[site] > 1 else -1 for site in sites]


def _embed_titles(window: Window, embedder: Embedder) -> NDArray[np.float32]:
    return embedder.embed_texts([tab.title for tab in window.tabs])


def _cluster(vectors: NDArray[np.float32], reach: float) -> list[int]:
    from sklearn.cluster import AgglomerativeClustering

    found = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=reach
    ).fit_predict(vectors)
    return [int(label) for label in found]


def _choose_reach(windows: Sequence[Window], embedder: Embedder) -> float:
    vectors = [_embed_titles(window, embedder) for window in windows]

    def rate(reach: float) -> float:
        return statistics.mean(
            rate_groups(window.groups, _cluster(rows, reach))
            for window, rows in zip(windows, vectors, strict=True)
        )

    return max(_REACHES, key=rate)


def rate_groups(true: Sequence[int], found: Sequence[int]) -> float:
    """The adjusted Rand index (Hubert and Arabie 1985); a tab in no group (-1) is a group of its own."""
    from sklearn.metrics import adjusted_rand_score

    alone = [group if group >= 0 else -2 - place for place, group in enumerate(found)]
    return float(adjusted_rand_score(true, alone))


def _report(set_name: str, method: str, windows: Sequence[Window], found: Sequence[_Grouped]) -> TopicReport:
    sizes = [Counter(group for group in one.groups if group >= 0) for one in found]
    large = [[count for count in counts.values() if count > 1] for counts in sizes]
    total = sum(len(window.tabs) for window in windows)
    return TopicReport(
        set_name=set_name,
        method=method,
        windows=len(windows),
        rand_index=statistics.mean(
            rate_groups(window.groups, one.groups) for window, one in zip(windows, found, strict=True)
        ),
        groups=statistics.mean(len(counts) for counts in large),
        true_groups=statistics.mean(len(window.names) for window in windows),
        grouped=sum(sum(counts) for counts in large) / total,
    )


def _report_product(
    set_name: str, windows: Sequence[Window], found: Sequence[_Grouped], embedder: Embedder
) -> TopicReport:
    pairs = []
    for window, one in zip(windows, found, strict=True):
        for number, name in one.names.items():
            members = [true for true, group in zip(window.groups, one.groups, strict=True) if group == number]
            if members:
                pairs.append((name, window.names[Counter(members).most_common(1)[0][0]]))
    by_word = [share_word(*pair) for pair in pairs]
    near = _compare_names(pairs, embedder.embed_texts) if pairs else []
    times = [one.took_ms for one in found]
    agreed = [word or alike for word, alike in zip(by_word, near, strict=True)]
    return replace(
        _report(set_name, "product", windows, found),
        named=sum(agreed) / len(agreed) if agreed else None,
        named_by_word=sum(by_word) / len(by_word) if by_word else None,
        names=tuple(pairs[:12]),
        mean_ms=statistics.mean(times),
        p95_ms=percentile(times, 0.95),
    )


def _compare_names(
    pairs: Sequence[tuple[str, str]], embed: Callable[[list[str]], NDArray[np.float32]]
) -> list[bool]:
    vectors = embed([name for pair in pairs for name in pair])
    return [bool(row >= NAME_COSINE) for row in np.sum(vectors[::2] * vectors[1::2], axis=1)]
