"""What tests of a change of model do with a history, in few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.history.capture import Capture, CapturedPage
from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.storage import jobs, vector_gaps, vector_spaces, vectors
from tests.history.stand_ins import InstantReader, Models, embed_words
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from host.history.profiles import Profile, Profiles

# Those that the fixture `changing` has made vectors of.
PAGES = 40


def make_indexer(profiles: Profiles, models: Models) -> Indexer:
    """An indexer that nothing holds back."""
    throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    return Indexer(profiles.opened, InstantReader(), models.find, lambda: models.wanted, throttle)


def add_pages(profile: Profile, numbers: Sequence[int], text: str = "green tea") -> None:
    """Capture pages by number; each says its number too."""
    capture = Capture(InstantReader())
    for number in numbers:
        html = f"<p>{text} {number}</p>"
        page = CapturedPage(f"https://{number}.example/", NOON + number, f"Page {number}", html=html)
        assert capture.capture(profile, page).status in {"stored", "updated"}


def work_dry(indexer: Indexer) -> None:
    """Work until there is nothing left to do."""
    while indexer.run_once():
        pass


def choose_model(indexer: Indexer, models: Models, model_id: str) -> bool:
    """Want another model; returns whether vectors are made anew."""
    models.want(model_id)
    return indexer.apply_choice()


def read_roles(profile: Profile) -> dict[str, str]:
    """The role of each space by its model."""
    return {space.model_id: space.role for space in profile.database.read(vector_spaces.read_spaces)}


def count_queued(profile: Profile) -> dict[tuple[str, str], int]:
    """How many jobs there are of each kind and state."""
    return {(found.kind, found.state): found.count for found in profile.database.read(jobs.count_jobs)}


def find_gaps(profile: Profile) -> list[int]:
    """The pages that the space that serves lacks something of."""
    return profile.database.read(lambda c: vector_gaps.find_gaps(c, find_active(c)))


def find_near(profile: Profile, text: str, limit: int = 1000) -> set[int]:
    """The pages that the space that serves finds near to a text."""

    def read(connection: apsw.Connection) -> set[int]:
        space = find_active(connection)
        query = embed_words(text, space.dimensions)
        comparison = vectors.compare_codes(connection, profile.codes, space, query)
        assert comparison is not None
        return {hit.page_id for hit in vectors.search_vectors(connection, comparison, limit)}

    return profile.database.read(read)
