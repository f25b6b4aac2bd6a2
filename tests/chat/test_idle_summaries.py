from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.chat.idle_summaries import IdleSummaries
from host.chat.summaries import NOBODY, Summaries
from host.core.errors import ModelLoading, Timeout
from host.history import job_queue
from host.history.forgetting import forget, select
from host.storage import jobs
from host.storage.summaries import StoredSummary, forget_summaries
from tests.chat.summary_world import ARTICLE, Embedder, find_summary, make_models, read_page
from tests.makers import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.history.profiles import Profile


@pytest.fixture
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
def idle(embedder: Embedder) -> IdleSummaries:
    return IdleSummaries(Summaries(make_models(embedder)))


def _queued(profile: Profile) -> dict[tuple[str, str], int]:
    counts = profile.database.read(jobs.count_jobs)
    return {(one.kind, one.state): one.count for one in counts if one.kind == jobs.SUMMARISE}


def _work(idle: IdleSummaries, profile: Profile) -> int:
    done = 0
    while idle.advance(profile):
        done += 1
    return done


def test_every_page_that_was_read_gets_a_summary_one_at_a_time(idle: IdleSummaries, profile: Profile) -> None:
    page_ids = [read_page(profile, number=number) for number in range(3)]
    # One look for pages, and one step a page.
    assert _work(idle, profile) == 4
    for page_id in page_ids:
        summary = find_summary(profile, page_id)
        assert summary is not None
        assert summary.text
        assert summary.model == "bag"
    assert _queued(profile) == {}


def test_a_page_without_sentences_is_looked_at_once(
    idle: IdleSummaries, profile: Profile, embedder: Embedder
) -> None:
    page_id = read_page(profile, "Login\nHelp")
    _work(idle, profile)
    assert find_summary(profile, page_id) == StoredSummary(None, NOBODY)
    assert not idle.advance(profile)
    assert embedder.lanes == []


def test_a_page_that_says_something_else_is_summarised_again(idle: IdleSummaries, profile: Profile) -> None:
    page_id = read_page(profile)
    _work(idle, profile)
    first = find_summary(profile, page_id)
    read_page(profile, "Coffee beans are roasted before they are ground and brewed.", "Coffee")
    _work(idle, profile)
    second = find_summary(profile, page_id)
    assert second != first
    assert second is not None
    assert second.text is not None
    assert "Coffee" in second.text


def test_nothing_is_summarised_unasked_where_that_is_not_wanted(
    idle: IdleSummaries, profile: Profile
) -> None:
    page_id = read_page(profile)
    profile.update_settings({"summaries.when": "asked"})
    assert not idle.advance(profile)
    assert _queued(profile) == {}
    profile.update_settings({"summaries.when": "idle"})
    _work(idle, profile)
    assert find_summary(profile, page_id) != StoredSummary(None, None)


def test_nothing_is_summarised_while_people_ask_nor_before_there_is_a_model(
    profile: Profile, embedder: Embedder
) -> None:
    read_page(profile)
    assert not IdleSummaries(Summaries(make_models(embedder)), lambda: False).advance(profile)
    assert not IdleSummaries(Summaries(make_models())).advance(profile)
    assert _queued(profile) == {}


def test_a_person_interrupts_the_page_under_way_and_it_is_taken_up_again(
    idle: IdleSummaries, profile: Profile, embedder: Embedder
) -> None:
    page_id = read_page(profile)
    embedder.before = lambda _texts: idle.interrupt()
    assert idle.advance(profile)
    assert not idle.advance(profile)
    assert _queued(profile) == {(jobs.SUMMARISE, "queued"): 1}
    assert find_summary(profile, page_id) == StoredSummary(None, None)
    embedder.before = lambda _texts: None
    assert _work(idle, profile) == 1
    assert find_summary(profile, page_id) != StoredSummary(None, None)


def test_a_model_that_is_loading_costs_no_page_its_turn(
    idle: IdleSummaries, profile: Profile, embedder: Embedder
) -> None:
    read_page(profile)

    def load(_texts: Sequence[str]) -> None:
        message = "It is loading."
        raise ModelLoading(message)

    embedder.before = load
    assert _work(idle, profile) == 1
    assert _queued(profile) == {(jobs.SUMMARISE, "queued"): 1}
    (count,) = [one for one in profile.database.read(jobs.count_jobs) if one.kind == jobs.SUMMARISE]
    assert count.error is None


def test_a_page_that_fails_each_time_is_given_up_and_the_others_are_not(
    idle: IdleSummaries, profile: Profile, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = read_page(profile, ARTICLE.replace("tea", "deadly tea"), number=1)
    good = read_page(profile, number=2)
    now = NOON
    monkeypatch.setattr(job_queue, "now_ms", lambda: now)

    def fail(texts: Sequence[str]) -> None:
        if any("deadly" in text for text in texts):
            message = "It took too long."
            raise Timeout(message)

    embedder.before = fail
    for _ in range(3 * jobs.MAX_ATTEMPTS):
        now += 10_000_000
        idle.advance(profile)
    assert _queued(profile) == {(jobs.SUMMARISE, "failed"): 1}
    assert find_summary(profile, bad) == StoredSummary(None, None)
    assert find_summary(profile, good) != StoredSummary(None, None)
    assert not idle.advance(profile)


def test_a_page_deleted_before_its_turn_leaves_nothing(idle: IdleSummaries, profile: Profile) -> None:
    read_page(profile)
    assert idle.advance(profile)
    forget(profile, select(everything=True))
    assert not idle.advance(profile)
    assert _queued(profile) == {}


def test_summaries_that_were_forgotten_are_made_anew(idle: IdleSummaries, profile: Profile) -> None:
    page_id = read_page(profile)
    _work(idle, profile)
    before = find_summary(profile, page_id)
    profile.database.write(forget_summaries)
    assert find_summary(profile, page_id) == StoredSummary(None, None)
    _work(idle, profile)
    assert find_summary(profile, page_id) == before


def test_nothing_is_begun_any_more_once_it_is_closed(idle: IdleSummaries, profile: Profile) -> None:
    read_page(profile)
    assert idle.advance(profile)
    idle.close()
    assert not idle.advance(profile)
    assert _queued(profile) == {(jobs.SUMMARISE, "queued"): 1}
