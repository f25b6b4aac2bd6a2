"""What a person, or another program, has written into the files of the models folder."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import DiskFull, ModelUnavailable, NotFound
from host.models.installed import find_language_file, find_original_file
from host.models.registry import HubSource, ModelEntry, ModelFile, describe_entry
from host.models.roles import Choices
from host.models.store import Installed, ModelStore
from tests.hub_server import REVISION
from tests.models.conftest import HUB, make_entry
from tests.models.test_store import put

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.store import ModelStore as Store


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    folder = tmp_path / "models"
    put(folder)
    return ModelStore(folder, {"tiny": make_entry(HUB)})


@pytest.fixture
def mine() -> ModelEntry:
    return replace(make_entry(HubSource("me/mine", REVISION), model_id="mine"), added=True)


WRONG: list[dict[str, Any]] = [
    {"id": "../data"},
    {"id": 3},
    {"id": "added.json"},
    {"memory": None},
    {"memory": -1},
    {"context": "x"},
    {"context": 0},
    {"size": 1.5},
    {"size": -5},
    {"dimensions": 0},
    {"name": None},
    {"note": "\ud800"},
    {"remote_code": 3},
    {"languages": [3]},
    {"languages": 3},
    {"starter": "yes"},
    {"files": [{"path": "../../x"}]},
    {"files": [{"path": ""}]},
    {"files": [{"path": "a", "size": -1}]},
    {"files": [{"path": "a", "sha256": 3}]},
    {"files": [3]},
    {"sources": [{"kind": "hub", "repository": 3, "revision": "x"}]},
    {"sources": [{"kind": "hub"}]},
    {"sources": "hub"},
    {"unheard": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_an_entry_that_cannot_be_is_left_out_and_the_others_stay(
    store: Store, mine: ModelEntry, wrong: dict[str, Any]
) -> None:
    good = describe_entry(replace(mine, id="good"))
    content = {"models": [{**describe_entry(mine), **wrong}, 3, None, good]}
    (store.folder / "added.json").write_text(json.dumps(content), encoding="utf-8")
    assert list(store.entries()) == ["tiny", "good"]
    assert [one.entry.id for one in store.list_installed()] == ["tiny"]


def test_a_name_outside_of_the_folder_deletes_nothing(store: Store, mine: ModelEntry) -> None:
    precious = store.folder.parent / "data" / "history.db"
    precious.parent.mkdir()
    precious.write_bytes(b"precious")
    content = {"models": [{**describe_entry(mine), "id": "../data"}]}
    (store.folder / "added.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(NotFound):
        store.remove("../data")
    assert precious.read_bytes() == b"precious"


@pytest.mark.parametrize(
    "wrong",
    [
        {"installed_at": 1e999},
        {"installed_at": "today"},
        {"revision": 3},
        {"files": [{"path": "../../outside", "size": 7, "sha256": None}]},
        {"files": [{"path": "config.json", "size": -1, "sha256": None}]},
        {"files": [{"path": "config.json", "size": 1, "sha256": 3}]},
        {"files": "config.json"},
    ],
    ids=repr,
)
def test_a_record_that_cannot_be_is_made_anew(store: Store, wrong: dict[str, Any]) -> None:
    (store.folder.parent / "outside").write_bytes(b"outside")
    before = store.find("tiny")
    path = store.folder / "tiny" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **wrong}), encoding="utf-8")
    found = store.find("tiny")
    assert before is not None
    assert found is not None
    assert found.files == before.files


@pytest.mark.parametrize("kept", ["../outside.gguf", "/outside.gguf", "", "fast/none.gguf", 3, None])
def test_a_form_outside_of_the_folder_is_not_loaded(tmp_path: Path, kept: object) -> None:
    (tmp_path / "outside.gguf").write_bytes(b"GGUF")
    entry = replace(make_entry(HUB), type="instruction")
    installed = Installed(entry, tmp_path / "tiny", (ModelFile("Model.GGUF", 4),), 4, 0, "")
    metadata = {"quantisation": {"file": kept}}
    assert find_language_file(installed, metadata) == tmp_path / "tiny" / "Model.GGUF"


def test_a_model_without_a_file_to_load_says_so(tmp_path: Path) -> None:
    installed = Installed(make_entry(HUB), tmp_path, (ModelFile("config.json", 4),), 4, 0, "")
    with pytest.raises(ModelUnavailable, match="no GGUF file"):
        find_original_file(installed)


@pytest.mark.parametrize("content", ["[" * 100_000, '{"search": 1e999}', '{"search": "../data"}'])
def test_choices_that_cannot_be_are_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "choices.json").write_text(content, encoding="utf-8")
    choices = Choices(tmp_path)
    assert choices.read() == {}
    choices.choose("search", "tiny")
    assert choices.read() == {"search": "tiny"}


def test_a_full_disk_costs_no_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    choices = Choices(folder)
    choices.choose("search", "tiny")

    def fail(_value: object, stream: object, **_options: object) -> None:
        stream.write("{")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", fail)
    with pytest.raises(DiskFull, match="models folder"):
        choices.choose("search", "other")
    assert choices.read() == {"search": "tiny"}
    assert [one.name for one in folder.iterdir()] == ["choices.json"]
