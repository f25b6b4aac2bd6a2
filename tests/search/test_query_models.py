"""A search while the embedding model of a history is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.history.capture import Capture, CapturedPage
from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.search.exchange import SearchRequest
from host.search.service import Search
from tests.history.stand_ins import InstantReader, Models
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from host.history.profiles import Profile, Profiles


@pytest.fixture
def models() -> Models:
    made = Models(old=64, new=96)
    made.want("old")
    return made


@pytest.fixture
def indexer(profiles: Profiles, models: Models) -> Indexer:
    throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    return Indexer(profiles.opened, InstantReader(), models.find, lambda: models.wanted, throttle)


@pytest.fixture
def profile(profiles: Profiles, indexer: Indexer) -> Profile:
    """Three pages with vectors of the old model."""
    return _open(profiles, indexer, "tester")


@pytest.fixture
def search(models: Models) -> Iterator[Search]:
    made = Search(models.find)
    yield made
    made.close()


def _open(profiles: Profiles, indexer: Indexer, name: str) -> Profile:
    profile = profiles.open(name)
    indexer.prepare(profile)
    for number, text in enumerate(("green tea", "black coffee", "red wine")):
        page = CapturedPage(f"https://{number}.example/", NOON + number, html=f"<p>{text}</p>")
        Capture(InstantReader()).capture(profile, page)
    _work(indexer)
    return profile


def _work(indexer: Indexer) -> None:
    while indexer.run_once():
        pass


def _change(indexer: Indexer, models: Models, model_id: str) -> None:
    models.want(model_id)
    indexer.apply_choice()


def _find(search: Search, profile: Profile, query: str) -> list[str]:
    answer = search.query(profile, SearchRequest(query, "vector"))
    assert answer.degraded == []
    return [item.page.url for item in answer.results]


def test_a_query_is_embedded_by_the_model_of_the_vectors_that_serve(
    search: Search, profile: Profile, indexer: Indexer, models: Models
) -> None:
    assert _find(search, profile, "black coffee")[0] == "https://1.example/"
    _change(indexer, models, "new")
    assert _find(search, profile, "red wine")[0] == "https://2.example/"
    assert [models.installed[name].queries for name in ("old", "new")] == [["black coffee", "red wine"], []]
    _work(indexer)
    assert _find(search, profile, "green tea")[0] == "https://0.example/"
    assert models.installed["new"].queries == ["green tea"]


def test_each_profile_is_asked_in_its_own_space(
    search: Search, profiles: Profiles, profile: Profile, indexer: Indexer, models: Models
) -> None:
    profile.paused = True
    _change(indexer, models, "new")
    other = _open(profiles, indexer, "other")
    assert _find(search, profile, "black coffee")[0] == "https://1.example/"
    assert _find(search, other, "red wine")[0] == "https://2.example/"
    assert [models.installed[name].queries for name in ("old", "new")] == [["black coffee"], ["red wine"]]


def test_a_change_in_the_middle_of_a_search_does_not_spoil_it(
    search: Search, profile: Profile, indexer: Indexer, models: Models
) -> None:
    _change(indexer, models, "new")
    old = models.installed["old"]
    real = old.embed_query

    def embed_slowly(text: str) -> NDArray[np.float32]:
        _work(indexer)
        assert profile.database.read(find_active).model_id == "new"
        return real(text)

    old.embed_query = embed_slowly  # type: ignore[method-assign]
    assert _find(search, profile, "black coffee")[0] == "https://1.example/"
    assert _find(search, profile, "red wine")[0] == "https://2.example/"
    assert (old.queries, models.installed["new"].queries) == (["black coffee"], ["red wine"])


def test_when_the_model_of_the_vectors_is_gone_the_answer_names_it_and_the_fix(
    search: Search, profile: Profile, models: Models
) -> None:
    del models.installed["old"]
    answer = search.query(profile, SearchRequest("black coffee", "hybrid-rerank"))
    assert [item.page.url for item in answer.results] == ["https://1.example/"]
    (part,) = answer.degraded
    assert (part.part, "old" in part.reason) == ("vector", True)
    assert part.fix == "Run: classify model download old"


def test_a_history_that_never_had_a_model_says_so(search: Search, profiles: Profiles) -> None:
    (part,) = search.find_degraded(profiles.open("empty"))
    assert part.reason.startswith("No embedding model is installed")


def test_after_a_deletion_no_model_remembers_a_query(
    search: Search, profile: Profile, indexer: Indexer, models: Models
) -> None:
    _find(search, profile, "black coffee")
    _change(indexer, models, "new")
    _work(indexer)
    _find(search, profile, "red wine")
    assert all(models.installed[name].queries for name in ("old", "new"))
    search.forget(profile)
    assert not any(models.installed[name].queries for name in ("old", "new"))
