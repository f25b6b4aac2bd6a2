from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, StorageError, Timeout, WorkerDied
from host.history import indexing, job_queue
from host.history.capture import Capture, CapturedPage
from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.history.vector_work import EMBED_BATCH
from host.storage import jobs, pages, vectors
from host.storage.codes import CodeIndex
from tests.history.stand_ins import SPACE, InstantReader, WordEmbedder, died, embed_words
from tests.makers import NOON, find_active, find_unembedded, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import apsw

    from host.history.profiles import Profile, Profiles

PAGE = CapturedPage("https://a.example/", NOON, "Tea", html="<p>green tea</p><p>black tea</p>")


@pytest.fixture
def throttle() -> Throttle:
    return Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)


@pytest.fixture
def indexer(
    profiles: Profiles, profile: Profile, reader: InstantReader, embedder: WordEmbedder, throttle: Throttle
) -> Iterator[Indexer]:
    made = Indexer(profiles.opened, reader, {SPACE.model_id: embedder}.get, lambda: SPACE, throttle)
    made.prepare(profile)
    yield made
    made.stop()


def _add(profile: Profile, count: int = 1, text: str = "green tea") -> None:
    capture = Capture(InstantReader())
    for number in range(count):
        page = replace(PAGE, url=f"https://{number}.example/", html=f"<p>{text} {number}</p>")
        assert capture.capture(profile, page).status in {"stored", "updated"}


def _queued(profile: Profile) -> dict[tuple[str, str], int]:
    return {(found.kind, found.state): found.count for found in profile.database.read(jobs.count_jobs)}


def _work(indexer: Indexer) -> None:
    while indexer.run_once():
        pass


def _nearest(profile: Profile, text: str) -> list[tuple[int, int | None]]:
    query = embed_words(text)

    def read(connection: apsw.Connection) -> list[vectors.VectorHit]:
        comparison = vectors.compare_codes(connection, CodeIndex(), find_active(connection), query)
        assert comparison is not None
        return vectors.search_vectors(connection, comparison, 100)

    return [(hit.page_id, hit.chunk_id) for hit in profile.database.read(read)]


def test_every_passage_and_every_page_gets_a_vector_and_the_queue_runs_empty(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder
) -> None:
    Capture(InstantReader()).capture(profile, PAGE)
    _work(indexer)
    assert _queued(profile) == {}
    assert profile.database.read(find_unembedded) == []
    assert len(_nearest(profile, "tea")) == 3
    assert any("Tea" in text and "black tea" in text for text in embedder.texts)


def test_a_page_known_by_name_only_is_found_by_its_title(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder
) -> None:
    Capture(InstantReader()).visit(profile, replace(PAGE, html=None))
    _work(indexer)
    assert [chunk for _, chunk in _nearest(profile, "tea")] == [None]
    assert embedder.texts == ["Tea\na example"]


def test_a_raw_page_is_read_and_then_embedded(
    indexer: Indexer, profile: Profile, reader: InstantReader
) -> None:
    reader.ready = False
    Capture(reader).capture(profile, PAGE)
    _work(indexer)
    page = profile.database.read(lambda c: pages.read_page(c, url=PAGE.url))
    assert page is not None
    assert (page.title, page.content_text) == ("Tea", "green tea\nblack tea")
    assert _queued(profile) == {}
    assert len(_nearest(profile, "tea")) == 3


def test_a_raw_page_that_was_read_before_takes_its_new_title_from_itself(
    indexer: Indexer, profile: Profile, reader: InstantReader
) -> None:
    Capture(reader).capture(profile, PAGE)
    reader.ready = False
    later = replace(PAGE, visited_at=NOON + 5, title="Coffee", html="<title>Coffee</title><p>coffee</p>")
    Capture(reader).capture(profile, later)
    _work(indexer)
    page = profile.database.read(lambda c: pages.read_page(c, url=PAGE.url))
    assert page is not None
    assert (page.title, page.content_text) == ("Coffee", "coffee")


