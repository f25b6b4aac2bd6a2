from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import Cancelled, ModelLoading
from host.search.exchange import SearchRequest
from host.search.query_models import WAITERS
from host.search.service import Search
from host.storage import pages
from host.storage.filters import PageFilter
from host.storage.vector_spaces import VectorSpace, choose_space
from tests.makers import NOON, WAIT_S, add_page, put_category, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from host.core.settings import SearchMode
    from host.history.profiles import Profile


class LoadingModel:
    """A model that does not get ready."""

    def __init__(self) -> None:
        self.asked = 0
        self._never = threading.Event()

    @property
    def resting(self) -> bool:
        return False

    def wait_ready(self, timeout: float) -> bool:
        self.asked += 1
        return self._never.wait(timeout)

    def embed_query(self, _text: str) -> NDArray[np.float32]:
        message = "The embedding model is loading."
        raise ModelLoading(message)

    def forget_queries(self) -> None:
        pass


@pytest.fixture
def search() -> Iterator[Search]:
    made = Search()
    yield made
    made.close()


def _add(profile: Profile, url: str, text: str) -> None:
    profile.database.write(lambda connection: add_page(connection, url, text))


def _find(
    search: Search, profile: Profile, query: str, mode: SearchMode = "text", **more: object
) -> list[str]:
    answer = search.query(profile, SearchRequest(query, mode, **more))  # type: ignore[arg-type]
    return [item.page.url for item in answer.results]


def test_a_refused_word_is_refused_also_where_nothing_else_is_asked_for(
    search: Search, profile: Profile
) -> None:
    profile.database.write(lambda c: add_page(c, "https://x.example/cats", "furry cats purr"))
    profile.database.write(lambda c: add_page(c, "https://x.example/dogs", "loyal dogs bark"))
    for query in ("-cats", "site:x.example -cats", 'site:x.example -"furry cats"'):
        assert _find(search, profile, query) == ["https://x.example/dogs"], query


@pytest.mark.parametrize("mode", ["text", "hybrid-rerank", "hybrid-rrf"])
def test_every_page_that_holds_the_word_can_be_reached_by_paging(
    search: Search, profile: Profile, mode: SearchMode
) -> None:
    for number in range(150):
        _add(profile, f"https://x.example/{number}", f"teapot {number} " * (number + 1))
    seen = [
        url for offset in range(0, 200, 25) for url in _find(search, profile, "teapot", mode, offset=offset)
    ]
    assert len(seen) == len(set(seen)) == 150
    assert search.query(profile, SearchRequest("teapot", mode)).total == 150


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("https://github.com/github/docs", "github.com/github/docs"),
        ("https://api.example.com/v2/users/list", "/v2/users"),
        ("https://api.example.com/v2/users/list", "api.example.com/v2/users/list"),
        ("https://api.example.com/v2/users/list", "https://api.example.com/v2/users/list"),
        ("https://www.diary.example/2024/01/01/tea", "2024/01/01"),
        ("https://www.diary.example/2024/01/01/tea", "https://www.diary.example/2024"),
        ("https://docs.example.com/getStarted/installGuide", "docs.example.com/getStarted/installGuide"),
        ("https://docs.example.com/getStarted/installGuide", "install guide"),
        ("https://reddit.com/r/python/comments/abc123/python_tips", "r/python/comments/abc123/python_tips"),
        ("https://de.wiki.example/wiki/M%C3%BCnchen", "wiki/München"),
    ],
)
def test_a_piece_of_an_address_finds_its_page(search: Search, profile: Profile, url: str, query: str) -> None:
    profile.database.write(lambda c: add_page(c, "https://other.example/", "nothing of the kind"))
    profile.database.write(lambda c: add_page(c, url, "text"))
    assert _find(search, profile, query)[:1] == [url]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("箱根は温泉で有名な町です", "箱根の温泉"),
        ("日本の温泉には長い歴史がある", "日本の温泉の歴史について"),
        ("龙井茶在春天采摘", "龙井茶怎么采摘"),
        ("杭州出产绿茶", "绿茶杭州"),
    ],
)
def test_a_question_in_a_script_without_spaces_finds_its_page(
    search: Search, profile: Profile, text: str, query: str
) -> None:
    profile.database.write(lambda c: add_page(c, "https://other.example/", "全く別の話", "別"))
    profile.database.write(lambda c: add_page(c, "https://right.example/", text))
    assert _find(search, profile, query)[:1] == ["https://right.example/"]


def test_the_filter_of_the_request_and_the_site_in_the_query_both_hold(
    search: Search, profile: Profile
) -> None:
    for site in ("a.example", "b.example"):
        _add(profile, f"https://{site}/x", "tea")
    narrow = PageFilter(sites=("a.example",))
    assert _find(search, profile, "tea site:b.example", page_filter=narrow) == []
    assert _find(search, profile, "tea", page_filter=narrow) == ["https://a.example/x"]


