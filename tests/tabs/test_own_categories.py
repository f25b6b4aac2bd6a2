"""A person's own categories, told by the real starter model from a name, a description, or examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.tabs.embedding_engine import EmbeddingEngine
from host.tabs.exchange import Tab, TabCategory
from host.tabs.own_categories import OwnCategories
from host.tabs.vectors import VectorCache
from tests.tabs.engine_world import open_engine, read_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

pytestmark = pytest.mark.model
# Which texts are computed together moves the last digits of a quantised model.
NOISE = 0.06
BREAD = [
    Tab(1, "https://loaf.example/a", "Sourdough bread recipe for beginners"),
    Tab(2, "https://crumb.example/b", "How to bake a rye loaf at home"),
]
OTHERS = [
    Tab(3, "https://github.com/numpy/numpy/pulls", "Pull requests - numpy"),
    Tab(4, "https://bank.example/", "Interest rates for savings accounts"),
    Tab(5, "https://paper.example/", "Parliament passes the budget"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddingEngine]:
    folder = tmp_path_factory.mktemp("kept")
    with open_engine("embedding", folder, folder) as opened:
        assert isinstance(opened, EmbeddingEngine)
        yield opened


def _rate(
    engine: EmbeddingEngine, tabs: Sequence[Tab], categories: Sequence[TabCategory]
) -> NDArray[np.float64]:
    return OwnCategories().rate(engine.embed(tabs), categories, engine.embedder, VectorCache())


@pytest.mark.parametrize(
    "category",
    [
        TabCategory("own-b", "Baking", "recipes for bread and cakes, and how to bake them"),
        TabCategory("own-b", "Stuff", examples=("Recipe: wheat bread in a pot", "How to bake rolls")),
    ],
    ids=("description", "examples"),
)
def test_tabs_of_the_subject_belong_and_others_do_not(engine: EmbeddingEngine, category: TabCategory) -> None:
    found = _rate(engine, [*BREAD, *OTHERS], [category])[:, 0]
    assert found[:2].min() > 0.5
    assert found[2:].max() < 0.2


def test_more_examples_never_make_a_tab_less_likely(engine: EmbeddingEngine) -> None:
    few = TabCategory("own-b", "Baking", "bread", examples=("Wheat bread in a pot",))
    many = TabCategory("own-b", "Baking", "bread", examples=(*few.examples, "Ferment", "Oven temperatures"))
    tabs = [*BREAD, *OTHERS]
    assert (_rate(engine, tabs, [many]) >= _rate(engine, tabs, [few]) - NOISE).all()


def test_each_category_is_rated_for_itself_and_built_in_ones_not_at_all(engine: EmbeddingEngine) -> None:
    baking = TabCategory("own-b", "Baking", "bread and cakes, recipes")
    found = _rate(engine, BREAD, [*read_defaults(), baking, baking])
    assert not found[:, :7].any()
    assert found[:, 7] == pytest.approx(found[:, 8])
    assert found[:, 7] == pytest.approx(_rate(engine, BREAD, [baking])[:, 0], abs=NOISE)


def test_no_tabs_and_no_own_categories_cost_nothing(engine: EmbeddingEngine) -> None:
    assert _rate(engine, BREAD, read_defaults()).tolist() == np.zeros((2, 7)).tolist()
    nothing = np.zeros((0, 384), dtype=np.float32)
    assert OwnCategories().rate(nothing, [TabCategory("own", "x")], engine.embedder, VectorCache()).shape == (
        0,
        1,
    )


def test_a_name_alone_with_nothing_to_say_takes_no_tabs(engine: EmbeddingEngine) -> None:
    assert _rate(engine, [*BREAD, *OTHERS], [TabCategory("own-x", "???")]).max() < 0.5


def test_the_usual_likeness_of_a_model_is_measured_once(engine: EmbeddingEngine) -> None:
    own = OwnCategories()
    first = own.measure_usual(engine.embedder, VectorCache())
    assert own.measure_usual(engine.embedder, VectorCache()) == first
    mean, spread = first
    assert -0.2 < mean < 0.5
    assert 0 < spread < 0.5