def test_only_passages_that_changed_are_embedded_again(
    indexer: Indexer, profile: Profile, reader: InstantReader, embedder: WordEmbedder
) -> None:
    Capture(reader).capture(profile, PAGE)
    _work(indexer)
    embedder.texts.clear()
    Capture(reader).capture(profile, replace(PAGE, visited_at=NOON + 5, html="<p>green tea</p><p>coffee</p>"))
    _work(indexer)
    passages = [text for text in embedder.texts if text.count("tea") + text.count("coffee") == 1]
    assert len(passages) == 1
    assert "coffee" in passages[0]
    assert len(embedder.texts) == 2


def test_a_page_that_changes_while_it_is_embedded_gets_the_vector_of_its_new_text(
    indexer: Indexer, profile: Profile, reader: InstantReader, embedder: WordEmbedder
) -> None:
    capture = Capture(reader)
    capture.capture(profile, PAGE)

    def change(_: Sequence[str]) -> None:
        embedder.before = lambda _: None
        capture.capture(profile, replace(PAGE, visited_at=NOON + 5, title="Wine", html="<p>red wine</p>"))

    embedder.before = change
    _work(indexer)
    assert _queued(profile) == {}
    whole = [page for page, chunk in _nearest(profile, "Wine red wine") if chunk is None]
    assert len(whole) == 1
    query = embed_words("Wine\nred wine")

    def read(connection: apsw.Connection) -> float:
        comparison = vectors.compare_codes(connection, CodeIndex(), find_active(connection), query)
        assert comparison is not None
        hits = vectors.search_vectors(connection, comparison, 10)
        return next(hit.cosine for hit in hits if hit.chunk_id is None)

    assert profile.database.read(read) == pytest.approx(1.0, abs=1e-4)


def test_a_page_deleted_while_it_is_embedded_leaves_no_vector(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder
) -> None:
    _add(profile, 3)

    def delete(_: Sequence[str]) -> None:
        profile.database.write(lambda c: pages.delete_pages(c, profile.database.features, [1, 2]))

    embedder.before = delete
    _work(indexer)
    assert {page for page, _ in _nearest(profile, "tea")} == {3}


def test_a_dead_worker_costs_no_job(indexer: Indexer, profile: Profile, embedder: WordEmbedder) -> None:
    _add(profile, 5)

    def die(_: Sequence[str]) -> None:
        embedder.before = lambda _: None
        raise died()

    embedder.before = die
    with pytest.raises(WorkerDied):
        indexer.run_once()
    assert _queued(profile) == {(jobs.EMBED, "queued"): 5}
    _work(indexer)
    assert _queued(profile) == {}