@pytest.mark.parametrize(
    ("query", "narrow", "expected"),
    [
        ("tea category:dev", {}, {"code"}),
        ("tea category:Dev category:news", {}, {"code", "paper"}),
        ("tea -category:dev", {}, {"paper", "none"}),
        ("tea -category:dev -category:news", {}, {"none"}),
        ("tea category:dev", {"categories": ("news",)}, set()),
        ("tea category:news", {"categories": ("news", "dev")}, {"paper"}),
        ("tea", {"categories": ("news",)}, {"paper"}),
        ("tea", {"categories": ("shopping",)}, set()),
        ("category:dev", {}, {"code"}),
        ("tea category:nonsense", {}, {"code", "paper", "none"}),
        ("tea category:dev site:paper.example", {}, set()),
        ("tea category:dev", {"language": "de"}, set()),
    ],
)
def test_a_category_narrows_by_the_query_and_by_the_request(
    search: Search, profile: Profile, query: str, narrow: dict[str, Any], expected: set[str]
) -> None:
    for name, category in (("code", "dev"), ("paper", "news"), ("none", None)):
        _add(profile, f"https://{name}.example/", "tea")
        profile.database.write(
            lambda c, category=category: put_category(c, pages.find_newest(c, PageFilter(), 1), category)  # type: ignore[misc]
        )
    found = search.query(profile, SearchRequest(query, "text", page_filter=PageFilter(**narrow))).results
    assert {item.page.domain.partition(".")[0] for item in found} == expected
    shown = {"code": "Dev", "paper": "News", "none": None}
    assert {item.category for item in found} == {shown[name] for name in expected}


def test_a_site_with_a_path_means_the_pages_below_it(search: Search, profile: Profile) -> None:
    for path in ("nobody/tea", "somebody/tea"):
        _add(profile, f"https://code.example/{path}", "tea")
    assert _find(search, profile, "tea site:code.example/nobody") == ["https://code.example/nobody/tea"]


def test_a_misspelt_word_is_searched_for_as_it_was_meant_and_named_in_full(
    search: Search, profile: Profile
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/", "Orchids need little water."))
    answer = search.query(profile, SearchRequest("orchyds ", "text"))
    assert [item.page.url for item in answer.results] == ["https://a.example/"]
    assert answer.corrected == (("orchyds", "orchids"),)


def test_the_beginning_of_a_known_word_is_not_taken_for_a_misspelling(
    search: Search, profile: Profile
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/", "A warmer kitchen with glass ware."))
    answer = search.query(profile, SearchRequest("warm kitchen ", "text"))
    assert [item.page.url for item in answer.results] == ["https://a.example/"]
    assert answer.corrected == ()


def test_a_date_that_is_the_subject_does_not_hide_the_page_about_it(search: Search, profile: Profile) -> None:
    text = "The stock index reached its all-time high on 20 November."
    profile.database.write(lambda c: add_page(c, "https://a.example/", text, at=NOON))
    answer = search.query(profile, SearchRequest("index all-time high on november 20", "text"))
    assert [item.page.url for item in answer.results] == ["https://a.example/"]
    assert answer.ignored_dates


def test_a_date_that_counts_from_now_always_narrows(search: Search, profile: Profile) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/", "tea", at=NOON))
    for query in ("tea yesterday", "tea last week", "tea two weeks ago", "tea last year"):
        answer = search.query(profile, SearchRequest(query, "text"))
        assert (answer.results, answer.ignored_dates) == ([], ()), query


def test_few_searches_wait_for_a_loading_model_and_the_others_answer_by_words_at_once(
    profile: Profile,
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/", "tea"))
    profile.database.write(lambda c: choose_space(c, VectorSpace("loading", 8)))
    model = LoadingModel()
    search = Search({"loading": model}.get)
    cancelled = threading.Event()

    def check_cancelled() -> None:
        if cancelled.is_set():
            message = "cancelled"
            raise Cancelled(message)

    def wait() -> None:
        with pytest.raises(Cancelled):
            search.query(profile, SearchRequest("tea", "hybrid-rerank", wait_s=3600), check_cancelled)

    waiting = [threading.Thread(target=wait) for _ in range(WAITERS)]
    for thread in waiting:
        thread.start()
    wait_until(lambda: model.asked >= 2 * WAITERS, "both to wait")
    answer = search.query(profile, SearchRequest("tea", "hybrid-rerank", wait_s=3600))
    assert [item.page.url for item in answer.results] == ["https://a.example/"]
    assert [(part.part, part.loading) for part in answer.degraded] == [("vector", True)]
    cancelled.set()
    for thread in waiting:
        thread.join(WAIT_S)
    assert not any(thread.is_alive() for thread in waiting)
    search.close()
