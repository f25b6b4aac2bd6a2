from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from host.storage.vector_spaces import VectorSpace, activate_building, choose_space
from tests.makers import add_page

if TYPE_CHECKING:
    from host.protocol.handlers.services import Services
    from tests.protocol.conftest import Exchange
    from tests.wire import Wire


def test_the_progress_of_a_change_of_model_is_told_until_it_is_done(
    wire: Wire, services: tuple[Services, Exchange]
) -> None:
    (profile,) = services[0].profiles.opened()
    stats = wire.call("store.stats")
    assert (stats["vector_model"], stats["reindexing"]) == (None, None)
    profile.database.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    for name in ("former", "better"):
        space = VectorSpace(name, 8)
        profile.database.write(partial(choose_space, wanted=space))
    stats = wire.call("store.stats")
    assert stats["vector_model"] == "former"
    assert stats["reindexing"] == {"model": "better", "done": 0, "total": 1}
    profile.database.write(activate_building)
    stats = wire.call("store.stats")
    assert (stats["vector_model"], stats["reindexing"]) == ("better", None)
