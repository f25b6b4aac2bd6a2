from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from host.finetune.candidates import Candidate
from host.finetune.in_use import find_current, find_deployed
from host.models.integrity import hash_file
from tests.finetune.training_folders import TALKER

if TYPE_CHECKING:
    from pathlib import Path

    from host.client import Client
    from host.models.store import ModelStore


class _Wire:
    """Answers as a daemon does."""

    def __init__(self) -> None:
        self.roles: dict[str, str | None] = {"categories": TALKER, "search": "mini"}
        self.names = {"Dev": True, "My cats": False}
        self.deployments: dict[str, Any] = {"deployments": [], "in_use": None}
        self.files: list[dict[str, Any]] = []

    def call(self, method: str, **_: Any) -> dict[str, Any]:
        if method == "models.list":
            return {"roles": [{"role": role, "model": model} for role, model in self.roles.items()]}
        if method == "categories.list":
            return {"categories": [{"name": name, "enabled": on} for name, on in self.names.items()]}
        if method == "finetune.deployments":
            return self.deployments
        return {"files": self.files}


@pytest.fixture
def wire() -> _Wire:
    return _Wire()


def _find(wire: _Wire, store: ModelStore) -> str:
    client: Client = wire  # type: ignore[assignment]
    return find_current(client, store)


def test_what_is_chosen_sorts_tabs_and_without_a_model_words_do(wire: _Wire, talker: ModelStore) -> None:
    assert _find(wire, talker) == TALKER
    wire.roles["categories"] = None
    assert _find(wire, talker) == "words"


def test_a_model_that_was_trained_for_other_categories_is_not_what_sorts_tabs(
    wire: _Wire, talker: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(talker), "read_metadata", lambda *_: {"trained_labels": ["Dev"]})
    assert _find(wire, talker) == TALKER
    wire.names["My cats"] = True
    assert _find(wire, talker) == "mini"
    wire.roles["search"] = None
    assert _find(wire, talker) == "words"


def test_what_is_in_use_is_known_by_its_content(wire: _Wire, tmp_path: Path) -> None:
    client: Client = wire  # type: ignore[assignment]
    file = tmp_path / "one.gguf"
    file.write_bytes(b"weights")
    forms = [Candidate("one", "merged", file=file, size=7)]
    assert find_deployed(client, forms) is None
    used = {"id": "2", "model": "tiny-tabs-1"}
    wire.deployments = {"deployments": [{"id": "1", "model": "older"}, used], "in_use": "2"}
    wire.files = [{"size": 7, "sha256": hash_file(file)}]
    assert find_deployed(client, forms) == used
    file.write_bytes(b"altered")
    assert find_deployed(client, forms) is None
