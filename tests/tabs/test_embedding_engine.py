"""The default engine with the real starter model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.tabs.embedding_engine import EmbeddingEngine, WordEngine, join_categories
from host.tabs.examples import KEYS
from host.tabs.exchange import Tab, TabCategory
from tests.tabs.engine_world import open_engine, read_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CATEGORIES = read_defaults()
GARDEN = TabCategory(
    "own-garden",
    "Gardening",
    "growing vegetables, flowers and trees",
    examples=("How to prune roses", "The best soil for tomatoes"),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddingEngine]:
    folder = tmp_path_factory.mktemp("kept")
    with open_engine("embedding", folder, folder) as opened:
        assert isinstance(opened, EmbeddingEngine)
        yield opened


def _sort(
    engine: EmbeddingEngine, tab: Tab, categories: Sequence[TabCategory] = CATEGORIES
) -> tuple[str, float]:
    keys = [*(category.key for category in categories), "none"]
    (row,) = engine.rate([tab], categories)
    return keys[int(row.argmax())], float(row.max())


@pytest.mark.model
@pytest.mark.parametrize(
    ("title", "url", "key"),
    [
        ("tokio - async runtime for Rust, API reference", "https://crates.example/tokio", "dev"),
        ("Elecciones: el gobierno gana la votación - Noticias", "https://diario.example/politica", "news"),
        ("最新ニュース 政治 経済", "https://news.example.co.jp/", "news"),
        ("Regarder la série en streaming, épisode 3", "https://series.example/watch", "entertainment"),
        ("Quarterly budget 2025 - Spreadsheet", "https://docs.example/d/12", "work"),
        ("EC2 instances | Cloud console", "https://console.example/ec2", "cloud"),
        ("Anna (@anna) posted: my photos - 23 followers", "https://forum.example/u/anna", "social"),
        ("Корзина: оформить заказ", "https://ozon.example/cart", "shopping"),
        ("Rezept für Kartoffelsuppe", "https://kochen.example/rezept", "none"),
    ],
)
def test_obvious_tabs_of_unknown_sites_are_sorted_in_their_languages(
    engine: EmbeddingEngine, title: str, url: str, key: str
) -> None:
    assert _sort(engine, Tab(1, url, title))[0] == key


@pytest.mark.model
def test_a_programming_video_on_a_video_site_is_not_told_by_the_site_alone(engine: EmbeddingEngine) -> None:
    lesson = Tab(1, "https://www.youtube.com/watch?v=1", "Python tutorial: async functions and unit tests")
    song = Tab(2, "https://www.youtube.com/watch?v=2", "The Midnight Band - Slow Song (Official Music Video)")
    assert _sort(engine, lesson)[0] == "dev"
    assert _sort(engine, song)[0] == "entertainment"


@pytest.mark.model
def test_a_title_alone_and_an_address_alone_are_enough_and_nothing_is_none(engine: EmbeddingEngine) -> None:
    assert _sort(engine, Tab(1, "", "Stack trace: TypeError in Python function"))[0] == "dev"
    assert _sort(engine, Tab(1, "https://shop.example/cart/checkout"))[0] == "shopping"
    assert _sort(engine, Tab(1, "")) == ("none", 1.0)


@pytest.mark.model
def test_a_title_of_ten_thousand_characters_counts_by_its_beginning(engine: EmbeddingEngine) -> None:
    title = "Python API reference and unit tests. " * 5
    long = title + "breaking news " * 800
    (row,) = engine.rate([Tab(1, "https://x.example/", long)], CATEGORIES)
    (short,) = engine.rate([Tab(1, "https://x.example/", title + "breaking")], CATEGORIES)
    assert row == pytest.approx(short, abs=0.06)
    assert _sort(engine, Tab(1, "https://x.example/", long))[0] == "dev"


@pytest.mark.model
def test_a_text_tells_where_a_title_does_not(engine: EmbeddingEngine) -> None:
    text = "Parliament voted for the budget. The opposition called the government's cuts reckless."
    news = CATEGORIES.index(next(category for category in CATEGORIES if category.key == "news"))
    tabs = [Tab(1, "https://x.example/a", "Friday"), Tab(2, "https://x.example/a", "Friday", text)]
    without, with_text = engine.rate(tabs, CATEGORIES)[:, news]
    assert with_text > without


@pytest.mark.model
def test_what_belongs_into_a_category_that_is_switched_off_belongs_nowhere(engine: EmbeddingEngine) -> None:
    others = [category for category in CATEGORIES if category.key != "dev"]
    tab = Tab(1, "https://github.com/numpy/numpy/pulls", "Pull requests")
    assert _sort(engine, tab)[0] == "dev"
    assert _sort(engine, tab, others)[0] == "none"


@pytest.mark.model
def test_an_own_category_has_the_first_claim_and_leaves_the_rest_alone(engine: EmbeddingEngine) -> None:
    shears = Tab(1, "https://shop.example/x", "Rose pruning shears - add to cart")
    assert _sort(engine, shears)[0] == "shopping"
    assert _sort(engine, shears, [*CATEGORIES, GARDEN])[0] == "own-garden"
    carrots = Tab(2, "https://leafy.example/a", "Growing vegetables: when to sow carrots")
    assert _sort(engine, carrots, [*CATEGORIES, GARDEN])[0] == "own-garden"
    for key, tab in (
        ("dev", Tab(3, "https://github.com/numpy/numpy/pulls", "Pull requests")),
        ("none", Tab(4, "https://bank.example/", "Interest rates for savings accounts")),
    ):
        assert _sort(engine, tab, [*CATEGORIES, GARDEN])[0] == key


@pytest.mark.model
def test_the_name_of_a_built_in_category_does_not_change_what_it_learned(engine: EmbeddingEngine) -> None:
    renamed = [replace(category, name=f"Pile {place}") for place, category in enumerate(CATEGORIES)]
    tab = Tab(1, "https://console.example/ec2", "EC2 instances | Cloud console")
    assert engine.rate([tab], renamed) == pytest.approx(engine.rate([tab], CATEGORIES), abs=1e-6)


@pytest.mark.model
def test_tabs_of_one_subject_are_nearer_than_others(engine: EmbeddingEngine) -> None:
    bread = [Tab(1, "", "Sourdough bread recipe"), Tab(2, "", "How to bake a loaf of rye bread")]
    likeness = engine.compare(bread, [*bread, Tab(3, "", "Quarterly earnings of chip makers")])
    assert likeness.shape == (2, 3)
    assert likeness[0, 1] > 2
    assert likeness[0, 1] > likeness[0, 2] + 2


@pytest.mark.model
def test_tabs_that_all_say_nothing_are_like_nothing(engine: EmbeddingEngine) -> None:
    empty = [Tab(1, ""), Tab(2, "", " \n")]
    assert engine.embed(empty).shape == (2, 384)
    assert engine.compare(empty, [Tab(3, "", "Sourdough bread recipe")]).max() < 0.5
    assert engine.rate(empty, [*CATEGORIES, GARDEN])[:, -1].min() > 0.99


def test_words_alone_sort_what_is_obvious_and_no_tabs_make_no_rows() -> None:
    engine = WordEngine()
    assert engine.rate([], CATEGORIES).shape == (0, len(CATEGORIES) + 1)
    table = engine.rate([Tab(1, "https://news.example/politics", "Breaking news"), Tab(2, "")], CATEGORIES)
    assert [*(category.key for category in CATEGORIES), "none"][int(table[0].argmax())] == "news"
    assert table[1].tolist() == [0.0] * len(CATEGORIES) + [1.0]


@given(st.integers(0, 2**32 - 1), st.lists(st.booleans(), min_size=len(CATEGORIES), max_size=len(CATEGORIES)))
def test_joined_categories_are_a_distribution_and_own_ones_take_what_they_are_sure_of(
    seed: int, enabled: list[bool]
) -> None:
    random = np.random.default_rng(seed)
    wanted = [category for category, on in zip(CATEGORIES, enabled, strict=True) if on]
    categories = [*wanted, GARDEN, replace(GARDEN, key="own-other")]
    own = np.zeros((4, len(categories)))
    own[:, -2:] = random.uniform(0, 1, (4, 2))
    own[0, -2:] = [1.0, 0.0]
    own[1, -2:] = 0.0
    learned = random.dirichlet(np.full(len(KEYS), 0.3), 4)
    table = join_categories(learned, categories, own)
    assert (table >= 0).all()
    assert table.sum(axis=1) == pytest.approx(np.ones(4))
    assert table[0, len(wanted)] == pytest.approx(1)
    for place, category in enumerate(wanted):
        assert table[1, place] == pytest.approx(learned[1, KEYS.index(category.key)])
