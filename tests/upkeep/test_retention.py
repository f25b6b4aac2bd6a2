from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from host.storage import conversations, pages, vector_spaces, vectors
from host.storage.copying import measure_content
from host.storage.statistics import count_pages
from host.storage.vector_spaces import VectorSpace
from host.upkeep import backups, retention
from host.upkeep.forgetting import Forgetting
from host.upkeep.retention import retain_by_age, retain_by_size
from tests.makers import NOON, WAIT_S, add_page, find_active, make_chunk, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

    from host.history.profiles import Profile

DAY = 86_400_000
PAGES = 400
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def forgetting() -> Iterator[Forgetting]:
    made = Forgetting(patience_s=WAIT_S)
    yield made
    made.close()


@pytest.fixture
def small_megabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history of a few hundred pages takes several of these."""
    monkeypatch.setattr(retention, "MEGABYTE", 100_000)


def _write_text(number: int) -> str:
    rng = random.Random(number)  # noqa: S311 - the same words each time
    return " ".join("".join(rng.choices(LETTERS, k=6)) for _ in range(300))


def _fill(profile: Profile) -> None:
    """Pages of about 8 KB with their vectors, the first of them visited longest ago."""

    def store(connection: apsw.Connection) -> None:
        vector_spaces.choose_space(connection, VectorSpace("model", 16))
        space = find_active(connection)
        rng = np.random.default_rng(0)
        for number in range(PAGES):
            text = _write_text(number)
            page_id = add_page(connection, f"https://{number}.example/", text, "", NOON + number * DAY)
            pages.replace_chunks(connection, profile.database.features, page_id, [make_chunk(0, text)])
            (chunk,) = pages.read_chunks(connection, page_id)
            vector = rng.standard_normal(16).astype(np.float32)
            vectors.store_chunk_vectors(connection, space, [(chunk.id, page_id, vector)])
            vectors.store_page_vector(connection, space, page_id, vector)

    profile.database.write(store)


def _measure(profile: Profile) -> int:
    return profile.database.read(measure_content)


def _find_first(profile: Profile) -> int:
    """The number of the page that was visited longest ago."""
    rows = profile.database.read(lambda c: c.execute("SELECT min(last_visit_at) FROM pages").fetchall())
    return int((rows[0][0] - NOON) / DAY)


def test_the_pages_visited_longest_ago_go_until_the_others_fit(
    profile: Profile, forgetting: Forgetting, small_megabytes: None
) -> None:
    del small_megabytes
    _fill(profile)
    whole = _measure(profile)
    limit = whole // 2 // retention.MEGABYTE
    profile.update_settings({"retention.max_size_mb": limit})
    told: list[bool] = []
    gone = retain_by_size(profile, forgetting, on_deleted=lambda: told.append(True))
    left = profile.database.read(count_pages)
    assert gone == PAGES - left
    assert told
    assert _measure(profile) <= limit * retention.MEGABYTE
    # Half the room is for fewer than half the pages: an empty history takes some, too.
    assert left >= PAGES * 0.25, "not more than has to"
    assert _find_first(profile) == gone, "the oldest"
    assert retain_by_size(profile, forgetting) == 0


def test_a_limit_that_pages_cannot_meet_ends_when_they_are_gone(
    profile: Profile, forgetting: Forgetting, small_megabytes: None
) -> None:
    del small_megabytes

    def talk(connection: apsw.Connection) -> None:
        add_page(connection, "https://a.example/")
        conversation = conversations.create_conversation(connection, "long", NOON)
        for _ in range(60):
            conversations.add_question(connection, conversation, "x" * 20_000, NOON)

    profile.database.write(talk)
    profile.update_settings({"retention.max_size_mb": 1})
    assert retain_by_size(profile, forgetting) == 1
    assert _measure(profile) > retention.MEGABYTE
    assert retain_by_size(profile, forgetting) == 0


def test_without_a_limit_or_below_it_nothing_goes(profile: Profile, forgetting: Forgetting) -> None:
    profile.database.write(lambda c: add_page(c, "https://a.example/"))
    assert retain_by_size(profile, forgetting) == 0
    profile.update_settings({"retention.max_size_mb": 1})
    assert retain_by_size(profile, forgetting) == 0
    assert profile.database.read(count_pages) == 1


def test_what_is_too_old_leaves_the_backups_too(profile: Profile, forgetting: Forgetting) -> None:
    for word, age in (("quagmirical", 40), ("zephyrously", 20)):
        profile.database.write(
            lambda c, word=word, age=age: add_page(c, f"https://{word}.example/", word, "", NOON - age * DAY)  # type: ignore[misc]
        )
    backup = backups.make_backup(profile, "asked").path
    profile.update_settings({"retention.max_age_days": 30})
    assert retain_by_age(profile, forgetting, NOON) == 1
    wait_until(lambda: b"quagmirical" not in backup.read_bytes(), "the backup is cleaned")
    assert b"zephyrously" in backup.read_bytes()


def test_it_stops_when_it_is_told_and_goes_on_the_next_time(
    profile: Profile, forgetting: Forgetting, small_megabytes: None
) -> None:
    del small_megabytes
    _fill(profile)
    limit = _measure(profile) * 2 // 3 // retention.MEGABYTE
    profile.update_settings({"retention.max_size_mb": limit})
    answers = iter((False, True, True))
    first = retain_by_size(profile, forgetting, is_stopping=lambda: next(answers))
    assert 0 < first <= retention.AT_ONCE
    assert retain_by_size(profile, forgetting) > 0
    assert _measure(profile) <= limit * retention.MEGABYTE
