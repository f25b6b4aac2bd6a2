from __future__ import annotations

from typing import TYPE_CHECKING

from host.evaluation.bench.store import PROFILE, fill_large
from host.storage import fulltext
from host.storage.statistics import count_tables
from host.upkeep.maintenance import Findings, check_store

if TYPE_CHECKING:
    from host.core.paths import Paths
    from host.history.profiles import Profiles


def test_the_database_that_is_measured_is_a_sound_history(home: Paths, profiles: Profiles) -> None:
    passages = fill_large(home, 60, lambda _what, _done, _of: None)
    profile = profiles.open(PROFILE)
    counts = profile.database.read(count_tables)
    assert (counts["pages"], counts["visits"]) == (60, 60)
    assert counts["page_chunks"] == passages > 60
    assert counts["vectors"] == passages + 60
    assert profile.database.write(fulltext.check_index)
    found = check_store(
        profile, full=True, repair=False, on_stage=lambda _stage, _share: None, cancelled=lambda: False
    )
    assert found == Findings([], [])
