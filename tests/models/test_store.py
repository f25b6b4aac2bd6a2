from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.models.registry import HubSource, ModelEntry, describe_entry
from host.models.store import ModelStore, find_installed
from tests.hub_server import REVISION
from tests.models.conftest import CONTENTS, HUB, SIZE, make_entry, read_model

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "cache.json"
RESERVED = ["added.json", "Cache.JSON", "choices.json", ".partial", "con", "NUL.txt", "com1", "a.", "x.lock"]
DAMAGE = [b"", b"{", b"[]", b"\xff\xfe", b'{"models": 3}', b'{"models": [3]}', b'{"models": [{"id": "x"}]}']


def put(folder: Path, model_id: str = "tiny") -> None:
    for path, content in CONTENTS.items():
        target = folder / model_id / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store in whose folder the tiny model lies as an earlier version left it."""
    put(tmp_path)
    return ModelStore(tmp_path, {"tiny": make_entry(HUB)})


def read_index(store: ModelStore) -> dict[str, dict[str, object]]:
    value: dict[str, dict[str, object]] = json.loads((store.folder / INDEX).read_bytes())["models"]
    return value


def test_a_model_without_a_record_is_adopted(store: ModelStore) -> None:
    installed = store.find("tiny")
    assert installed is not None
    assert (installed.size, installed.revision) == (SIZE, REVISION)
    assert installed.folder == store.folder / "tiny"
    assert installed.files == store.shipped["tiny"].files
    assert store.read_metadata("tiny")["installed_at"] == installed.installed_at


def test_a_model_whose_checksums_nobody_knows_is_adopted_by_its_files(tmp_path: Path) -> None:
    put(tmp_path)
    store = ModelStore(tmp_path, {"tiny": make_entry(HUB, known=False)})
    installed = store.find("tiny")
    assert installed is not None
    assert (installed.size, installed.revision) == (SIZE, "")
    assert store.verify("tiny") == []


@pytest.mark.parametrize("damage", [*DAMAGE, None], ids=repr)
def test_a_damaged_or_missing_record_is_made_anew(store: ModelStore, damage: bytes | None) -> None:
    before = store.find("tiny")
    path = store.folder / "tiny" / "metadata.json"
    path.unlink() if damage is None else path.write_bytes(damage)
    found = store.find("tiny")
    assert before is not None
    assert found is not None
    assert replace(found, installed_at=before.installed_at) == before
    assert json.loads(path.read_bytes())["revision"] == REVISION


@pytest.mark.parametrize("damage", [*DAMAGE, None], ids=repr)
def test_a_damaged_or_missing_index_is_made_anew(store: ModelStore, damage: bytes | None) -> None:
    store.repair()
    before = read_index(store)
    path = store.folder / INDEX
    path.unlink() if damage is None else path.write_bytes(damage)
    assert [one.entry.id for one in store.list_installed()] == ["tiny"]
    assert read_index(store) == before
    assert before["tiny"]["type"] == "embedding"
    assert before["tiny"]["size"] == SIZE


def test_an_index_of_what_is_gone_is_put_right(store: ModelStore) -> None:
    store.list_installed()
    (store.folder / "tiny" / "config.json").unlink()
    assert store.list_installed() == []
    assert read_index(store) == {}


def test_a_missing_or_short_file_makes_a_model_damaged(store: ModelStore) -> None:
    assert store.presence("tiny") == "installed"
    (store.folder / "tiny" / "config.json").write_bytes(b"{}")
    assert store.find("tiny") is None
    assert store.presence("tiny") == "damaged"
    assert store.verify("tiny") == ["config.json"]


def test_verifying_finds_what_sizes_do_not_tell(store: ModelStore) -> None:
    assert store.verify("tiny") == []
    path = store.folder / "tiny" / "sub" / "model.safetensors"
    path.write_bytes(bytes(path.stat().st_size))
    assert store.presence("tiny") == "installed"
    assert store.verify("tiny") == ["sub/model.safetensors"]


def test_verifying_what_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, {"tiny": make_entry(HUB)})
    with pytest.raises(NotFound) as caught:
        store.verify("tiny")
    assert caught.value.fix == "classify model download tiny"


def test_a_removed_model_is_gone_with_what_was_begun_of_it(store: ModelStore) -> None:
    begun = store.staging_folder("tiny") / ".incomplete" / "part"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(bytes(1000))
    assert store.remove("tiny") == SIZE + 1000
    assert store.presence("tiny") == "absent"
    assert read_index(store) == {}
    assert [path.name for path in store.partial_folder.iterdir()] == ["tiny.lock"]
    assert store.remove("tiny") == 0


def test_what_an_interrupted_removal_left_is_deleted(store: ModelStore) -> None:
    left = store.partial_folder / "tiny.removed-0123"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"x")
    store.repair()
    assert not left.exists()
    assert read_model(store.folder / "tiny") == CONTENTS


def test_a_model_linked_from_elsewhere_is_unlinked_and_not_deleted(store: ModelStore, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (store.folder / "tiny").rename(elsewhere)
    (store.folder / "tiny").symlink_to(elsewhere, target_is_directory=True)
    assert store.presence("tiny") == "installed"
    store.remove("tiny")
    assert store.presence("tiny") == "absent"
    assert read_model(elsewhere) == CONTENTS


def test_values_in_the_record_are_changed_and_kept(store: ModelStore) -> None:
    store.update_metadata("tiny", quantisation={"kept": "Q8_0"})
    store.update_metadata("tiny", other=1)
    record = store.read_metadata("tiny")
    assert (record["quantisation"], record["other"]) == ({"kept": "Q8_0"}, 1)
    with pytest.raises(NotFound):
        ModelStore(store.folder / "none", store.shipped).update_metadata("tiny", other=1)


@pytest.fixture
def mine() -> ModelEntry:
    return replace(make_entry(HubSource("me/mine", REVISION), model_id="mine"), added=True)


def test_a_model_of_ones_own_is_known_to_every_store_of_the_folder(
    store: ModelStore, mine: ModelEntry
) -> None:
    store.add_entry(mine)
    assert ModelStore(store.folder, store.shipped).find_entry("mine") == mine
    assert list(store.entries()) == ["tiny", "mine"]
    store.forget_entry("mine")
    assert list(store.entries()) == ["tiny"]
    with pytest.raises(NotFound):
        store.forget_entry("mine")


def test_a_model_that_is_installed_is_not_forgotten(store: ModelStore, mine: ModelEntry) -> None:
    store.add_entry(mine)
    put(store.folder, "mine")
    with pytest.raises(InvalidInput, match="still installed"):
        store.forget_entry("mine")


@pytest.mark.parametrize("name", ["tiny", "../up", ".hidden", "a/b", "", "x" * 101, *RESERVED])
def test_a_name_that_is_taken_or_cannot_be_a_folders_is_refused(
    store: ModelStore, mine: ModelEntry, name: str
) -> None:
    with pytest.raises(InvalidInput):
        store.add_entry(replace(mine, id=name))


@pytest.mark.parametrize("damage", [*DAMAGE, None], ids=repr)
def test_an_installed_model_of_ones_own_outlives_the_list_of_them(
    store: ModelStore, mine: ModelEntry, damage: bytes | None
) -> None:
    store.add_entry(mine)
    put(store.folder, "mine")
    assert store.find("mine") is not None
    path = store.folder / "added.json"
    path.unlink() if damage is None else path.write_bytes(damage)
    store.repair()
    assert store.find_entry("mine") == mine


def test_a_folder_that_is_no_model_is_left_alone(store: ModelStore) -> None:
    other = store.folder / "holiday"
    other.mkdir()
    (other / "metadata.json").write_text('{"entry": {"id": "holiday"}}', encoding="utf-8")
    store.repair()
    assert list(store.entries()) == ["tiny"]
    assert other.is_dir()


def test_a_record_with_a_file_outside_of_its_folder_is_not_believed(
    store: ModelStore, mine: ModelEntry
) -> None:
    folder = store.folder / "mine"
    folder.mkdir()
    item = describe_entry(mine)
    item["files"][0]["path"] = "../../outside"
    (folder / "metadata.json").write_text(json.dumps({"entry": item}), encoding="utf-8")
    store.repair()
    assert "mine" not in store.entries()


def test_asking_changes_nothing_where_there_is_no_folder(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "none", {"tiny": make_entry(HUB)})
    assert store.list_installed() == []
    store.repair()
    assert store.presence("tiny") == "absent"
    assert not store.folder.exists()


def test_the_installed_starters_are_found(models: Path) -> None:
    assert find_installed("all-minilm-l6-v2", models) == models / "all-minilm-l6-v2"
    with pytest.raises(NotFound):
        find_installed("unknown", models)
