"""Changing the embedding model of a history that is in use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable, StorageError, WorkerDied
from host.history import job_queue, vector_work
from host.history.capture import Capture, CapturedPage
from host.history.indexing import Indexer
from host.history.library import delete_pages
from host.history.profiles import Profiles
from host.history.throttle import Throttle
from host.history.vector_work import EMBED_BATCH
from host.storage import jobs, vector_gaps, vector_spaces, vectors
from host.storage.statistics import Reindexing, count_rows
from tests.history.stand_ins import InstantReader, Models, died, embed_words
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import apsw

    from host.core.paths import Paths
    from host.history.profiles import Profile
    from host.storage.vector_spaces import StoredSpace

PAGES = 40


@pytest.fixture
def models() -> Models:
    """Three of them; the first is wanted."""
    made = Models(old=64, new=96, third=32)
    made.want("old")
    return made


def _make_indexer(profiles: Profiles, models: Models) -> Indexer:
    throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    return Indexer(profiles.opened, InstantReader(), models.find, lambda: models.wanted, throttle)


@pytest.fixture
def indexer(profiles: Profiles, profile: Profile, models: Models) -> Iterator[Indexer]:
    """One that has made the vectors of some pages with the first model."""
    made = _make_indexer(profiles, models)
    made.prepare(profile)
    _add(profile, range(PAGES))
    _work(made)
    models.installed["old"].texts.clear()
    yield made
    made.stop()


def _add(profile: Profile, numbers: Sequence[int], text: str = "green tea") -> None:
    capture = Capture(InstantReader())
    for number in numbers:
        html = f"<p>{text} {number}</p>"
        page = CapturedPage(f"https://{number}.example/", NOON + number, f"Page {number}", html=html)
        assert capture.capture(profile, page).status in {"stored", "updated"}


def _work(indexer: Indexer) -> None:
    while indexer.run_once():
        pass


def _choose(indexer: Indexer, models: Models, model_id: str) -> bool:
    models.want(model_id)
    return indexer.apply_choice()


def _roles(profile: Profile) -> dict[str, str]:
    return {space.model_id: space.role for space in profile.database.read(vector_spaces.read_spaces)}


def _queued(profile: Profile) -> dict[tuple[str, str], int]:
    return {(found.kind, found.state): found.count for found in profile.database.read(jobs.count_jobs)}


def _gaps(profile: Profile) -> list[int]:
    return profile.database.read(lambda c: vector_gaps.find_gaps(c, find_active(c)))


def _answer(profile: Profile, text: str, limit: int = 1000) -> set[int]:
    """The pages that the space that serves finds near to a text."""

    def read(connection: apsw.Connection) -> set[int]:
        space = find_active(connection)
        query = embed_words(text, space.dimensions)
        comparison = vectors.compare_codes(connection, profile.codes, space, query)
        assert comparison is not None
        return {hit.page_id for hit in vectors.search_vectors(connection, comparison, limit)}

    return profile.database.read(read)


def test_the_former_vectors_answer_until_those_of_the_new_model_are_complete(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    everything = set(range(1, PAGES + 1))
    seen: list[str] = []

    def look(_: Sequence[str]) -> None:
        assert _answer(profile, "green tea") == everything
        seen.append(profile.database.read(find_active).model_id)

    models.installed["new"].before = look
    assert _choose(indexer, models, "new")
    _work(indexer)
    assert set(seen) == {"old"}
    assert _roles(profile) == {"old": "kept", "new": "active"}
    assert _answer(profile, "green tea") == everything
    assert (_gaps(profile), _queued(profile)) == ([], {})
    assert len(models.installed["new"].texts) == 2 * PAGES
    assert models.installed["old"].texts == []


def test_what_was_just_read_is_found_at_once_and_is_in_the_new_space_too(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    order: list[tuple[str, bool]] = []

    def note(name: str, texts: Sequence[str]) -> None:
        order.append((name, any("rooibos" in text for text in texts)))

    for name in ("old", "new"):
        models.installed[name].before = partial(note, name)
    _choose(indexer, models, "new")
    assert indexer.run_once()
    assert indexer.run_once()
    _add(profile, [100], "rooibos")
    _work(indexer)
    assert [name for name, fresh in order if fresh] == ["old", "new"]
    fresh_in_old = order.index(("old", True))
    assert {name for name, _ in order[:fresh_in_old]} == {"new"}
    assert ("new", False) in order[fresh_in_old:]
    assert _roles(profile)["new"] == "active"
    assert _gaps(profile) == []


def test_a_change_back_is_instant(indexer: Indexer, profile: Profile, models: Models) -> None:
    _choose(indexer, models, "new")
    _work(indexer)
    assert not _choose(indexer, models, "old")
    assert _roles(profile) == {"old": "active", "new": "kept"}
    assert _answer(profile, "green tea") == set(range(1, PAGES + 1))
    assert models.installed["old"].texts == []


def test_after_a_change_back_only_what_came_meanwhile_is_made(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    _choose(indexer, models, "new")
    _work(indexer)
    _add(profile, [200], "rooibos")
    _add(profile, [0], "green tea and more")
    _work(indexer)
    delete_pages(profile, urls=["https://1.example/"])
    assert models.installed["old"].texts == []
    assert _choose(indexer, models, "old")
    assert profile.database.read(find_active).model_id == "new"
    _work(indexer)
    assert profile.database.read(find_active).model_id == "old"
    # A page that is new, and one that says something else: the passage and the whole of each.
    assert len(models.installed["old"].texts) == 4
    assert _gaps(profile) == []


def test_a_change_of_mind_in_the_middle_leaves_the_old_space_serving_and_the_new_one_as_far_as_it_is(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    _choose(indexer, models, "new")
    assert indexer.run_once()
    assert indexer.run_once()
    done = len(models.installed["new"].texts)
    assert 0 < done < 2 * PAGES
    assert not _choose(indexer, models, "old")
    assert _queued(profile) == {}
    _work(indexer)
    assert _roles(profile) == {"old": "active", "new": "kept"}
    _choose(indexer, models, "new")
    _work(indexer)
    assert len(models.installed["new"].texts) == 2 * PAGES
    assert _roles(profile) == {"old": "kept", "new": "active"}


def test_a_kill_in_the_middle_costs_the_batch_in_flight_and_no_more(
    home: Paths, profiles: Profiles, profile: Profile, indexer: Indexer, models: Models
) -> None:
    _choose(indexer, models, "new")

    def kill(_: Sequence[str]) -> None:
        raise KeyboardInterrupt

    assert indexer.run_once()
    assert indexer.run_once()
    models.installed["new"].before = kill
    with pytest.raises(KeyboardInterrupt):
        _work(indexer)
    assert (jobs.REEMBED, "running") in _queued(profile)
    before = list(models.installed["new"].texts)
    profiles.close()
    models.installed["new"].before = lambda _: None
    again = Profiles(home)
    second = _make_indexer(again, models)
    profile = again.open("tester")
    second.prepare(profile)
    _work(second)
    assert len(before) > 0
    assert len(models.installed["new"].texts) == 2 * PAGES
    assert _roles(profile) == {"old": "kept", "new": "active"}
    again.close()


def test_a_page_that_the_new_model_cannot_embed_does_not_hold_up_the_change(
    indexer: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOON
    monkeypatch.setattr(job_queue, "now_ms", lambda: now)
    _add(profile, [300], "deadly")
    _work(indexer)

    def die(texts: Sequence[str]) -> None:
        if any("deadly" in text for text in texts):
            raise died()

    models.installed["new"].before = die
    _choose(indexer, models, "new")
    for _ in range(100):
        now += 10_000_000
        try:
            if not indexer.run_once():
                break
        except WorkerDied:
            continue
    assert _roles(profile) == {"old": "kept", "new": "active"}
    assert _queued(profile) == {(jobs.EMBED, "failed"): 1}
    assert _gaps(profile) == [PAGES + 1]
    models.installed["new"].before = lambda _: None
    profile.database.write(jobs.retry_failed_jobs)
    _work(indexer)
    assert (_gaps(profile), _queued(profile)) == ([], {})


def test_a_model_that_does_not_load_blames_no_page_and_the_other_space_goes_on(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    def refuse(_: Sequence[str]) -> None:
        message = "There is not enough memory."
        raise ModelUnavailable(message)

    models.installed["new"].before = refuse
    _choose(indexer, models, "new")
    assert indexer.run_once()
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        with pytest.raises(ModelUnavailable):
            indexer.run_once()
    _add(profile, [400], "rooibos")
    assert indexer.run_once()
    assert PAGES + 1 in _answer(profile, "rooibos")
    assert ("reembed", "failed") not in _queued(profile)
    models.installed["new"].before = lambda _: None
    _work(indexer)
    assert profile.database.read(find_active).model_id == "new"


def test_a_model_that_was_removed_makes_way_at_once(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    del models.installed["old"]
    _choose(indexer, models, "new")
    assert profile.database.read(find_active).model_id == "new"
    _work(indexer)
    assert (_gaps(profile), _queued(profile)) == ([], {})
    assert _answer(profile, "green tea") == set(range(1, PAGES + 1))


def test_without_any_model_the_vectors_stay_for_the_day_when_it_comes_back(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    kept = models.installed.pop("old")
    models.wanted = None
    assert not indexer.apply_choice()
    _add(profile, [500], "rooibos")
    _work(indexer)
    assert _roles(profile) == {"old": "active"}
    assert _queued(profile) == {(jobs.EMBED, "queued"): 1}
    models.installed["old"] = kept
    assert not _choose(indexer, models, "old")
    _work(indexer)
    assert len(kept.texts) == 2
    assert _gaps(profile) == []


def test_a_third_model_makes_the_oldest_leave_without_a_trace(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    for name in ("new", "third"):
        _choose(indexer, models, name)
        _work(indexer)
    assert _roles(profile) == {"new": "kept", "third": "active"}


def test_a_model_whose_vectors_changed_their_length_is_a_model_of_its_own(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    models.installed["old"].size = 80
    assert _choose(indexer, models, "old")
    _work(indexer)
    assert profile.database.read(find_active).dimensions == 80
    assert _gaps(profile) == []


def test_rebuilding_makes_every_vector_anew_also_of_the_space_that_is_being_built(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    _choose(indexer, models, "new")
    assert indexer.run_once()
    assert indexer.run_once()
    assert indexer.prepare(profile, anew=True)
    assert _answer(profile, "green tea") == set()
    models.installed["new"].texts.clear()
    _work(indexer)
    assert len(models.installed["old"].texts) == len(models.installed["new"].texts) == 2 * PAGES
    assert sorted(_roles(profile).items()) == [("new", "active"), ("old", "kept")]
    assert len(profile.database.read(vector_spaces.read_spaces)) == 2


def _count_first_slot(connection: apsw.Connection) -> int:
    """Vectors in the tables of the first slot, which deletions do not reach while no space has it."""
    assert all(space.slot != 1 for space in vector_spaces.read_spaces(connection))
    return sum(
        int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608
        for table in ("chunk_embeddings", "page_embeddings", "vector_codes")
    )


def test_vectors_made_for_a_space_that_left_meanwhile_go_nowhere(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    def rebuild(_: Sequence[str]) -> None:
        models.installed["old"].before = lambda _: None
        indexer.prepare(profile, anew=True)
        while profile.database.write(vectors.empty_leaving):
            pass

    models.installed["old"].before = rebuild
    _add(profile, [600], "rooibos")
    assert indexer.run_once()
    assert _answer(profile, "rooibos") == set()
    assert profile.database.read(_count_first_slot) == 0
    _work(indexer)
    assert len(_answer(profile, "rooibos")) == PAGES + 1
    assert (_gaps(profile), _queued(profile)) == ([], {})


def test_a_page_that_says_nothing_at_all_does_not_hold_up_the_change(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    def blank(connection: apsw.Connection) -> None:
        connection.execute(
            "INSERT INTO pages (url, domain, first_visit_at, last_visit_at)"
            " VALUES ('https://[::1]/', '', 1, 1)"
        )

    profile.database.write(blank)
    _choose(indexer, models, "new")
    _work(indexer)
    assert profile.database.read(find_active).model_id == "new"
    assert (_gaps(profile), _queued(profile)) == ([], {})
    assert "" not in models.installed["new"].texts


def test_progress_can_be_told_at_any_time(indexer: Indexer, profile: Profile, models: Models) -> None:
    def read() -> Reindexing | None:
        return profile.database.read(lambda c: count_rows(c, profile.database.path)).reindexing

    _choose(indexer, models, "new")
    assert read() == Reindexing("new", 0, 2 * PAGES)
    assert indexer.run_once()
    assert indexer.run_once()
    assert read() == Reindexing("new", 2 * EMBED_BATCH, 2 * PAGES)
    _work(indexer)
    assert read() is None


def test_a_long_history_is_queued_little_by_little(
    indexer: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_work, "QUEUED_AT_ONCE", 7)
    waiting: list[int] = []
    models.installed["new"].before = lambda _: waiting.append(sum(_queued(profile).values()))
    _choose(indexer, models, "new")
    _work(indexer)
    assert max(waiting) == 7
    assert profile.database.read(find_active).model_id == "new"


def test_a_page_captured_while_the_last_vectors_are_looked_for_is_not_left_out(
    indexer: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    find: Callable[..., list[int]] = vector_gaps.find_gaps
    activate = vector_spaces.activate_building
    late = [700]
    left_out: list[list[int]] = []

    def find_and_capture(
        connection: apsw.Connection, space: StoredSpace, *args: int, **kwargs: str
    ) -> list[int]:
        found = find(connection, space, *args, **kwargs)
        if not found and space.model_id == "new" and late:
            _add(profile, [late.pop()], "rooibos")
        return found

    def look_and_activate(connection: apsw.Connection) -> None:
        building = vector_spaces.find_space(connection, "building")
        assert building is not None
        left_out.append(find(connection, building))
        activate(connection)

    monkeypatch.setattr(vector_gaps, "find_gaps", find_and_capture)
    monkeypatch.setattr(vector_spaces, "activate_building", look_and_activate)
    _choose(indexer, models, "new")
    _work(indexer)
    assert (late, left_out) == ([], [[]])
    assert _answer(profile, "rooibos") == set(range(1, PAGES + 2))


def test_a_full_disk_leaves_the_former_space_serving(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    def set_room(count: int) -> None:
        profile.database.maintain(lambda c: c.execute(f"PRAGMA max_page_count={count:d}").fetchall())

    models.installed["new"].before = lambda _: set_room(1)
    _choose(indexer, models, "new")
    with pytest.raises(StorageError):
        _work(indexer)
    assert _answer(profile, "green tea") == set(range(1, PAGES + 1))
    models.installed["new"].before = lambda _: None
    set_room(100_000)
    _work(indexer)
    assert profile.database.read(find_active).model_id == "new"
    assert _gaps(profile) == []


def test_a_profile_that_was_closed_when_the_choice_was_made_follows_when_it_is_opened(
    home: Paths, profiles: Profiles, profile: Profile, indexer: Indexer, models: Models
) -> None:
    profiles.close()
    assert not _choose(indexer, models, "new")
    again = Profiles(home)
    second = _make_indexer(again, models)
    profile = again.open("tester")
    second.prepare(profile)
    assert _roles(profile) == {"old": "active", "new": "building"}
    _work(second)
    assert _roles(profile) == {"old": "kept", "new": "active"}
    again.close()


def test_where_vectors_cannot_be_loaded_a_choice_changes_nothing(home: Paths, models: Models) -> None:
    profiles = Profiles(home, without=frozenset({"vectors"}))
    profile = profiles.open("bare")
    indexer = _make_indexer(profiles, models)
    assert not indexer.prepare(profile)
    assert not indexer.apply_choice()
    _add(profile, range(3))
    _work(indexer)
    assert _roles(profile) == {}
    assert _queued(profile) == {(jobs.EMBED, "queued"): 3}
    profiles.close()


def test_what_is_left_of_pages_deleted_without_sqlite_vec_is_swept_up_later(
    home: Paths, profiles: Profiles, profile: Profile, indexer: Indexer, models: Models
) -> None:
    profiles.close()
    bare = Profiles(home, without=frozenset({"vectors"}))
    delete_pages(bare.open("tester"), urls=["https://3.example/"])
    bare.close()
    again = Profiles(home)
    profile = again.open("tester")
    assert profile.database.read(vectors.find_orphans)
    second = _make_indexer(again, models)
    second.prepare(profile)
    _work(second)
    assert profile.database.read(vectors.find_orphans) == []
    again.close()


def test_nobody_pays_twice_for_a_page_that_changed_in_the_middle(
    indexer: Indexer, profile: Profile, models: Models
) -> None:
    """A page read anew while the spaces differ is embedded once for each, and with what it says now."""
    _choose(indexer, models, "new")
    _add(profile, [0], "black coffee")
    _work(indexer)
    for name in ("old", "new"):
        texts = [text for text in models.installed[name].texts if "black coffee" in text]
        assert len(texts) == 2, name
    assert (_gaps(profile), _queued(profile)) == ([], {})
