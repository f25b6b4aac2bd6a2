"""What goes wrong while the embedding model of a history is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable, StorageError, Timeout, WorkerDied
from host.history import job_queue
from host.history.forgetting import forget, select
from host.history.profiles import Profiles
from host.storage import jobs, vector_spaces, vectors
from tests.history.model_changes import (
    PAGES,
    add_pages,
    choose_model,
    count_queued,
    find_gaps,
    find_near,
    make_indexer,
    read_roles,
    work_dry,
)
from tests.history.stand_ins import Models, died
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.core.paths import Paths
    from host.history.indexing import Indexer
    from host.history.profiles import Profile


def _count_first_slot(connection: apsw.Connection) -> int:
    """Vectors in the tables of the first slot, which deletions do not reach while no space has it."""
    assert all(space.slot != 1 for space in vector_spaces.read_spaces(connection))
    return sum(
        int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # noqa: S608
        for table in ("chunk_embeddings", "page_embeddings", "vector_codes")
    )


def test_a_kill_in_the_middle_costs_the_batch_in_flight_and_no_more(
    home: Paths, profiles: Profiles, profile: Profile, changing: Indexer, models: Models
) -> None:
    choose_model(changing, models, "new")

    def kill(_: Sequence[str]) -> None:
        raise KeyboardInterrupt

    assert changing.run_once()
    assert changing.run_once()
    models.installed["new"].before = kill
    with pytest.raises(KeyboardInterrupt):
        work_dry(changing)
    assert (jobs.REEMBED, "running") in count_queued(profile)
    before = list(models.installed["new"].texts)
    profiles.close()
    models.installed["new"].before = lambda _: None
    again = Profiles(home)
    second = make_indexer(again, models)
    profile = again.open("tester")
    second.prepare(profile)
    work_dry(second)
    assert len(before) > 0
    assert len(models.installed["new"].texts) == 2 * PAGES
    assert read_roles(profile) == {"old": "kept", "new": "active"}
    again.close()


def test_a_page_that_the_new_model_cannot_embed_does_not_hold_up_the_change(
    changing: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOON
    monkeypatch.setattr(job_queue, "now_ms", lambda: now)
    add_pages(profile, [300], "deadly")
    work_dry(changing)

    def die(texts: Sequence[str]) -> None:
        if any("deadly" in text for text in texts):
            raise died()

    models.installed["new"].before = die
    choose_model(changing, models, "new")
    for _ in range(100):
        now += 10_000_000
        try:
            if not changing.run_once():
                break
        except WorkerDied:
            continue
    assert read_roles(profile) == {"old": "kept", "new": "active"}
    assert count_queued(profile) == {(jobs.EMBED, "failed"): 1}
    assert find_gaps(profile) == [PAGES + 1]
    models.installed["new"].before = lambda _: None
    profile.database.write(jobs.retry_failed_jobs)
    work_dry(changing)
    assert (find_gaps(profile), count_queued(profile)) == ([], {})


def test_what_the_former_model_gave_up_is_the_new_one_s_to_try(
    changing: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOON
    monkeypatch.setattr(job_queue, "now_ms", lambda: now)

    def refuse(_: Sequence[str]) -> None:
        message = "It took too long."
        raise Timeout(message)

    models.installed["old"].before = refuse
    add_pages(profile, [300], "hard words")
    for _ in range(jobs.MAX_ATTEMPTS):
        now += 10_000_000
        changing.run_once()
    assert count_queued(profile) == {(jobs.EMBED, "failed"): 1}
    choose_model(changing, models, "new")
    work_dry(changing)
    assert PAGES + 1 in find_near(profile, "hard words")
    assert (find_gaps(profile), count_queued(profile)) == ([], {})


def test_a_model_that_does_not_load_blames_no_page_and_the_other_space_goes_on(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    def refuse(_: Sequence[str]) -> None:
        message = "There is not enough memory."
        raise ModelUnavailable(message)

    models.installed["new"].before = refuse
    choose_model(changing, models, "new")
    assert changing.run_once()
    for _ in range(jobs.MAX_ATTEMPTS + 1):
        with pytest.raises(ModelUnavailable):
            changing.run_once()
    add_pages(profile, [400], "rooibos")
    assert changing.run_once()
    assert PAGES + 1 in find_near(profile, "rooibos")
    assert ("reembed", "failed") not in count_queued(profile)
    models.installed["new"].before = lambda _: None
    work_dry(changing)
    assert profile.database.read(find_active).model_id == "new"


def test_a_model_that_was_removed_makes_way_at_once(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    del models.installed["old"]
    choose_model(changing, models, "new")
    assert profile.database.read(find_active).model_id == "new"
    work_dry(changing)
    assert (find_gaps(profile), count_queued(profile)) == ([], {})
    assert find_near(profile, "green tea") == set(range(1, PAGES + 1))


def test_without_any_model_the_vectors_stay_for_the_day_when_it_comes_back(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    kept = models.installed.pop("old")
    models.wanted = None
    assert not changing.apply_choice()
    add_pages(profile, [500], "rooibos")
    work_dry(changing)
    assert read_roles(profile) == {"old": "active"}
    assert count_queued(profile) == {(jobs.EMBED, "queued"): 1}
    models.installed["old"] = kept
    assert not choose_model(changing, models, "old")
    work_dry(changing)
    assert len(kept.texts) == 2
    assert find_gaps(profile) == []


def test_vectors_made_for_a_space_that_left_meanwhile_go_nowhere(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    def rebuild(_: Sequence[str]) -> None:
        models.installed["old"].before = lambda _: None
        changing.prepare(profile, anew=True)
        while profile.database.write(vectors.empty_leaving):
            pass

    models.installed["old"].before = rebuild
    add_pages(profile, [600], "rooibos")
    assert changing.run_once()
    assert find_near(profile, "rooibos") == set()
    assert profile.database.read(_count_first_slot) == 0
    work_dry(changing)
    assert len(find_near(profile, "rooibos")) == PAGES + 1
    assert (find_gaps(profile), count_queued(profile)) == ([], {})


def test_a_page_that_says_nothing_at_all_does_not_hold_up_the_change(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    def blank(connection: apsw.Connection) -> None:
        connection.execute(
            "INSERT INTO pages (url, domain, first_visit_at, last_visit_at)"
            " VALUES ('https://[::1]/', '', 1, 1)"
        )

    profile.database.write(blank)
    choose_model(changing, models, "new")
    work_dry(changing)
    assert profile.database.read(find_active).model_id == "new"
    assert (find_gaps(profile), count_queued(profile)) == ([], {})
    assert "" not in models.installed["new"].texts


def test_a_full_disk_leaves_the_former_space_serving(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    def set_room(count: int) -> None:
        profile.database.maintain(lambda c: c.execute(f"PRAGMA max_page_count={count:d}").fetchall())

    models.installed["new"].before = lambda _: set_room(1)
    choose_model(changing, models, "new")
    with pytest.raises(StorageError):
        work_dry(changing)
    assert find_near(profile, "green tea") == set(range(1, PAGES + 1))
    models.installed["new"].before = lambda _: None
    set_room(100_000)
    work_dry(changing)
    assert profile.database.read(find_active).model_id == "new"
    assert find_gaps(profile) == []


def test_where_vectors_cannot_be_loaded_a_choice_changes_nothing(home: Paths, models: Models) -> None:
    profiles = Profiles(home, without=frozenset({"vectors"}))
    profile = profiles.open("bare")
    changing = make_indexer(profiles, models)
    assert not changing.prepare(profile)
    assert not changing.apply_choice()
    add_pages(profile, range(3))
    work_dry(changing)
    assert read_roles(profile) == {}
    assert count_queued(profile) == {(jobs.EMBED, "queued"): 3}
    profiles.close()


def test_what_is_left_of_pages_deleted_without_sqlite_vec_is_swept_up_later(
    home: Paths, profiles: Profiles, profile: Profile, changing: Indexer, models: Models
) -> None:
    profiles.close()
    bare = Profiles(home, without=frozenset({"vectors"}))
    forget(bare.open("tester"), select(urls=["https://3.example/"]))
    bare.close()
    again = Profiles(home)
    profile = again.open("tester")
    assert profile.database.read(vectors.find_orphans)
    second = make_indexer(again, models)
    second.prepare(profile)
    work_dry(second)
    assert profile.database.read(vectors.find_orphans) == []
    again.close()