def test_a_page_that_kills_the_worker_each_time_is_given_up_and_its_neighbours_are_not(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(profile, 6)
    _add(profile, 1, "deadly")
    now = NOON
    monkeypatch.setattr(job_queue, "now_ms", lambda: now)

    def die(texts: Sequence[str]) -> None:
        if any("deadly" in text for text in texts):
            raise died()

    embedder.before = die
    for _ in range(60):
        now += 10_000_000
        try:
            if not indexer.run_once():
                break
        except WorkerDied:
            continue
    assert _queued(profile) == {(jobs.EMBED, "failed"): 1}
    assert {page for page, _ in _nearest(profile, "tea")} == {2, 3, 4, 5, 6}


def test_a_model_that_cannot_embed_a_page_makes_it_wait_and_try_again(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder
) -> None:
    _add(profile)

    def fail(_: Sequence[str]) -> None:
        message = "It took too long."
        raise Timeout(message)

    embedder.before = fail
    assert indexer.run_once()
    assert not indexer.run_once()
    assert _queued(profile) == {(jobs.EMBED, "queued"): 1}
    assert profile.database.read(jobs.count_jobs)[0].error == "timeout"


def test_a_full_disk_leaves_no_job_behind_that_nobody_runs(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder
) -> None:
    _add(profile, 40)

    def set_room(count: int) -> None:
        profile.database.maintain(lambda c: c.execute(f"PRAGMA max_page_count={count:d}").fetchall())

    embedder.before = lambda _: set_room(1)
    with pytest.raises(StorageError):
        _work(indexer)
    embedder.before = lambda _: None
    set_room(100_000)
    _work(indexer)
    assert _queued(profile) == {}
    assert profile.database.read(find_unembedded) == []


def test_a_resting_worker_is_left_alone(indexer: Indexer, profile: Profile, embedder: WordEmbedder) -> None:
    _add(profile)
    embedder.resting = True
    assert not indexer.run_once()
    embedder.resting = False
    assert indexer.run_once()


def test_a_paused_profile_is_left_alone_even_in_the_middle_of_a_batch(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder
) -> None:
    _add(profile, EMBED_BATCH)
    profile.paused = True
    assert not indexer.run_once()
    profile.paused = False

    def pause(_: Sequence[str]) -> None:
        profile.paused = True

    embedder.before = pause
    indexer.run_once()
    assert len(embedder.texts) == EMBED_BATCH
    assert _queued(profile) == {(jobs.EMBED, "queued"): EMBED_BATCH}
    profile.paused = False
    embedder.before = lambda _: None
    _work(indexer)
    # What was embedded before the pause is not embedded again.
    assert len(embedder.texts) == 2 * EMBED_BATCH
    assert _queued(profile) == {}


def test_without_a_model_raw_pages_are_still_read(
    profiles: Profiles, profile: Profile, reader: InstantReader, throttle: Throttle
) -> None:
    indexer = Indexer(profiles.opened, reader, throttle=throttle)
    indexer.prepare(profile)
    reader.ready = False
    Capture(reader).capture(profile, PAGE)
    _work(indexer)
    assert _queued(profile) == {(jobs.EMBED, "queued"): 1}
    page = profile.database.read(lambda c: pages.read_page(c, url=PAGE.url))
    assert page is not None
    assert page.content_text


def test_pages_stored_before_there_was_a_model_are_queued_when_there_is_one(
    profiles: Profiles, profile: Profile, reader: InstantReader, embedder: WordEmbedder, throttle: Throttle
) -> None:
    _add(profile, 3)
    profile.database.write(lambda c: c.execute("DELETE FROM jobs"))
    indexer = Indexer(profiles.opened, reader, {SPACE.model_id: embedder}.get, lambda: SPACE, throttle)
    indexer.prepare(profile)
    _work(indexer)
    assert len(_nearest(profile, "tea")) == 6


def test_the_thread_works_when_it_is_woken_and_survives_what_goes_wrong(
    indexer: Indexer, profile: Profile, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "ERROR_WAIT_S", 0.01)
    failures: list[Callable[[], None]] = []

    def fail_once(_: Sequence[str]) -> None:
        if not failures:
            failures.append(lambda: None)
            message = "no person's words here"
            raise RuntimeError(message)

    embedder.before = fail_once
    indexer.start()
    _add(profile, 3)
    indexer.wake()
    wait_until(lambda: _queued(profile) == {}, "the queue runs empty")
    assert failures


def test_stopping_does_not_wait_for_the_person_who_is_typing(
    profiles: Profiles, profile: Profile, reader: InstantReader, embedder: WordEmbedder
) -> None:
    clock = 100.0
    throttle = Throttle(on_battery=lambda: True, load_percent=lambda: 100.0, clock=lambda: clock)
    indexer = Indexer(profiles.opened, reader, {SPACE.model_id: embedder}.get, lambda: SPACE, throttle)
    indexer.prepare(profile)
    _add(profile, 3)
    indexer.yield_to_person()
    indexer.start()
    wait_until(lambda: (jobs.EMBED, "running") in _queued(profile), "the work has begun")
    stopper = threading.Thread(target=indexer.stop)
    stopper.start()
    stopper.join(5)
    assert not stopper.is_alive()
    assert embedder.texts == []
    assert _queued(profile) == {(jobs.EMBED, "queued"): 3}


def test_an_invalid_profile_name_opens_nothing(profiles: Profiles) -> None:
    with pytest.raises(InvalidInput):
        profiles.open("../../etc")
    assert profiles.opened() == []
