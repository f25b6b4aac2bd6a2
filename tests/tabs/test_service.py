"""Tabs over a real profile: texts from the history, corrections, thresholds, and engines that fail."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.core.errors import InvalidInput, ModelLoading, ModelUnavailable, WorkerDied
from host.history.forgetting import forget
from host.storage.deletion import Selection, select_said
from host.tabs.analysis import Analysis
from host.tabs.categories import CategoryChange
from host.tabs.embedding_engine import WordEngine
from host.tabs.exchange import Tab
from host.tabs.learning import (
    correct_tab,
    list_categories,
    list_corrections,
    set_categories,
)
from host.tabs.service import Tabs
from tests.makers import add_page

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from host.core.errors import AppError
    from host.history.profiles import Profile
    from host.tabs.exchange import EngineKind, TabCategory, TabEngine
    from host.workers.client import Lane

DEV = Tab(1, "https://github.com/numpy/numpy/pulls", "Pull requests")
NEWS = Tab(2, "https://www.bbc.com/news", "BBC News")
FORUM = [Tab(number, f"https://forum.example/r/tea/{number}", f"Tea {number}") for number in range(10, 16)]


class Even:
    """An engine for which everything is as likely as everything else; keeps what it was shown."""

    kind: EngineKind = "embedding"
    model_id = "even"

    def __init__(self) -> None:
        self.shown: list[Tab] = []

    def rate(
        self,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        *,
        cancelled: threading.Event | None = None,
    ) -> NDArray[np.float64]:
        """See `TabEngine.rate`."""
        del cancelled
        self.shown += tabs
        return np.full((len(tabs), len(categories) + 1), 1 / (len(categories) + 1))


class Engines:
    """Lends words, or what a test puts here.

    Attributes:
        chosen: the engine that is lent when none is named.
        failure: what lending it ends with.
        stamp: of the model.
        names: of the categories, as it was told last.
    """

    def __init__(self) -> None:
        self.chosen: TabEngine = WordEngine()
        self.failure: AppError | None = None
        self.stamp: str | None = "model"
        self.names: list[str] = []

    @contextmanager
    def lend(
        self,
        name: str | None,
        *,
        names: Sequence[str] = (),
        wait_s: float = 0.0,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> Iterator[TabEngine]:
        """See `host.tabs.service.Engines.lend`."""
        self.names = list(names)
        del wait_s, lane, cancelled
        if name == "words":
            yield WordEngine()
            return
        if self.failure is not None:
            raise self.failure
        yield self.chosen

    def find_embedding(self, *, wait_s: float, lane: Lane) -> None:
        """There is none."""
        del wait_s, lane

    def find_stamp(self, names: Sequence[str] = ()) -> str | None:
        """See `host.tabs.service.Engines.find_stamp`."""
        self.names = list(names)
        return self.stamp

    def explain_stand_in(self, names: Sequence[str]) -> str | None:
        """See `host.tabs.service.Engines.explain_stand_in`."""
        self.names = list(names)
        return None


@pytest.fixture
def engines() -> Engines:
    return Engines()


@pytest.fixture
def tabs(engines: Engines) -> Iterator[Tabs]:
    analysis = Analysis()
    yield Tabs(engines, analysis)
    analysis.close()


def _sort(tabs: Tabs, profile: Profile, *asked: Tab) -> list[str | None]:
    return [verdict.category for verdict in tabs.categorize(profile, asked).verdicts]


def test_each_tab_has_a_verdict_with_a_reason_in_the_order_of_the_tabs(tabs: Tabs, profile: Profile) -> None:
    sorting = tabs.categorize(profile, [NEWS, DEV, Tab(3, "")])
    assert [verdict.category for verdict in sorting.verdicts] == ["news", "dev", None]
    assert (sorting.engine, sorting.model) == ("words", "words")
    for verdict in sorting.verdicts:
        assert verdict.reason.endswith(".")
        assert set(verdict.shares) == {category.key for category in sorting.categories}
        assert 0 < verdict.confidence <= 1
    assert tabs.categorize(profile, []).verdicts == ()


def test_a_tab_without_text_gets_what_the_history_has_of_its_page(
    tabs: Tabs, profile: Profile, engines: Engines
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/x", "All about tea.", "Tea"))
    engines.chosen = even = Even()
    # One id for all of them: texts go by the address.
    asked = [
        Tab(1, "https://a.example/x#part", ""),
        Tab(1, "https://a.example/x", "Own title"),
        Tab(1, "https://a.example/x", "Own title", "own text"),
        Tab(1, "https://b.example/", "Other"),
    ]
    tabs.categorize(profile, asked)
    assert [(tab.title, tab.text) for tab in even.shown] == [
        ("Tea", "All about tea."),
        ("Own title", "All about tea."),
        ("Own title", "own text"),
        ("Other", ""),
    ]


def test_the_text_of_a_site_that_is_excluded_is_not_looked_at(
    tabs: Tabs, profile: Profile, engines: Engines
) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/x", "All about tea.", "Tea"))
    engines.chosen = even = Even()
    profile.update_settings({"capture.excluded_sites": ["a.example"]})
    tabs.categorize(profile, [Tab(1, "https://a.example/x", "Own title")])
    assert [(tab.title, tab.text) for tab in even.shown] == [("Own title", "")]


def test_below_the_threshold_a_tab_stays_ungrouped_and_a_request_may_have_its_own(
    tabs: Tabs, profile: Profile, engines: Engines
) -> None:
    (verdict,) = tabs.categorize(profile, [DEV], threshold=1.0).verdicts
    assert verdict.category is None
    assert "Dev is the likeliest" in verdict.reason
    assert _sort(tabs, profile, DEV) == ["dev"]
    profile.update_settings({"tabs.threshold": 1.0})
    assert _sort(tabs, profile, DEV) == [None]
    engines.chosen = Even()
    assert tabs.categorize(profile, [DEV], threshold=0.0).verdicts[0].category is None


def test_a_correction_counts_in_the_next_answer_and_no_more_once_it_is_forgotten(
    tabs: Tabs, profile: Profile
) -> None:
    assert _sort(tabs, profile, DEV, NEWS) == ["dev", "news"]
    number = correct_tab(profile, url=DEV.url, title=DEV.title, category="Work", origin="Dev")
    sorting = tabs.categorize(profile, [DEV, NEWS])
    assert [verdict.category for verdict in sorting.verdicts] == ["work", "news"]
    assert sorting.verdicts[0].reason == "You put tabs like this into Work once."
    said = profile.database.read(lambda connection: select_said(connection, [number]))
    assert forget(profile, said).corrections == 1
    assert _sort(tabs, profile, DEV) == ["dev"]


def test_after_five_corrections_of_a_kind_the_sixth_such_tab_is_right_also_without_a_model(
    tabs: Tabs, profile: Profile
) -> None:
    *five, sixth = FORUM
    assert _sort(tabs, profile, sixth) != ["entertainment"]
    before = tabs.categorize(profile, [DEV, NEWS]).verdicts
    for tab in five:
        correct_tab(profile, url=tab.url, title=tab.title, category="Entertainment", origin=None)
    assert _sort(tabs, profile, sixth) == ["entertainment"]
    after = tabs.categorize(profile, [DEV, NEWS]).verdicts
    assert [verdict.shares for verdict in after] == [verdict.shares for verdict in before]


def test_none_of_the_categories_is_something_to_be_learned(tabs: Tabs, profile: Profile) -> None:
    correct_tab(profile, url=NEWS.url, title=NEWS.title, category=None, origin="News")
    (verdict,) = tabs.categorize(profile, [NEWS]).verdicts
    assert verdict.category is None
    assert verdict.reason == "You said that tabs like this belong into none of the categories."


def test_what_was_put_into_a_category_that_is_switched_off_belongs_nowhere_until_it_is_on_again(
    tabs: Tabs, profile: Profile
) -> None:
    correct_tab(profile, url=DEV.url, title=DEV.title, category="work", origin=None)
    set_categories(profile, [CategoryChange(name="Work", enabled=False)])
    assert _sort(tabs, profile, DEV) == [None]
    set_categories(profile, [CategoryChange(name="Work", enabled=True)])
    assert _sort(tabs, profile, DEV) == ["work"]


def test_with_every_category_switched_off_nothing_belongs_anywhere(tabs: Tabs, profile: Profile) -> None:
    set_categories(
        profile, [CategoryChange(key=each.key, enabled=False) for each, _ in list_categories(profile)]
    )
    (verdict,) = tabs.categorize(profile, [DEV]).verdicts
    assert (verdict.category, verdict.reason) == (None, "Every category is switched off.")


def test_a_site_that_a_person_names_counts(tabs: Tabs, profile: Profile) -> None:
    plain = Tab(1, "https://xqzzv.example/page", "Overview")
    assert _sort(tabs, profile, plain) != ["work"]
    set_categories(profile, [CategoryChange(name="Work", examples=("xqzzv.example",))])
    assert _sort(tabs, profile, plain) == ["work"]


@pytest.mark.parametrize("failure", [ModelUnavailable("gone"), WorkerDied("died")])
def test_when_the_chosen_model_fails_words_decide_unless_it_was_asked_for_by_name(
    tabs: Tabs, profile: Profile, engines: Engines, failure: AppError
) -> None:
    engines.failure = failure
    sorting = tabs.categorize(profile, [DEV])
    assert (sorting.engine, sorting.verdicts[0].category) == ("words", "dev")
    with pytest.raises(type(failure)):
        tabs.categorize(profile, [DEV], engine="embedding")
    with pytest.raises(type(failure)):
        tabs.categorize(profile, [DEV], lane="background")


def test_a_model_that_is_on_its_way_is_said_and_not_gone_around(
    tabs: Tabs, profile: Profile, engines: Engines
) -> None:
    engines.failure = ModelLoading("loading")
    with pytest.raises(ModelLoading):
        tabs.categorize(profile, [DEV])


def test_groups_by_category_need_no_model_and_those_by_topic_say_that_they_do(
    tabs: Tabs, profile: Profile
) -> None:
    pulls = [Tab(number, f"{DEV.url}/{number}", f"Pull request {number}") for number in range(3)]
    _, grouping = tabs.group(profile, [*pulls, Tab(9, "chrome://newtab/")], by="category")
    assert [(group.category, group.tab_ids) for group in grouping.groups] == [("dev", (0, 1, 2))]
    assert grouping.ungrouped == (9,)
    with pytest.raises(ModelUnavailable, match="embedding model"):
        tabs.group(profile, pulls, by="topic")


def test_the_stamp_changes_with_all_that_an_answer_depends_on(
    tabs: Tabs, profile: Profile, engines: Engines
) -> None:
    seen = [tabs.find_stamp(profile)]

    def changed() -> bool:
        seen.append(tabs.find_stamp(profile))
        return len(set(seen)) == len(seen)

    set_categories(profile, [CategoryChange(name="Tea", description="tea")])
    assert changed()
    set_categories(profile, [CategoryChange(name="Tea", examples=("Green tea",))])
    assert changed()
    set_categories(profile, [CategoryChange(key="own-tea", name="Green tea")])
    assert changed()
    set_categories(profile, [CategoryChange(name="News", enabled=False)])
    assert changed()
    profile.update_settings({"tabs.threshold": 0.9})
    assert changed()
    engines.stamp = "other"
    assert changed()
    set_categories(profile, [CategoryChange(key="dev", name="Code", colour="grey")])
    assert tabs.find_stamp(profile) == seen[-1]
    engines.stamp = None
    assert tabs.find_stamp(profile) is None


def test_the_engine_is_chosen_by_the_categories_that_are_switched_on(
    tabs: Tabs, profile: Profile, engines: Engines
) -> None:
    set_categories(profile, [CategoryChange(name="Tea"), CategoryChange(name="News", enabled=False)])
    for ask in (
        lambda: tabs.categorize(profile, [DEV]),
        lambda: tabs.find_stamp(profile),
        lambda: tabs.explain_stand_in(profile),
    ):
        engines.names = []
        ask()
        assert "Tea" in engines.names
        assert "News" not in engines.names


def test_corrections_are_listed_the_latest_first_and_counted_by_category(profile: Profile) -> None:
    for number, category in enumerate(("Dev", "dev", None, "none", "News")):
        correct_tab(profile, url=f"https://{number}.example/", title="", category=category, origin="gone")
    found, _, total = list_corrections(profile, limit=2, offset=1)
    assert [each.url for each in found] == ["https://3.example/", "https://2.example/"]
    assert total == 5
    assert {each.key: count for each, count in list_categories(profile) if count} == {"dev": 2, "news": 1}
    assert forget(profile, Selection(all_said=True)).corrections == 5


def test_a_correction_needs_a_tab_and_a_category_that_there_is(profile: Profile) -> None:
    with pytest.raises(InvalidInput, match="address on the web, or its title"):
        correct_tab(profile, url=" ", title="", category="Dev", origin=None)
    with pytest.raises(InvalidInput, match="Sports"):
        correct_tab(profile, url=DEV.url, title="", category="Sports", origin=None)
    assert list_corrections(profile, limit=10, offset=0)[2] == 0


@pytest.mark.parametrize(
    "url", ["data:text/html,secret", "chrome://settings", "file:///home/me/a.html", "http://[bad"]
)
def test_only_an_address_on_the_web_is_kept_of_a_correction(profile: Profile, url: str) -> None:
    with pytest.raises(InvalidInput, match="on the web"):
        correct_tab(profile, url=url, title="", category="Dev", origin=None)
    correct_tab(profile, url=url, title="A title", category="Dev", origin=None)

    assert [(each.url, each.title) for each in list_corrections(profile, limit=10, offset=0)[0]] == [
        ("", "A title")
    ]


def test_no_tabs_make_no_groups_by_topic(tabs: Tabs, profile: Profile) -> None:
    assert tabs.group(profile, [], by="topic")[1].groups == ()
