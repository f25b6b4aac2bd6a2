from __future__ import annotations

import json

import pytest

from host.core.errors import InvalidInput, NotFound
from host.models.registry import REGISTRY_FILE, find_entry, load_registry, read_registry, starter_models


def registry_with(**changes: object) -> str:
    entry = json.loads(REGISTRY_FILE.read_text(encoding="utf-8"))["models"][0]
    return json.dumps({"models": [{**entry, **changes}]})


def test_the_starter_models_are_one_to_embed_and_one_to_write() -> None:
    registry = load_registry()
    assert {registry[name].type for name in starter_models()} == {"embedding", "instruction"}
    assert registry["all-minilm-l6-v2"].dimensions == 384


@pytest.mark.parametrize("name", load_registry())
def test_every_model_has_files_a_pinned_source_and_a_licence(name: str) -> None:
    entry = load_registry()[name]
    assert entry.files
    assert all(file.size is None or file.size > 0 for file in entry.files)
    assert all(file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32 for file in entry.files)
    assert entry.sources
    assert entry.licence


@pytest.mark.parametrize("name", starter_models())
def test_size_and_checksum_of_every_file_of_the_starters_are_known(name: str) -> None:
    assert load_registry()[name].resolved


def test_an_unknown_model_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        find_entry("no-such-model")
    assert "all-minilm-l6-v2" in str(caught.value.fix)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
def test_a_file_that_would_leave_its_folder_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        read_registry(registry_with(files=[{"path": path, "size": 1, "sha256": "00"}]))


def test_an_unknown_kind_of_source_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_registry(registry_with(sources=[{"kind": "floppy"}]))


def test_two_entries_with_one_id_are_refused() -> None:
    text = registry_with()
    doubled = json.dumps({"models": json.loads(text)["models"] * 2})
    with pytest.raises(InvalidInput):
        read_registry(doubled)
