"""A history that was made with a stand-in's vectors is changed over to a real model, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from host.history.capture import Capture, CapturedPage
from host.history.indexing import Indexer
from host.history.throttle import Throttle
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model
from host.search.exchange import SearchRequest
from host.search.service import Search
from host.storage import vector_gaps
from host.storage.vector_spaces import VectorSpace
from tests.conftest import INSTALLED_MODELS
from tests.history.stand_ins import SPACE, InstantReader, WordEmbedder
from tests.makers import NOON, find_active

if TYPE_CHECKING:
    from collections.abc import Iterator

    from host.history.profiles import Profile, Profiles

pytestmark = pytest.mark.model
LOADING_S = 90.0
TEXTS = (
    "The kettle is heated until the water boils, then the leaves are steeped.",
    "The tax office wants the form by the end of May.",
    "Glaciers carve valleys as they slide towards the sea.",
)
QUERY = "how to prepare a hot drink"


@pytest.fixture
def real() -> Iterator[Embedder]:
    model = find_embedding_model(INSTALLED_MODELS)
    if model is None:
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    process = EncoderProcess()
    made = Embedder(model, process)
    assert made.wait_ready(LOADING_S), made.failure
    yield made
    process.close()


def test_a_history_is_changed_over_to_a_real_model_and_back(
    profiles: Profiles, profile: Profile, real: Embedder, embedder: WordEmbedder
) -> None:
    models: dict[str, Any] = {SPACE.model_id: embedder, real.model.model_id: real}
    wanted = [SPACE]
    throttle = Throttle(on_battery=lambda: False, load_percent=lambda: 0.0)
    indexer = Indexer(profiles.opened, InstantReader(), models.get, lambda: wanted[0], throttle)
    search = Search(models.get)
    indexer.prepare(profile)
    for number, text in enumerate(TEXTS):
        page = CapturedPage(f"https://{number}.example/", NOON + number, html=f"<p>{text}</p>")
        Capture(InstantReader()).capture(profile, page)

    def work() -> list[str]:
        while indexer.run_once():
            pass
        answer = search.query(profile, SearchRequest(QUERY, "vector"))
        assert answer.degraded == []
        return [item.page.url for item in answer.results]

    work()
    wanted[0] = VectorSpace(real.model.model_id, real.model.dimensions)
    assert indexer.apply_choice()
    assert profile.database.read(find_active).space == SPACE
    # No word of the query is in the page.
    assert work()[0] == "https://0.example/"
    space = profile.database.read(find_active)
    assert space.space == wanted[0]
    assert profile.database.read(lambda connection: vector_gaps.find_gaps(connection, space)) == []
    wanted[0] = SPACE
    asked = len(embedder.texts)
    assert not indexer.apply_choice()
    assert profile.database.read(find_active).space == SPACE
    work()
    assert len(embedder.texts) == asked
    search.close()
