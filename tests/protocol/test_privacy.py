from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import StorageError
from host.protocol.dispatch import Call, Session
from host.protocol.handlers.privacy import make_handlers
from host.protocol.store_messages import DeleteAllParams
from host.storage.database import Database
from tests.makers import add_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.protocol.dispatch import Handler
    from host.protocol.handlers.services import Services
    from host.upkeep.deletion import Receipt
    from tests.protocol.conftest import Exchange

PARAMS = DeleteAllParams(confirm="delete all data")


def _make_handler(services: Services, stopped: list[str], **changes: object) -> Handler:
    changed = replace(services, stop=lambda: stopped.append("stopped"), **changes)  # type: ignore[arg-type]
    return make_handlers(changed)["store.delete_all"]


def test_a_part_that_does_not_close_keeps_nothing_from_being_deleted(
    services: tuple[Services, Exchange], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = services[0].profiles.open("tester").database
    database.write(lambda c: add_page(c, "https://a.example/"))

    def fail(_: Database) -> None:
        message = "somebody reads"
        raise StorageError(message)

    stopped: list[str] = []
    handler = _make_handler(services[0], stopped)
    with monkeypatch.context() as patched:
        patched.setattr(Database, "close", fail)
        receipt = handler(PARAMS, Call(Session()))
    database.close()
    assert stopped
    assert "history of tester" in [item.what for item in receipt.removed]  # type: ignore[attr-defined]
    assert not database.path.exists()


def test_the_process_ends_whatever_becomes_of_a_deletion(services: tuple[Services, Exchange]) -> None:
    def fail(_: Callable[[str, float], None]) -> Receipt:
        message = "the disk is gone"
        raise OSError(message)

    stopped: list[str] = []
    with pytest.raises(OSError, match="the disk is gone"):
        _make_handler(services[0], stopped, delete_all=fail)(PARAMS, Call(Session()))
    assert stopped
