"""Changing the embedding model of a history that is in use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from host.history import vector_work
from host.history.forgetting import forget, select
from host.history.profiles import Profiles
from host.history.vector_work import EMBED_BATCH
from host.storage import vector_gaps, vector_spaces
from host.storage.statistics import Reindexing, count_rows
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
from tests.makers import find_active

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import apsw
    import pytest

    from host.core.paths import Paths
    from host.history.indexing import Indexer
    from host.history.profiles import Profile
    from host.storage.vector_spaces import StoredSpace
    from tests.history.stand_ins import Models


def test_the_former_vectors_answer_until_those_of_the_new_model_are_complete(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    everything = set(range(1, PAGES + 1))
    seen: list[str] = []

    def look(_: Sequence[str]) -> None:
        assert find_near(profile, "green tea") == everything
        seen.append(profile.database.read(find_active).model_id)

    models.installed["new"].before = look
    assert choose_model(changing, models, "new")
    work_dry(changing)
    assert set(seen) == {"old"}
    assert read_roles(profile) == {"old": "kept", "new": "active"}
    assert find_near(profile, "green tea") == everything
    assert (find_gaps(profile), count_queued(profile)) == ([], {})
    assert len(models.installed["new"].texts) == 2 * PAGES
    assert models.installed["old"].texts == []


def test_what_was_just_read_is_found_at_once_and_is_in_the_new_space_too(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    order: list[tuple[str, bool]] = []

    def note(name: str, texts: Sequence[str]) -> None:
        order.append((name, any("rooibos" in text for text in texts)))

    for name in ("old", "new"):
        models.installed[name].before = partial(note, name)
    choose_model(changing, models, "new")
    assert changing.run_once()
    assert changing.run_once()
    add_pages(profile, [100], "rooibos")
    work_dry(changing)
    assert [name for name, fresh in order if fresh] == ["old", "new"]
    fresh_in_old = order.index(("old", True))
    assert {name for name, _ in order[:fresh_in_old]} == {"new"}
    assert ("new", False) in order[fresh_in_old:]
    assert read_roles(profile)["new"] == "active"
    assert find_gaps(profile) == []


def test_a_change_back_is_instant(changing: Indexer, profile: Profile, models: Models) -> None:
    choose_model(changing, models, "new")
    work_dry(changing)
    assert not choose_model(changing, models, "old")
    assert read_roles(profile) == {"old": "active", "new": "kept"}
    assert find_near(profile, "green tea") == set(range(1, PAGES + 1))
    assert models.installed["old"].texts == []


def test_after_a_change_back_only_what_came_meanwhile_is_made(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    choose_model(changing, models, "new")
    work_dry(changing)
    add_pages(profile, [200], "rooibos")
    add_pages(profile, [0], "green tea and more")
    work_dry(changing)
    forget(profile, select(urls=["https://1.example/"]))
    assert models.installed["old"].texts == []
    assert choose_model(changing, models, "old")
    assert profile.database.read(find_active).model_id == "new"
    work_dry(changing)
    assert profile.database.read(find_active).model_id == "old"
    # A page that is new, and one that says something else: the passage and the whole of each.
    assert len(models.installed["old"].texts) == 4
    assert find_gaps(profile) == []


def test_a_change_of_mind_in_the_middle_leaves_the_old_space_serving_and_the_new_one_as_far_as_it_is(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    choose_model(changing, models, "new")
    assert changing.run_once()
    assert changing.run_once()
    done = len(models.installed["new"].texts)
    assert 0 < done < 2 * PAGES
    assert not choose_model(changing, models, "old")
    assert count_queued(profile) == {}
    work_dry(changing)
    assert read_roles(profile) == {"old": "active", "new": "kept"}
    choose_model(changing, models, "new")
    work_dry(changing)
    assert len(models.installed["new"].texts) == 2 * PAGES
    assert read_roles(profile) == {"old": "kept", "new": "active"}


def test_the_model_that_queries_need_is_told_apart_from_the_wanted_one(
    changing: Indexer, models: Models
) -> None:
    choose_model(changing, models, "new")
    assert changing.serving_models() == {"old"}
    work_dry(changing)
    assert changing.serving_models() == {"new"}


def test_a_third_model_makes_the_oldest_leave_without_a_trace(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    for name in ("new", "third"):
        choose_model(changing, models, name)
        work_dry(changing)
    assert read_roles(profile) == {"new": "kept", "third": "active"}


def test_a_model_whose_vectors_changed_their_length_is_a_model_of_its_own(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    models.installed["old"].size = 80
    assert choose_model(changing, models, "old")
    work_dry(changing)
    assert profile.database.read(find_active).dimensions == 80
    assert find_gaps(profile) == []


def test_rebuilding_makes_every_vector_anew_also_of_the_space_that_is_being_built(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    choose_model(changing, models, "new")
    assert changing.run_once()
    assert changing.run_once()
    assert changing.prepare(profile, anew=True)
    assert find_near(profile, "green tea") == set()
    models.installed["new"].texts.clear()
    work_dry(changing)
    assert len(models.installed["old"].texts) == len(models.installed["new"].texts) == 2 * PAGES
    assert sorted(read_roles(profile).items()) == [("new", "active"), ("old", "kept")]
    assert len(profile.database.read(vector_spaces.read_spaces)) == 2


def test_progress_can_be_told_at_any_time(changing: Indexer, profile: Profile, models: Models) -> None:
    def read() -> Reindexing | None:
        return profile.database.read(lambda c: count_rows(c, profile.database.path)).reindexing

    choose_model(changing, models, "new")
    assert read() == Reindexing("new", 0, 2 * PAGES)
    assert changing.run_once()
    assert changing.run_once()
    assert read() == Reindexing("new", 2 * EMBED_BATCH, 2 * PAGES)
    work_dry(changing)
    assert read() is None


def test_a_long_history_is_queued_little_by_little(
    changing: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_work, "QUEUED_AT_ONCE", 7)
    waiting: list[int] = []
    models.installed["new"].before = lambda _: waiting.append(sum(count_queued(profile).values()))
    choose_model(changing, models, "new")
    work_dry(changing)
    assert max(waiting) == 7
    assert profile.database.read(find_active).model_id == "new"


def test_a_page_captured_while_the_last_vectors_are_looked_for_is_not_left_out(
    changing: Indexer, profile: Profile, models: Models, monkeypatch: pytest.MonkeyPatch
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
            add_pages(profile, [late.pop()], "rooibos")
        return found

    def look_and_activate(connection: apsw.Connection) -> None:
        building = vector_spaces.find_space(connection, "building")
        assert building is not None
        left_out.append(find(connection, building))
        activate(connection)

    monkeypatch.setattr(vector_gaps, "find_gaps", find_and_capture)
    monkeypatch.setattr(vector_spaces, "activate_building", look_and_activate)
    choose_model(changing, models, "new")
    work_dry(changing)
    assert (late, left_out) == ([], [[]])
    assert find_near(profile, "rooibos") == set(range(1, PAGES + 2))


def test_a_profile_that_was_closed_when_the_choice_was_made_follows_when_it_is_opened(
    home: Paths, profiles: Profiles, profile: Profile, changing: Indexer, models: Models
) -> None:
    profiles.close()
    assert not choose_model(changing, models, "new")
    again = Profiles(home)
    second = make_indexer(again, models)
    profile = again.open("tester")
    second.prepare(profile)
    assert read_roles(profile) == {"old": "active", "new": "building"}
    work_dry(second)
    assert read_roles(profile) == {"old": "kept", "new": "active"}
    again.close()


def test_nobody_pays_twice_for_a_page_that_changed_in_the_middle(
    changing: Indexer, profile: Profile, models: Models
) -> None:
    """A page read anew while the spaces differ is embedded once for each, and with what it says now."""
    choose_model(changing, models, "new")
    add_pages(profile, [0], "black coffee")
    work_dry(changing)
    for name in ("old", "new"):
        texts = [text for text in models.installed[name].texts if "black coffee" in text]
        assert len(texts) == 2, name
    assert (find_gaps(profile), count_queued(profile)) == ([], {})
