"""Groups by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model
from host.tabs.clustering import cluster_vectors
from host.tabs.exchange import KnownGroup, Tab
from host.tabs.topic_scale import TopicScale, measure_topic_scale
from host.tabs.topics import find_topics
from host.tabs.vector_training import write_tab
from host.tabs.wording import describe_tab
from tests.conftest import INSTALLED_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from host.tabs.grouping import Grouping

LOADING_S = 120.0
SCALE = TopicScale(0.0, 0.5)
WINDOW = {
    "garden": (
        ("How to prune roses", "https://gardenersworld.com/prune-roses"),
        ("Pruning climbing roses in winter - RHS", "https://www.rhs.org.uk/roses/pruning"),
        ("Best roses for shade", "https://plants.example/shade"),
    ),
    "rust": (
        ("The Rust Programming Language - Ownership", "https://doc.rust-lang.org/book/ch04"),
        ("rust - borrow checker and lifetimes - Stack Overflow", "https://stackoverflow.com/q/1/borrow"),
        ("Understanding lifetimes in Rust", "https://blog.example/rust-lifetimes"),
    ),
    "lisbon": (
        ("Cheap flights to Lisbon | Skyscanner", "https://www.skyscanner.net/flights/lisbon"),
        ("Hotels in Lisbon - Booking.com", "https://www.booking.com/city/pt/lisbon"),
        ("Lisbon in three days: what to see", "https://travel.example/lisbon"),
    ),
    "alone": (("Sourdough starter feeding schedule", "https://bread.example/starter"),),
}


class Words(NamedTuple):
    """Tabs, what each is about, their vectors, and the scale of the model."""

    tabs: list[Tab]
    topics: list[str]
    vectors: NDArray[np.float32]
    scale: TopicScale


@pytest.fixture(scope="module")
def window() -> Iterator[Words]:
    model = find_embedding_model(INSTALLED_MODELS)
    if model is None:
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    process = EncoderProcess()
    embedder = Embedder(model, process)
    assert embedder.wait_ready(LOADING_S), embedder.failure
    rows = [(topic, title, url) for topic, pages in WINDOW.items() for title, url in pages]
    rows = [rows[number] for number in np.random.default_rng(5).permutation(len(rows))]
    tabs = [Tab(number, url, title) for number, (_, title, url) in enumerate(rows)]
    vectors = embedder.embed_texts([write_tab(describe_tab(tab)) for tab in tabs])
    yield Words(tabs, [topic for topic, _, _ in rows], vectors, measure_topic_scale(embedder))
    process.close()


def find(
    tabs: Sequence[Tab],
    vectors: NDArray[np.float32],
    scale: TopicScale = SCALE,
    *,
    max_groups: int | None = None,
    known: Sequence[KnownGroup] = (),
) -> Grouping:
    return find_topics(
        tabs,
        vectors,
        scale=scale,
        cluster=lambda rows, reach: cluster_vectors(rows, reach=reach),
        max_groups=max_groups,
        known=known,
    )


def name_members(found: Grouping, window: Words) -> dict[str, set[str]]:
    """What the tabs of each group are about."""
    return {each.name: {window.topics[tab_id] for tab_id in each.tab_ids} for each in found.groups}


def make_window(seed: int, count: int) -> tuple[list[Tab], NDArray[np.float32]]:
    """Tabs about four things, and some about nothing else."""
    source = np.random.default_rng(seed)
    centres = source.normal(size=(4, 24))
    about = source.integers(6, size=count)
    rows = source.normal(size=(count, 24)) * 0.4
    rows += np.array([centres[topic] if topic < 4 else source.normal(size=24) for topic in about])
    tabs = [Tab(100 + n, f"https://s{n}.example/", f"Theme{about[n]} thing{n}") for n in range(count)]
    vectors: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return tabs, vectors.astype(np.float32)


@pytest.mark.model
def test_tabs_about_one_thing_come_together_under_its_name_and_a_stray_one_stays(window: Words) -> None:
    found = find(window.tabs, window.vectors, window.scale)
    assert name_members(found, window) == {"Roses": {"garden"}, "Rust": {"rust"}, "Lisbon": {"lisbon"}}
    assert sorted(len(each.tab_ids) for each in found.groups) == [3, 3, 3]
    assert [window.topics[tab_id] for tab_id in found.ungrouped] == ["alone"]


@pytest.mark.model
def test_a_model_whose_cosines_are_all_high_finds_the_same_groups(window: Words) -> None:
    # A direction that all vectors share: unrelated texts have a cosine of about 0.7 now.
    shared = np.full((len(window.tabs), 1), 1.5, dtype=np.float32)
    narrow = np.hstack([window.vectors, shared]) / np.sqrt(1 + 1.5**2)
    scale = TopicScale((window.scale.low + 2.25) / 3.25, (window.scale.high + 2.25) / 3.25)
    assert scale.low > 0.65
    assert find(window.tabs, narrow, scale) == find(window.tabs, window.vectors, window.scale)


@pytest.mark.model
def test_an_open_group_takes_in_the_tabs_that_are_near_its_own(window: Words) -> None:
    first = window.topics.index("rust")
    known = [KnownGroup(9, "Learning", "pink", (window.tabs[first].id,))]
    found = find(window.tabs, window.vectors, window.scale, known=known)
    (taken,) = [each for each in found.groups if each.existing == 9]
    assert (taken.name, taken.colour) == ("Learning", "pink")
    assert {window.topics[tab_id] for tab_id in taken.tab_ids} == {"rust"}
    assert first not in taken.tab_ids
    assert len(taken.tab_ids) == 2


@pytest.mark.model
def test_the_order_of_the_window_changes_neither_groups_nor_names_nor_colours(window: Words) -> None:
    straight = find(window.tabs, window.vectors, window.scale)
    order = np.random.default_rng(2).permutation(len(window.tabs))
    mixed = find([window.tabs[n] for n in order], window.vectors[order], window.scale)
    assert {(g.name, g.colour, frozenset(g.tab_ids)) for g in mixed.groups} == {
        (g.name, g.colour, frozenset(g.tab_ids)) for g in straight.groups
    }


def test_rare_words_that_titles_share_bring_tabs_together_where_the_model_sees_nothing() -> None:
    titles = ("Γιαούρτι με μέλι", "Γιαούρτι με καρύδια", "Τρένα στην Αθήνα", "Ποδόσφαιρο σήμερα")
    tabs = [Tab(n, f"https://s{n}.example/", title) for n, title in enumerate(titles)]
    # To this model all four are alike, and just not near enough.
    vectors = np.hstack([np.full((4, 1), np.sqrt(0.27)), np.eye(4) * np.sqrt(0.73)]).astype(np.float32)
    found = find(tabs, vectors)
    assert [(each.name, each.tab_ids) for each in found.groups] == [("Γιαούρτι", (0, 1))]


def test_a_cluster_that_is_too_large_is_taken_apart_into_its_topics() -> None:
    # Fifteen tabs each about two sides of one thing: all are within reach.
    rows = np.zeros((30, 32), dtype=np.float32)
    rows[:, 0] = np.sqrt(0.4)
    rows[:15, 1] = rows[15:, 2] = np.sqrt(0.4)
    rows[np.arange(30), 2 + np.arange(30) % 30] += np.sqrt(0.2)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    tabs = [Tab(n, f"https://s{n}.example/", f"{'Cats' if n < 15 else 'Dogs'} {n}") for n in range(30)]
    found = find(tabs, rows)
    assert [each.name for each in found.groups] == ["Cats", "Dogs"]


def test_of_too_many_topics_the_largest_stay() -> None:
    tabs, vectors = make_window(4, 40)
    everything = find(tabs, vectors)
    sizes = sorted((len(each.tab_ids) for each in everything.groups), reverse=True)
    kept = find(tabs, vectors, max_groups=2)
    assert len(sizes) > 2
    assert sorted((len(each.tab_ids) for each in kept.groups), reverse=True) == sizes[:2]


def test_tabs_without_words_are_left_alone() -> None:
    tabs = [Tab(1, "about:blank"), Tab(2, "about:blank")]
    assert find(tabs, np.zeros((2, 8), dtype=np.float32)).ungrouped == (1, 2)


def test_pages_of_the_browser_itself_are_left_alone() -> None:
    urls = ("chrome://newtab/", "chrome://extensions/", "https://a.example/", "https://b.example/")
    tabs = [Tab(number, url, "Extensions") for number, url in enumerate(urls)]
    found = find(tabs, np.tile(np.eye(1, 8, dtype=np.float32), (4, 1)))
    assert [each.tab_ids for each in found.groups] == [(2, 3)]
    assert found.ungrouped == (0, 1)


def test_no_tabs_are_no_groups() -> None:
    assert find([], np.zeros((0, 8), dtype=np.float32)).groups == ()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 45),
    max_groups=st.none() | st.integers(1, 5),
    settled=st.integers(0, 4),
)
def test_every_tab_is_in_one_place_in_its_order_and_no_limit_is_broken(
    seed: int, count: int, max_groups: int | None, settled: int
) -> None:
    tabs, vectors = make_window(seed, count)
    known = [KnownGroup(1, "Open", "red", tuple(tab.id for tab in tabs[:settled]))]
    found = find(tabs, vectors, max_groups=max_groups, known=known)
    placed = [tab_id for each in found.groups for tab_id in each.tab_ids]
    assert sorted([*placed, *found.ungrouped]) == [tab.id for tab in tabs[settled:]]
    new = [each for each in found.groups if each.existing is None]
    assert max_groups is None or len(new) <= max_groups
    assert all(len(each.tab_ids) >= 2 for each in new)
    assert all(list(each.tab_ids) == sorted(each.tab_ids) for each in found.groups)
    names = [each.name.casefold() for each in found.groups]
    assert len(set(names)) == len(names)
    firsts = [each.tab_ids[0] for each in found.groups]
    assert firsts == sorted(firsts)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 45))
def test_the_same_tabs_in_another_order_make_the_same_groups(seed: int, count: int) -> None:
    tabs, vectors = make_window(seed, count)
    order = np.random.default_rng(seed + 1).permutation(count)
    straight = find(tabs, vectors)
    mixed = find([tabs[n] for n in order], vectors[order])
    assert {(g.name, frozenset(g.tab_ids)) for g in mixed.groups} == {
        (g.name, frozenset(g.tab_ids)) for g in straight.groups
    }
