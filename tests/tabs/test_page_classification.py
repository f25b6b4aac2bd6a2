from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import Cancelled, DiskFull, ModelLoading, WorkerDied
from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.storage import page_categories, pages
from host.storage.page_categories import CategoryCounts
from host.tabs.exchange import Tab, Verdict
from host.tabs.page_classification import BATCH, PageClassification
from tests.history.stand_ins import InstantReader
from tests.makers import NOON, add_page, make_content, wait_until

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from host.history.profiles import Profile, Profiles


class Sorter:
    """Sorts by a word of the title, as the tabs service does by a model.

    Attributes:
        stamp: for the model and the categories; None while there is no model.
        batches: the titles of each call.
        before: called with each batch; may raise.
    """

    def __init__(self) -> None:
        self.stamp: str | None = "first"
        self.batches: list[list[str]] = []
        self.before: Callable[[Sequence[Tab]], None] = lambda _tabs: None

    def categorise(self, profile: Profile, tabs: Sequence[Tab], cancelled: threading.Event) -> list[Verdict]:
        del profile
        self.batches.append([tab.title for tab in tabs])
        self.before(tabs)
        if cancelled.is_set():
            raise Cancelled("A person came.")
        return [self._judge(tab) for tab in tabs]

    def current_stamp(self, profile: Profile) -> str | None:
        del profile
        return self.stamp

    def _judge(self, tab: Tab) -> Verdict:
        category = "dev" if "code" in f"{tab.title} {tab.text}" else None
        return Verdict(category, 0.8, {}, "")


@pytest.fixture
def sorter() -> Sorter:
    return Sorter()


@pytest.fixture
def work(sorter: Sorter) -> PageClassification:
    return PageClassification(sorter.categorise, sorter.current_stamp)


def _add(profile: Profile, count: int, title: str = "code") -> list[int]:
    return profile.database.write(
        lambda c: [
            add_page(c, f"https://{n}.example/", f"text {n}", f"{title} {n}", NOON + n) for n in range(count)
        ]
    )


def _finish(work: PageClassification, profile: Profile) -> int:
    done = 0
    while work.advance(profile):
        done += 1
    return done


def _counts(profile: Profile) -> CategoryCounts:
    return profile.database.read(page_categories.count_categories)


def test_every_page_is_looked_at_once_those_visited_last_first(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, BATCH + 5)
    assert _finish(work, profile) == 2
    assert sorter.batches[0] == [f"code {n}" for n in range(BATCH + 4, 4, -1)]
    assert len(sorter.batches[1]) == 5
    assert _counts(profile) == CategoryCounts(BATCH + 5, {"dev": BATCH + 5})
    assert not work.advance(profile)


def test_the_beginning_of_the_text_counts_and_a_page_of_no_category_is_done_too(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/", "all about code", "A"))
    profile.database.write(lambda c: add_page(c, "https://b.example/", "all about tea", "B"))
    _finish(work, profile)
    assert _counts(profile) == CategoryCounts(2, {"dev": 1})
    assert len(sorter.batches) == 1


def test_another_model_or_other_categories_look_at_all_pages_again(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 3)
    _finish(work, profile)
    sorter.stamp = "second"
    assert _finish(work, profile) == 1
    assert [len(batch) for batch in sorter.batches] == [3, 3]


def test_a_page_that_says_something_else_is_looked_at_again(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    first, *_ = _add(profile, 3)
    _finish(work, profile)
    profile.database.write(lambda c: pages.store_content(c, first, make_content("tea", "tea"), NOON))
    _finish(work, profile)
    assert sorter.batches[1:] == [["tea"]]
    assert _counts(profile).by_category == {"dev": 2}


def test_a_correction_has_the_pages_of_its_site_looked_at_again_and_no_others(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 3)
    _finish(work, profile)
    assert work.reconsider_site(profile, "https://www.2.example/other?page=1") == 1
    assert work.reconsider_site(profile, "chrome://settings") == 0
    _finish(work, profile)
    assert sorter.batches[1:] == [["code 2"]]


def test_whether_there_is_anything_to_do_is_said_without_doing_it(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    assert not work.is_waiting(profile)
    _add(profile, 1)
    assert work.is_waiting(profile)
    assert sorter.batches == []
    profile.update_settings({"pages.categorize": False})
    assert not work.is_waiting(profile)
    profile.update_settings({"pages.categorize": True})
    _finish(work, profile)
    assert not work.is_waiting(profile)
    sorter.stamp = None
    assert not work.is_waiting(profile)


def test_without_a_model_or_where_it_is_not_wished_nothing_is_read(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 1)
    sorter.stamp = None
    assert not work.advance(profile)
    sorter.stamp = "first"
    profile.update_settings({"pages.categorize": False})
    assert not work.advance(profile)
    assert sorter.batches == []
    profile.update_settings({"pages.categorize": True})
    assert work.advance(profile)


def test_a_person_interrupts_the_pages_under_way_and_they_are_taken_up_again(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 3)
    sorter.before = lambda _tabs: work.interrupt()
    assert not work.advance(profile)
    assert _counts(profile).looked_at == 0
    sorter.before = lambda _tabs: None
    assert work.advance(profile)
    assert _counts(profile).looked_at == 3


def test_a_model_that_is_loading_costs_no_page_its_turn(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 3)

    def load(_tabs: Sequence[Tab]) -> None:
        raise ModelLoading("It loads.")

    sorter.before = load
    assert not work.advance(profile)
    sorter.before = lambda _tabs: None
    _finish(work, profile)
    assert _counts(profile).looked_at == 3


def test_a_page_that_kills_the_model_is_left_out_and_no_other(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 20)

    def die(tabs: Sequence[Tab]) -> None:
        if any(tab.title == "code 7" for tab in tabs):
            raise WorkerDied("It died.")

    sorter.before = die
    for _ in range(2):
        _finish(work, profile)
    assert _counts(profile).looked_at == 19
    tries = len(sorter.batches)
    assert not work.advance(profile)
    assert len(sorter.batches) == tries


def test_a_model_that_always_fails_is_asked_once_at_a_time_and_blames_no_page_for_good(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 4)

    def die(_tabs: Sequence[Tab]) -> None:
        raise WorkerDied("It died.")

    sorter.before = die
    assert _finish(work, profile) == 2
    assert [len(batch) for batch in sorter.batches] == [4, 2, 1]
    assert _counts(profile).looked_at == 0
    anew = Sorter()
    _finish(PageClassification(anew.categorise, anew.current_stamp), profile)
    assert _counts(profile).looked_at == 4


def test_a_full_disk_is_told_to_who_waits_for_it(
    work: PageClassification, sorter: Sorter, profile: Profile
) -> None:
    _add(profile, 1)

    def fill(_tabs: Sequence[Tab]) -> None:
        raise DiskFull("No room.")

    sorter.before = fill
    with pytest.raises(DiskFull):
        work.advance(profile)


def test_once_closed_nothing_is_begun(work: PageClassification, sorter: Sorter, profile: Profile) -> None:
    _add(profile, 1)
    work.close()
    assert not work.advance(profile)
    assert sorter.batches == []


def test_a_page_that_was_captured_gets_its_category_from_the_indexer(
    work: PageClassification, profiles: Profiles, profile: Profile
) -> None:
    throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    indexer = Indexer(profiles.opened, InstantReader(), throttle=throttle, light_work=work)
    indexer.start()
    try:
        _add(profile, 2)
        indexer.wake()
        wait_until(lambda: _counts(profile).looked_at == 2, "both have a category")
    finally:
        indexer.stop()
    assert _counts(profile).by_category == {"dev": 2}
